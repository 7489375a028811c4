import { describe, expect, test } from "vitest";

import {
  codePointsOf,
  count,
  fromWire,
  indexAtMs,
  indexAtText,
  wordsAfterEdit,
  nextDoubt,
  unitsOf,
  unpacked,
  wordAt,
} from "../../src/transcript/words.ts";
import { timed, transcript } from "./transcripts.ts";

const WE_KEPT = "we kept  them";
// length in code points, gap, duration, confidence
const PACKED = [2, 100, 200, 97, 4, 0, 300, -1, 4, 50, 250, 40];

describe("words in their packed form", () => {
  test("find their places in the text, over any white space", () => {
    const words = unpacked(WE_KEPT, PACKED, 1000);
    expect([0, 1, 2].map((index) => wordAt(words, index))).toEqual([
      { begin: 0, end: 2, startMs: 1100, endMs: 1300, confidence: 97 },
      { begin: 3, end: 7, startMs: 1300, endMs: 1600, confidence: null },
      { begin: 9, end: 13, startMs: 1650, endMs: 1900, confidence: 40 },
    ]);
    expect(wordAt(words, 3)).toBeNull();
  });

  test("count code points, so that an emoji shifts nothing", () => {
    const words = unpacked("👋🏽 hello", [2, 0, 100, -1, 5, 0, 100, -1], 0);
    expect(wordAt(words, 0)).toMatchObject({ begin: 0, end: 4 });
    expect(wordAt(words, 1)).toMatchObject({ begin: 5, end: 10 });
  });
});

describe("a place in the text", () => {
  test("goes to the service in code points and comes back", () => {
    const text = "a👋b𝒞c";
    for (const offset of [0, 1, 3, 4, 6, 7]) {
      expect(unitsOf(text, codePointsOf(text, offset))).toBe(offset);
    }
    expect(codePointsOf(text, 3)).toBe(2);
  });

  test("belongs to the word there, or to the one before the white space", () => {
    const words = unpacked(WE_KEPT, PACKED, 0);
    expect([0, 2, 3, 8, 9, 13].map((offset) => indexAtText(words, offset))).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
  });
});

test("a moment belongs to the word that was begun last", () => {
  const words = unpacked(WE_KEPT, PACKED, 1000);
  expect([0, 1099, 1100, 1299, 1300, 9999].map((ms) => indexAtMs(words, ms))).toEqual([
    -1, -1, 0, 0, 1, 2,
  ]);
});

test("doubtful words are found in both directions, words of unknown confidence are none", () => {
  const words = unpacked(WE_KEPT, PACKED, 0);
  expect(nextDoubt(words, 0, 1, 60)).toBe(2);
  expect(nextDoubt(words, 1, -1, 60)).toBe(-1);
  expect(nextDoubt(words, 2, -1, 60)).toBe(2);
});

test("words of an answer that do not spell the text stay inside it", () => {
  const wire = ["kept", "machines"].map((text, n) => ({
    text,
    start_ms: n,
    end_ms: n + 1,
    confidence: 0.5,
  }));
  const words = fromWire("we kept it", wire);
  expect(wordAt(words, 0)).toMatchObject({ begin: 3, end: 7, confidence: 50 });
  expect(wordAt(words, 1)?.end).toBe(10);
});

describe("an edited text", () => {
  const edits: [string, string, string, string][] = [
    [
      "a corrected word has the time of the one it replaces",
      "we kept them",
      "we kept those",
      "we@0 kept@1 those@2",
    ],
    [
      "a word that grows is the same stretch",
      "we keep them",
      "we keeper them",
      "we@0 keeper@1 them@2",
    ],
    [
      "words put in share what is between their neighbours",
      "we them",
      "we have had them",
      "we@0 have@1 had@1 them@1",
    ],
    [
      "words behind a removed one keep their times",
      "we kept them all",
      "we them all",
      "we@0 them@2 all@3",
    ],
    [
      "one word of two takes the time of both",
      "key board here",
      "keyboard here",
      "keyboard@0 here@2",
    ],
    [
      "two words of one share its time",
      "keyboard here",
      "key board here",
      "key@0 board@0.5 here@1",
    ],
    ["all of it replaced is spread over the passage", "one two", "three four", "three@0 four@1"],
    ["an empty text has no words", "one two", "", ""],
  ];
  test.each(edits)("%s", (_, before, after, times) => {
    const [passage] = transcript(before).passages;
    if (!passage) throw new Error("a passage is there");
    const words = wordsAfterEdit(passage.words, before, after, passage);
    expect(timed({ ...passage, text: after, words })).toBe(times);
  });

  test("loses no word, whatever is typed", () => {
    const before = "we kept the old tape machines";
    const [passage] = transcript(before).passages;
    if (!passage) throw new Error("a passage is there");
    for (let at = 0; at <= before.length; at += 1) {
      for (const typed of ["x", " ", "x y", ""]) {
        const after = before.slice(0, at) + typed + before.slice(at + (typed ? 0 : 1));
        const words = wordsAfterEdit(passage.words, before, after, passage);
        expect(count(words), after).toBe(after.split(/\s+/).filter(Boolean).length);
        const spelled = timed({ ...passage, text: after, words }).replace(/@\S+/g, "");
        expect(spelled).toBe(after.split(/\s+/).filter(Boolean).join(" "));
      }
    }
  });
});
