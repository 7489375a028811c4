import {
  type Words,
  clamped,
  count,
  cut,
  indexAtMs,
  joined,
  wordAt,
  wordsAfterEdit,
} from "./words.ts";

/** A segment of the transcript, as the page shows and edits it. */
export interface Passage {
  readonly key: string; // of the page, for as long as it is open
  readonly id: string; // of the service; the key itself until it has given one
  readonly text: string;
  readonly speaker: string | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly recognised: string | null; // null: as it is
  readonly checked: boolean;
  readonly revision: number; // the transcript's, when the service changed the passage last
  readonly words: Words;
}

export interface Speaker {
  readonly id: string;
  readonly name: string | null;
  readonly label: string;
}

export interface Transcript {
  readonly version: number;
  readonly revision: number;
  readonly durationMs: number;
  readonly passages: readonly Passage[];
  readonly speakers: readonly Speaker[];
}

/** One step of editing, as a value: clicks, keys, undo, other tabs and the service all make these. */
export type Edit =
  | { readonly kind: "text"; readonly key: string; readonly text: string }
  | { readonly kind: "split"; readonly key: string; readonly at: number; readonly newKey: string }
  | { readonly kind: "merge"; readonly key: string; readonly following: string }
  | { readonly kind: "remove"; readonly key: string }
  | { readonly kind: "check"; readonly key: string; readonly checked: boolean }
  | { readonly kind: "restore"; readonly key: string }
  | { readonly kind: "times"; readonly moves: readonly Times[] }
  | { readonly kind: "speak"; readonly keys: readonly string[]; readonly speaker: string }
  | { readonly kind: "rename"; readonly speaker: string; readonly name: string | null }
  | { readonly kind: "unite"; readonly into: string; readonly speakers: readonly string[] }
  | Put;

