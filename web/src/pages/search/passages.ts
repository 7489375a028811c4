import type { Schemas } from "../../api/client.ts";
import { unitsOf } from "../../transcript/words.ts";

export type FoundPassage = Omit<Schemas["FoundPassage"], "marks"> & {
  readonly marks: readonly (readonly number[])[]; // from and to, of each
};

export type FoundRecording = Omit<Schemas["FoundRecording"], "passages"> & {
  readonly passages: readonly FoundPassage[];
};

export interface Part {
  readonly text: string;
  readonly marked: boolean;
}

/** A passage's text in parts, with what was looked for apart. Marks count code points. */
export function partsOf({ text, marks }: Pick<FoundPassage, "text" | "marks">): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const [from = 0, to = 0] of marks) {
    const [begin, end] = [unitsOf(text, from), unitsOf(text, to)];
    if (begin < at || end <= begin) continue;
    if (begin > at) parts.push({ text: text.slice(at, begin), marked: false });
    parts.push({ text: text.slice(begin, end), marked: true });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), marked: false });
  return parts;
}
