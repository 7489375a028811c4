import { expect, test } from "vitest";

import { type Piece, compared } from "../../src/transcript/compare.ts";
import { transcript } from "./transcripts.ts";

const shown = (pieces: readonly Piece[]) =>
  pieces.map(({ text, isSame }) => (isSame ? text : `<${text}>`)).join(" ");

const rows = (mine: string, theirs: string) =>
  compared(transcript(mine).passages, transcript(theirs).passages).map(
    (row) => `${shown(row.shown)} | ${shown(row.other)}`,
  );

test("words that both versions have are the same, the others are marked", () => {
  expect(rows("we kept the tapes", "we lost the tapes")).toEqual([
    "we <kept> the tapes | we <lost> the tapes",
  ]);
});

test("what the other version says stands beside the passage of its time", () => {
  expect(rows("one two / three four", "one two three / four")).toEqual([
    "one two | one two <three>",
    "<three> four | four",
  ]);
});

test("a version that says nothing there leaves it empty", () => {
  expect(rows("one / two three", "one")).toEqual(["one | one", "<two three> | "]);
});

test("very long passages are compared from both ends", () => {
  const many = Array.from({ length: 500 }, (_, index) => `w${index}`);
  const changed = [...many.slice(0, 200), "other", ...many.slice(201)];
  const [row] = rows(many.join(" "), changed.join(" "));
  expect(row).toContain("<w200>");
  expect(row).toContain("<other>");
});
