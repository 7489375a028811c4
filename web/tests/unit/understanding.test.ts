import { expect, test } from "vitest";

import { chaptersIn, chaptersOfText, highlightsIn } from "../../src/transcript/understanding.ts";

test("chapters of a recording, and of a shared one, have the times that the service gives", () => {
  const chapters = [
    { start: 0, end: 61_000, gist: "Roof", headline: "The roof leaks", summary: "" },
    { start: 61_000, end: 90_000, gist: "Copies", headline: "" },
    { end: 5, headline: "without a beginning" },
  ];
  const found = [
    { startMs: 0, headline: "The roof leaks" },
    { startMs: 61_000, headline: "Copies" },
  ];
  expect(chaptersIn({ chapters, other: 1 })).toEqual(found);
  expect(chaptersIn(null)).toEqual([]);
});

test("chapters of a text begin where their first passage does, in the order of the recording", () => {
  const starts = new Map([
    ["seg_1", 0],
    ["seg_9", 40_000],
  ]);
  const chapters = [
    { first_segment_id: "seg_9", headline: "Copies" },
    { first_segment_id: "seg_1", headline: "The roof" },
    { first_segment_id: "seg_5", headline: "of another version" },
  ];
  expect(chaptersOfText({ chapters }, starts)).toEqual([
    { startMs: 0, headline: "The roof" },
    { startMs: 40_000, headline: "Copies" },
  ]);
});

test("highlights keep the times at which they were said", () => {
  const results = [{ text: "tape", timestamps: [{ start: 5, end: 9 }, { end: 3 }] }, { text: 1 }];
  const understood = { auto_highlights_result: { results } };
  expect(highlightsIn(understood)).toEqual([{ text: "tape", times: [5] }]);
});
