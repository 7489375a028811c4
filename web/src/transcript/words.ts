/**
 * Where the words of one passage stand in its text, when they are said and how sure that is. One
 * array of whole numbers, as a transcript may have 100,000 of them: begin and end in UTF-16 units,
 * start and end in milliseconds, confidence in percent (-1: none is known).
 */
export type Words = Int32Array;

export interface Word {
  readonly begin: number;
  readonly end: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly confidence: number | null;
}

const STRIDE = 5;
export const NO_WORDS: Words = new Int32Array(0);

export function count(words: Words): number {
  return words.length / STRIDE;
}

export function wordAt(words: Words, index: number): Word | null {
  if (index < 0 || index >= count(words)) return null;
  const at = index * STRIDE;
  const confidence = words[at + 4] ?? -1;
  return {
    begin: words[at] ?? 0,
    end: words[at + 1] ?? 0,
    startMs: words[at + 2] ?? 0,
    endMs: words[at + 3] ?? 0,
    confidence: confidence < 0 ? null : confidence,
  };
}

/** The last word that starts at or before a time; -1 before the first. */
export function indexAtMs(words: Words, ms: number): number {
  return lastNotAfter(words, 2, ms);
}

/** The word at a place in the text, or the one before it where there is white space; -1 before all. */
export function indexAtText(words: Words, offset: number): number {
  return lastNotAfter(words, 0, offset);
}

/** The next word in a direction whose confidence is below a limit; -1 when there is none. */
export function nextDoubt(words: Words, from: number, step: 1 | -1, below: number): number {
  for (let index = from; index >= 0 && index < count(words); index += step) {
    const confidence = words[index * STRIDE + 4] ?? -1;
    if (confidence >= 0 && confidence < below) return index;
  }
  return -1;
}

/** How many words have a confidence below a limit. */
export function doubtsIn(words: Words, below: number): number {
  let sum = 0;
  for (let at = 4; at < words.length; at += STRIDE) {
    const confidence = words[at] ?? -1;
    if (confidence >= 0 && confidence < below) sum += 1;
  }
  return sum;
}

/**
 * Words from the packed form of the service: four numbers a word, its length in code points, the
 * gap since the word before, its duration and its confidence.
 */
export function unpacked(text: string, packed: readonly number[], startMs: number): Words {
  const words = new Int32Array((packed.length / 4) * STRIDE);
  let offset = 0;
  let ms = startMs;
  for (let index = 0; index * 4 < packed.length; index += 1) {
    const [length = 0, gapMs = 0, durationMs = 0, confidence = -1] = packed.slice(
      index * 4,
      index * 4 + 4,
    );
    offset = skipSpace(text, offset);
    const end = forward(text, offset, length);
    words.set([offset, end, ms + gapMs, ms + gapMs + durationMs, confidence], index * STRIDE);
    offset = end;
    ms += gapMs + durationMs;
  }
  return words;
}

interface WireWord {
  readonly text: string;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly confidence: number | null;
}

/** The words of an answer to an edit, spread over the text where they do not spell it. */
export function fromWire(text: string, wire: readonly WireWord[]): Words {
  const words = new Int32Array(wire.length * STRIDE);
  let offset = 0;
  for (const [index, word] of wire.entries()) {
    const found = text.indexOf(word.text, offset);
    const begin = found >= 0 ? found : skipSpace(text, offset);
    const end = Math.min(text.length, begin + word.text.length);
    const confidence = word.confidence === null ? -1 : Math.round(word.confidence * 100);
    words.set([begin, end, word.start_ms, word.end_ms, confidence], index * STRIDE);
    offset = end;
  }
  return words;
}

/**
 * The words of an edited text until the service has measured them: what did not change keeps its
 * times, new words share the time of those they replace.
 */
