import { expect, test } from "vitest";

import { documentLines } from "../../src/exports/formats.ts";

const MARKDOWN = `# A long day

- **Duration:** 0:00:30
- **Speakers:** Ada \\(60 %), Jonas (40 %)

## Summary

The lamp was *lit*.

## Transcript

\`0:01\` **Ada:** We kept 3 \\* 4 tapes.

\`0:09\` **Ada:** And then?

\`0:12\` **Jonas:** The roof: **leaked**.
`;

test("a document has headings, facts, times, and each name once", () => {
  const lines = documentLines(MARKDOWN);
  expect(lines.map(({ level, time, name, text }) => [level, time, name, text])).toEqual([
    [1, "", "", "A long day"],
    [0, "", "Duration:", "0:00:30"],
    [0, "", "Speakers:", "Ada (60 %), Jonas (40 %)"],
    [2, "", "", "Summary"],
    [0, "", "", "The lamp was lit."],
    [2, "", "", "Transcript"],
    [0, "0:01", "Ada:", "We kept 3 * 4 tapes."],
    [0, "0:09", "", "And then?"],
    [0, "0:12", "Jonas:", "The roof: leaked."],
  ]);
});

test("a document without times and names is its text", () => {
  expect(documentLines("Only words.\n\n1\\. Not a list\n")).toEqual([
    { level: 0, time: "", name: "", text: "Only words." },
    { level: 0, time: "", name: "", text: "1. Not a list" },
  ]);
});
