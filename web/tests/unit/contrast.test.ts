import { expect, test } from "vitest";

import { READABLE, contrastOf } from "../../src/pages/video/contrast.ts";

test("contrast is that of WCAG, the same both ways", () => {
  expect(contrastOf("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrastOf("#ffffff", "#000000")).toBeCloseTo(21, 5);
  expect(contrastOf("#1c2b3a", "#1c2b3a")).toBe(1);
  expect(contrastOf("#777777", "#ffffff")).toBeLessThan(READABLE);
  expect(contrastOf("#767676", "#ffffff")).toBeGreaterThan(READABLE);
});