/** The times of a passage, after its borders were moved. */
export interface Times {
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** The target state of passages, each after another; for undo and answers of the service. */
export interface Put {
  readonly kind: "put";
  readonly passages: readonly { readonly passage: Passage; readonly after: string | null }[];
  readonly removed: readonly string[];
  readonly speakers: readonly Speaker[] | null;
}

export interface Applied {
  readonly transcript: Transcript;
  readonly inverse: Put;
}

/** Applies an edit; also returns the edit that reverts it. Unknown keys change nothing. */
export function apply(transcript: Transcript, edit: Edit): Applied {
  const put = edit.kind === "put" ? edit : asPut(transcript, edit);
  return { transcript: placed(transcript, put), inverse: inverseOf(transcript, put) };
}

export function isEmpty(put: Put): boolean {
  return !put.passages.length && !put.removed.length && put.speakers === null;
}

export function indexOf(transcript: Transcript, key: string): number {
  return transcript.passages.findIndex((passage) => passage.key === key);
}

/** Where a text was changed: after what is new in it, or where it was divided. Null if nowhere. */
export function changedAt(
  before: Transcript,
  after: Transcript,
): { key: string; offset: number } | null {
  const index = after.passages.findIndex(({ text }, at) => text !== before.passages[at]?.text);
  const passage = after.passages[index];
  if (!passage) return null;
  const { key, text } = passage;
  const old = before.passages[index]?.text ?? "";
  let begin = 0;
  while (begin < old.length && text[begin] === old[begin]) begin += 1;
  if (before.passages.length !== after.passages.length) return { key, offset: begin };
  let same = 0; // at the end
  const most = Math.min(text.length, old.length) - begin;
  while (same < most && text.at(-1 - same) === old.at(-1 - same)) same += 1;
  return { key, offset: text.length - same };
}

export function passageOf(transcript: Transcript, key: string): Passage | null {
  return transcript.passages[indexOf(transcript, key)] ?? null;
}

/** The passage at a time, or the last one before it. */
export function passageAtMs(passages: readonly Passage[], ms: number): number {
  let low = 0;
  let high = passages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((passages[middle]?.startMs ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The time of a place in the text of a passage. */
export function msAtText(passage: Passage, offset: number): number {
  let at = -1;
  for (let index = 0; ; index += 1) {
    const word = wordAt(passage.words, index);
    if (!word || word.begin > offset) break;
    at = index;
  }
  return wordAt(passage.words, Math.max(0, at))?.startMs ?? passage.startMs;
}

/** The place in the text of a passage at a time. */
export function textAtMs(passage: Passage, ms: number): number {
  return wordAt(passage.words, indexAtMs(passage.words, ms))?.begin ?? 0;
}

function asPut(transcript: Transcript, edit: Exclude<Edit, Put>): Put {
  switch (edit.kind) {
    case "text":
      return changed(transcript, edit.key, (passage) => withText(passage, edit.text));
    case "check":
      return changed(transcript, edit.key, (passage) => ({ ...passage, checked: edit.checked }));
    case "restore":
      return changed(transcript, edit.key, (passage) =>
        withText({ ...passage, checked: false }, passage.recognised ?? passage.text),
      );
    case "times":
      return timed(transcript, new Map(edit.moves.map((times) => [times.key, times])));
    case "remove":
      return { ...NOTHING, removed: passageOf(transcript, edit.key) ? [edit.key] : [] };
    case "split":
      return split(transcript, edit.key, edit.at, edit.newKey);
    case "merge":
      return merged(transcript, edit.key, edit.following);
    case "speak":
      return reassigned(transcript, new Set(edit.keys), edit.speaker);
    case "rename":
      return { ...NOTHING, speakers: renamed(transcript.speakers, edit.speaker, edit.name) };
    case "unite":
      return withMergedSpeakers(transcript, edit.into, new Set(edit.speakers));
    default:
      return edit satisfies never;
  }
}

const NOTHING: Put = { kind: "put", passages: [], removed: [], speakers: null };

function changed(transcript: Transcript, key: string, change: (passage: Passage) => Passage): Put {
  const index = indexOf(transcript, key);
  const before = transcript.passages[index];
  if (!before) return NOTHING;
  const passage = change(before);
  return { ...NOTHING, passages: [{ passage, after: keyBefore(transcript, index) }] };
}

function timed(transcript: Transcript, moves: ReadonlyMap<string, Times>): Put {
  const passages = transcript.passages.flatMap((passage, index) => {
    const times = moves.get(passage.key);
    if (!times || times.endMs <= times.startMs) return [];
    const { startMs, endMs } = times;
    const words = clamped(passage.words, startMs, endMs);
    return [
      { passage: { ...passage, startMs, endMs, words }, after: keyBefore(transcript, index) },
    ];
  });
  return { ...NOTHING, passages };
}

const TOUCHING_MS = 100; // no further apart, two passages share a border that moves as one

/**
 * A passage that begins or ends at a moment, with its neighbour giving way where they touched;
 * null where no time would be left of one of them.
 */
export function bordersAt(
  transcript: Transcript,
  key: string,
  side: "start" | "end",
  ms: number,
): Edit | null {
  const index = indexOf(transcript, key);
  const passage = transcript.passages[index];
  const other = transcript.passages[index + (side === "start" ? -1 : 1)];
  if (!passage) return null;
  const { startMs, endMs } = passage;
  const moves: Times[] = [
    side === "start" ? { key, startMs: ms, endMs } : { key, startMs, endMs: ms },
  ];
  if (other && side === "start" && other.endMs > Math.min(ms, startMs - TOUCHING_MS)) {
    moves.unshift({ ...timesOf(other), endMs: ms });
  }
  if (other && side === "end" && other.startMs < Math.max(ms, endMs + TOUCHING_MS)) {
    moves.push({ ...timesOf(other), startMs: ms });
  }
  return moves.every((times) => times.endMs > times.startMs) ? { kind: "times", moves } : null;
}

function timesOf({ key, startMs, endMs }: Passage): Times {
  return { key, startMs, endMs };
}

function withText(passage: Passage, text: string): Passage {
  const recognised = passage.recognised ?? passage.text;
  const words = wordsAfterEdit(passage.words, passage.text, text, passage);
  return { ...passage, text, words, recognised: recognised === text ? null : recognised };
}

function split(transcript: Transcript, key: string, at: number, newKey: string): Put {
  const index = indexOf(transcript, key);
  const passage = transcript.passages[index];
  if (!passage?.text.slice(0, at).trim() || !passage.text.slice(at).trim()) return NOTHING;
  const border = borderNear(passage.words, at);
  if (border === null) return NOTHING;
  const head = passage.text.slice(0, border).trimEnd();
  const tail = passage.text.slice(border).trimStart();
  const begins = passage.text.length - tail.length;
  const [first, second] = cut(passage.words, begins, begins);
  const borderMs = wordAt(second, 0)?.startMs ?? passage.endMs;
  const earlier = { ...passage, text: head, words: first, endMs: borderMs, recognised: null };
  const later: Passage = {
    ...passage,
    key: newKey,
    id: newKey,
    text: tail,
    words: second,
    startMs: borderMs,
    recognised: null,
    checked: false,
  };
  return {
    ...NOTHING,
    passages: [
      { passage: earlier, after: keyBefore(transcript, index) },
      { passage: later, after: key },
    ],
  };
}

/** The service divides between words only: inside of one, the nearer end. Null: there is one word. */
function borderNear(words: Words, at: number): number | null {
  if (!count(words)) return at; // they are not loaded yet
  let nearest: number | null = null;
  for (let index = 1; index < count(words); index += 1) {
    const low = wordAt(words, index - 1)?.end ?? at;
    const high = wordAt(words, index)?.begin ?? at;
    const border = Math.min(Math.max(at, low), high);
    if (nearest === null || Math.abs(border - at) < Math.abs(nearest - at)) nearest = border;
  }
  return nearest;
}

function merged(transcript: Transcript, key: string, following: string): Put {
  const index = indexOf(transcript, key);
  const first = transcript.passages[index];
  const second = transcript.passages[index + 1];
  if (!first || second?.key !== following) return NOTHING;
  const between = first.text && second.text ? " " : "";
  const begins = first.text.length + between.length;
  const passage: Passage = {
    ...first,
    text: first.text + between + second.text,
    words: joined(first.words, second.words, begins),
    endMs: Math.max(first.endMs, second.endMs),
    recognised: null,
    checked: false,
  };
  const after = keyBefore(transcript, index);
  return { ...NOTHING, passages: [{ passage, after }], removed: [following] };
}

function reassigned(transcript: Transcript, keys: ReadonlySet<string>, speaker: string): Put {
  const passages = transcript.passages.flatMap((passage, index) =>
    keys.has(passage.key)
      ? [{ passage: { ...passage, speaker }, after: keyBefore(transcript, index) }]
      : [],
  );
  const known = transcript.speakers.some((each) => each.id === speaker);
  const added = { id: speaker, name: null, label: speaker };
  return { ...NOTHING, passages, speakers: known ? null : [...transcript.speakers, added] };
}

function renamed(
  speakers: readonly Speaker[],
  id: string,
  name: string | null,
): readonly Speaker[] {
  return speakers.map((speaker) =>
    speaker.id === id ? { ...speaker, name, label: name ?? speaker.label } : speaker,
  );
}

function withMergedSpeakers(
  transcript: Transcript,
  into: string,
  merged: ReadonlySet<string>,
): Put {
  const affected = transcript.passages.filter((passage) => merged.has(passage.speaker ?? ""));
  const put = reassigned(transcript, new Set(affected.map((passage) => passage.key)), into);
  return { ...put, speakers: transcript.speakers.filter((each) => !merged.has(each.id)) };
}

function placed(transcript: Transcript, put: Put): Transcript {
  if (isEmpty(put)) return transcript;
  let passages: readonly Passage[] = transcript.passages;
  const indexes = new Map(passages.map((passage, index) => [passage.key, index]));
  const inPlace = new Map<string, Passage>();
  const moved: Put["passages"][number][] = [];
  for (const each of put.passages) {
    const index = indexes.get(each.passage.key);
    const isInPlace = index !== undefined && keyBefore(transcript, index) === each.after;
    if (isInPlace) inPlace.set(each.passage.key, each.passage);
    else moved.push(each);
  }
  const dropped = new Set([...put.removed, ...moved.map((each) => each.passage.key)]);
  if (inPlace.size || dropped.size) {
    passages = passages
      .filter((passage) => !dropped.has(passage.key))
      .map((passage) => inPlace.get(passage.key) ?? passage);
  }
  for (const { passage, after } of moved) {
    const at = after === null ? 0 : passages.findIndex((each) => each.key === after) + 1;
    // The passage before it was removed: place it by time.
    const index = after !== null && at === 0 ? passageAtMs(passages, passage.startMs) + 1 : at;
    passages = [...passages.slice(0, index), passage, ...passages.slice(index)];
  }
  return { ...transcript, passages, speakers: put.speakers ?? transcript.speakers };
}

function inverseOf(transcript: Transcript, put: Put): Put {
  const touched = new Set([...put.removed, ...put.passages.map((each) => each.passage.key)]);
  const passages: Put["passages"][number][] = [];
  const known = new Set<string>();
  for (const [index, passage] of transcript.passages.entries()) {
    if (!touched.has(passage.key)) continue;
    known.add(passage.key);
    passages.push({ passage, after: keyBefore(transcript, index) });
  }
  const removed = put.passages.map((each) => each.passage.key).filter((key) => !known.has(key));
  return { kind: "put", passages, removed, speakers: put.speakers && transcript.speakers };
}

function keyBefore(transcript: Transcript, index: number): string | null {
  return transcript.passages[index - 1]?.key ?? null;
}
