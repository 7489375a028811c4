import type { Passage } from "./passages.ts";

/** Neighbouring passages that the browser lays out together, or not at all while they are far away. */
export interface Section {
  readonly key: string;
  readonly passages: readonly Passage[];
}

const SIZE = 50; // 20 and 100 were a little slower with 100,000 words
const MOST = 100;

/**
 * The sections of a transcript. Those in which nothing changed are the same objects as before, so
 * an edit redraws one section, however long the recording is.
 */
export function sectioned(passages: readonly Passage[], before: readonly Section[]): Section[] {
  const known = new Map(before.map((section) => [section.key, section]));
  const sections: Section[] = [];
  let current: Passage[] = [];
  const close = () => {
    const [first] = current;
    if (!first) return;
    const same = known.get(first.key);
    const unchanged =
      same?.passages.length === current.length &&
      same.passages.every((passage, index) => passage === current[index]);
    sections.push(unchanged ? same : { key: first.key, passages: current });
    current = [];
  };
  for (const passage of passages) {
    // Where a section began before it begins again, so that an insertion moves no other border.
    const begins = before.length ? known.has(passage.key) : current.length >= SIZE;
    if (begins || current.length >= MOST) close();
    current.push(passage);
  }
  close();
  return sections;
}
