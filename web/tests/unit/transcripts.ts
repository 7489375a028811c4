import type { Passage, Transcript } from "../../src/transcript/passages.ts";
import { wordAt, count } from "../../src/transcript/words.ts";

const WORD_MS = 1000;

/**
 * A transcript in a notation that a person reads: "Ada: we kept them / Bo: all of it". Its words
 * take a second each, passages follow without a pause, and keys are p1, p2, ...
 */
export function transcript(notation: string): Transcript {
  let ms = 0;
  const names: string[] = [];
  const passages = notation.split(" / ").map((line, index): Passage => {
    const [, name = "", text = ""] = /^(?:(\w+): )?(.*)$/s.exec(line) ?? [];
    if (name && !names.includes(name)) names.push(name);
    const startMs = ms;
    const rows = [...text.matchAll(/\S+/g)].map((match) => {
      const row = [match.index, match.index + match[0].length, ms, ms + WORD_MS, 90];
      ms += WORD_MS;
      return row;
    });
    const key = `p${index + 1}`;
    return {
      key,
      id: key,
      text,
      speaker: name || null,
      startMs,
      endMs: ms,
      recognised: null,
      checked: false,
      revision: 0,
      words: Int32Array.from(rows.flat()),
    };
  });
  return {
    version: 1,
    revision: 0,
    durationMs: ms,
    passages,
    speakers: names.map((name) => ({ id: name, name, label: name })),
  };
}

/** The notation of a transcript; checked passages end with a tick. */
export function written(value: Transcript): string {
  return value.passages
    .map(
      (each) => `${each.speaker ? `${each.speaker}: ` : ""}${each.text}${each.checked ? " ✓" : ""}`,
    )
    .join(" / ");
}

/** Each word of a passage with the second it begins at: "we@0 kept@1". */
export function timed(passage: Passage | undefined): string {
  if (!passage) return "";
  const words = Array.from({ length: count(passage.words) }, (_, index) =>
    wordAt(passage.words, index),
  );
  return words
    .map((word) => word && `${passage.text.slice(word.begin, word.end)}@${word.startMs / WORD_MS}`)
    .join(" ");
}