export function wordsAfterEdit(words: Words, before: string, after: string, span: Span): Words {
  if (before === after) return words;
  const same = commonEnds(before, after);
  const tailStart = before.length - same.suffix;
  const shift = after.length - before.length;
  const head: number[][] = [];
  const tail: number[][] = [];
  for (let index = 0; index < count(words); index += 1) {
    const row = [...words.subarray(index * STRIDE, (index + 1) * STRIDE)];
    const [begin = 0, end = 0] = row;
    // A word that touches the change may have become another one.
    if (end < same.prefix || (end === same.prefix && endsWord(after, end))) head.push(row);
    else if (begin > tailStart || (begin === tailStart && startsWord(after, begin + shift))) {
      tail.push([begin + shift, end + shift, ...row.slice(2)]);
    }
  }
  const fromMs = head.at(-1)?.[3] ?? span.startMs;
  const toMs = tail[0]?.[2] ?? span.endMs;
  const low = head.at(-1)?.[1] ?? 0;
  const high = tail[0]?.[0] ?? after.length;
  return Int32Array.from([...head, ...spread(after, low, high, fromMs, toMs), ...tail].flat());
}

/** The words before and after a place in the text, those after counted from it. */
export function cut(words: Words, offset: number, textStart: number): [Words, Words] {
  let index = 0;
  while (index < count(words) && (words[index * STRIDE] ?? 0) < offset) index += 1;
  const second = words.slice(index * STRIDE);
  for (let at = 0; at < second.length; at += STRIDE) {
    second[at] = (second[at] ?? 0) - textStart;
    second[at + 1] = (second[at + 1] ?? 0) - textStart;
  }
  return [words.slice(0, index * STRIDE), second];
}

export function joined(first: Words, second: Words, secondBegins: number): Words {
  const words = new Int32Array(first.length + second.length);
  words.set(first);
  for (let at = 0; at < second.length; at += STRIDE) {
    const [begin = 0, end = 0, ...rest] = second.subarray(at, at + STRIDE);
    words.set([begin + secondBegins, end + secondBegins, ...rest], first.length + at);
  }
  return words;
}

/** The words with their times limited to those of their passage. */
export function clamped(words: Words, startMs: number, endMs: number): Words {
  const within = (ms: number) => Math.max(startMs, Math.min(ms, endMs));
  const result = words.slice();
  for (let at = 0; at < result.length; at += STRIDE) {
    result[at + 2] = within(result[at + 2] ?? 0);
    result[at + 3] = within(result[at + 3] ?? 0);
  }
  return result;
}

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** The lengths of the common prefix and, of the rest, the common suffix, in UTF-16 units. */
export function commonEnds(before: string, after: string): { prefix: number; suffix: number } {
  const most = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < most && before[prefix] === after[prefix]) prefix += 1;
  let suffix = 0;
  while (
    suffix < most - prefix &&
    before[before.length - 1 - suffix] === after[after.length - 1 - suffix]
  ) {
    suffix += 1;
  }
  return { prefix, suffix };
}

/** Code points of the service to UTF-16 units of the browser. */
export function unitsOf(text: string, codePoints: number): number {
  return forward(text, 0, codePoints);
}

/** UTF-16 units of the browser to code points of the service. */
export function codePointsOf(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}

function lastNotAfter(words: Words, field: number, value: number): number {
  let low = 0;
  let high = count(words);
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle * STRIDE + field] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function spread(text: string, low: number, high: number, fromMs: number, toMs: number): number[][] {
  const found = [...text.slice(low, high).matchAll(/\S+/g)];
  const share = (toMs - fromMs) / Math.max(1, found.length);
  return found.map((match, index) => [
    low + match.index,
    low + match.index + match[0].length,
    Math.round(fromMs + index * share),
    Math.round(fromMs + (index + 1) * share),
    -1,
  ]);
}

function skipSpace(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && /\s/u.test(text.charAt(at))) at += 1;
  return at;
}

function forward(text: string, offset: number, codePoints: number): number {
  let at = offset;
  for (let left = codePoints; left > 0 && at < text.length; left -= 1) {
    const code = text.charCodeAt(at);
    const pairs = code >= 0xd800 && code < 0xdc00 && at + 1 < text.length;
    at += pairs ? 2 : 1;
  }
  return at;
}

function endsWord(text: string, offset: number): boolean {
  return offset >= text.length || /\s/u.test(text.charAt(offset));
}

function startsWord(text: string, offset: number): boolean {
  return offset <= 0 || /\s/u.test(text.charAt(offset - 1));
}
