import { expect, test } from "vitest";

import { isBackground } from "../../src/parts/background.ts";

test("what nobody asked for is a background job, unless it failed", () => {
  expect(isBackground({ operation: "embed", state: "running" })).toBe(true);
  expect(isBackground({ operation: "webhook", state: "succeeded" })).toBe(true);
  expect(isBackground({ operation: "webhook", state: "failed" })).toBe(false);
  expect(isBackground({ operation: "transcribe", state: "succeeded" })).toBe(false);
});
