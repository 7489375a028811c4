import type { Passage } from "./passages.ts";

/** The words of two versions in the time of one passage, as equal and different pieces. */
export interface Row {
  readonly startMs: number;
  readonly shown: readonly Piece[];
  readonly other: readonly Piece[];
  readonly isSame: boolean;
}

export interface Piece {
  readonly text: string;
  readonly isSame: boolean;
}

type Said = Pick<Passage, "text" | "startMs" | "endMs">;

const MOST_WORDS = 400; // of a row that is compared word by word

/** The passages of one version, each with the words of the other in the same time. */
export function compared(shown: readonly Said[], other: readonly Said[]): Row[] {
  const beside: string[][] = shown.map(() => []);
  let at = 0;
  for (const passage of other) {
    const middleMs = (passage.startMs + passage.endMs) / 2;
    while (at + 1 < shown.length && (shown[at + 1]?.startMs ?? Infinity) <= middleMs) at += 1;
    beside[at]?.push(passage.text);
  }
  return shown.map((passage, index) => {
    const [mine, theirs] = [wordsOf(passage.text), wordsOf(beside[index]?.join(" ") ?? "")];
    const common = sameIn(mine, theirs);
    return {
      startMs: passage.startMs,
      shown: pieces(mine, new Set(common.map(([first]) => first))),
      other: pieces(theirs, new Set(common.map(([, second]) => second))),
      isSame: common.length === mine.length && common.length === theirs.length,
    };
  });
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/u).filter(Boolean);
}

/** Positions of the longest common sequence of words. */
function sameIn(a: readonly string[], b: readonly string[]): [number, number][] {
  if (a.length > MOST_WORDS || b.length > MOST_WORDS) return sameEndsIn(a, b);
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
    }
  }
  const found: [number, number][] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) found.push([i++, j++]);
    else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i += 1;
    else j += 1;
  }
  return found;
}

function sameEndsIn(a: readonly string[], b: readonly string[]): [number, number][] {
  const found: [number, number][] = [];
  let ahead = 0;
  while (ahead < Math.min(a.length, b.length) && a[ahead] === b[ahead]) ahead += 1;
  for (let index = 0; index < ahead; index += 1) found.push([index, index]);
  const most = Math.min(a.length, b.length) - ahead;
  let behind = 0;
  while (behind < most && a[a.length - 1 - behind] === b[b.length - 1 - behind]) behind += 1;
  for (let index = behind; index > 0; index -= 1) found.push([a.length - index, b.length - index]);
  return found;
}

function pieces(words: readonly string[], same: ReadonlySet<number>): Piece[] {
  const found: { text: string; isSame: boolean }[] = [];
  for (const [index, word] of words.entries()) {
    const isSame = same.has(index);
    const last = found.at(-1);
    if (last?.isSame === isSame) last.text += ` ${word}`;
    else found.push({ text: word, isSame });
  }
  return found;
}
