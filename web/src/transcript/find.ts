import type { Passage } from "./passages.ts";

export interface Query {
  readonly text: string;
  readonly matchCase: boolean;
  readonly wholeWords: boolean;
}

export interface Hit {
  readonly key: string; // of the passage
  readonly begin: number;
  readonly end: number;
}

/** The places of a text, in the order of the transcript. */
export function hitsOf(passages: readonly Passage[], query: Query): Hit[] {
  const pattern = patternOf(query);
  if (!pattern) return [];
  return passages.flatMap(({ key, text }) =>
    [...text.matchAll(pattern)].map((match) => ({
      key,
      begin: match.index,
      end: match.index + match[0].length,
    })),
  );
}

/** The text of a passage with every match replaced. */
export function replaced(text: string, query: Query, by: string): string {
  const pattern = patternOf(query);
  return pattern ? text.replace(pattern, () => by) : text;
}

/** The index of the first match at or after a place; wraps to the start. */
export function hitFrom(
  hits: readonly Hit[],
  order: ReadonlyMap<string, number>,
  at: { key: string; offset: number },
): number {
  const place = order.get(at.key) ?? 0;
  const found = hits.findIndex((hit) => {
    const own = order.get(hit.key) ?? 0;
    return own > place || (own === place && hit.begin >= at.offset);
  });
  return found < 0 ? 0 : found;
}

function patternOf({ text, matchCase, wholeWords }: Query): RegExp | null {
  if (!text) return null;
  const escaped = text.replace(
    /[\\^$.*+?()[\]{}|/-]/g,
    (sign) => `\\u{${sign.charCodeAt(0).toString(16)}}`,
  );
  const inside = escaped.replace(/\s+/g, "\\s+");
  const source = wholeWords ? `(?<![\\p{L}\\p{N}_])${inside}(?![\\p{L}\\p{N}_])` : inside;
  return new RegExp(source, matchCase ? "gu" : "giu");
}
