import { expect, test } from "vitest";

import { partsOf } from "../../src/pages/search/passages.ts";

const shown = (text: string, ...marks: [number, number][]) =>
  partsOf({ text, marks })
    .map((part) => (part.marked ? `<${part.text}>` : part.text))
    .join("");

test("marks stand around the words that were looked for", () => {
  expect(shown("the roof leaked", [4, 8])).toBe("the <roof> leaked");
  expect(shown("roof and roof", [0, 4], [9, 13])).toBe("<roof> and <roof>");
});

test("marks count characters, not halves of them", () => {
  expect(shown("👩‍🚀 went up", [4, 8])).toBe("👩‍🚀 <went> up");
});

test("a mark that is empty or lies in another one is left out", () => {
  expect(shown("the roof", [4, 8], [5, 6], [8, 8])).toBe("the <roof>");
});
