import { expect, test } from "vitest";

import { doubtFrom } from "../../src/transcript/doubts.ts";
import type { Passage } from "../../src/transcript/passages.ts";
import { transcript } from "./transcripts.ts";

/** Words that end with a question mark are doubtful, passages that end with a tick are checked. */
function passagesOf(notation: string): Passage[] {
  return transcript(notation).passages.map((passage) => {
    const words = Int32Array.from(passage.words);
    [...passage.text.matchAll(/\S+/g)].forEach(([word], index) => {
      if (word.endsWith("?")) words[index * 5 + 4] = 40;
    });
    return { ...passage, words, checked: passage.text.endsWith("✓") };
  });
}

/** The doubtful words that one comes to from the first word, until they begin again. */
function walked(notation: string, step: 1 | -1): string[] {
  const passages = passagesOf(notation);
  const seen: string[] = [];
  let from = { passage: 0, word: 0 };
  for (;;) {
    const found = doubtFrom(passages, from, step);
    if (!found) return seen;
    const { passage, word } = found;
    const said = passage.text.slice(word.begin, word.end);
    if (seen.includes(said)) return seen;
    seen.push(said);
    const before = passage.text.slice(0, word.begin).match(/\S+/g) ?? [];
    from = { passage: passages.indexOf(passage), word: before.length };
  }
}

const SAID = "we kept? them / all of? it? / fine? by me ✓ / go? on";

test("doubtful words are walked through in order, and begin again at the end", () => {
  expect(walked(SAID, 1)).toEqual(["kept?", "of?", "it?", "go?"]);
  expect(walked(SAID, -1)).toEqual(["go?", "it?", "of?", "kept?"]);
});

test("a single doubtful word is found from itself, and from everywhere", () => {
  const passages = passagesOf("we kept? them / all of it");
  for (const from of [
    { passage: 0, word: 1 },
    { passage: 1, word: 2 },
  ]) {
    expect(doubtFrom(passages, from, 1)?.word.begin).toBe(3);
    expect(doubtFrom(passages, from, -1)?.word.begin).toBe(3);
  }
});

test("where nothing is doubtful, or nothing was said, there is none", () => {
  expect(walked("we kept them / fine? ✓", 1)).toEqual([]);
  expect(doubtFrom([], { passage: 0, word: 0 }, 1)).toBeNull();
});
