import { expect, test } from "vitest";

import { pathOf } from "../../build/plugins.ts";

test("shapes of icons become commands of one path", () => {
  expect(pathOf(["path", { d: "m6 9 6 6" }])).toBe("M0 0m6 9 6 6"); // "m" would go on from the shape before
  expect(pathOf(["line", { x1: "12", x2: "12.5", y1: "8", y2: "16" }])).toBe("M12 8L12.5 16");
  expect(pathOf(["circle", { cx: "12", cy: "8", r: "5" }])).toBe(
    "M7 8a5 5 0 0 1 10 0a5 5 0 0 1 -10 0",
  );
  expect(pathOf(["rect", { x: "3", y: "4", width: "18", height: "10", rx: "2" }])).toBe(
    "M5 4h14a2 2 0 0 1 2 2v6a2 2 0 0 1 -2 2h-14a2 2 0 0 1 -2 -2v-6a2 2 0 0 1 2 -2",
  );
  expect(() => pathOf(["ellipse", {}])).toThrow("ellipse");
});
