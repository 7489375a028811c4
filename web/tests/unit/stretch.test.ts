import { expect, test } from "vitest";

import { WHOLE, isIn, lengthMs, marked, timeOf, written } from "../../src/studio/stretch.ts";

const passages = [0, 10, 20, 30].map((s) => ({ start_ms: s * 1000, end_ms: (s + 10) * 1000 }));
const [first, second, third, fourth] = passages as [Timed, Timed, Timed, Timed];
type Timed = (typeof passages)[number];

test("a time is written as one says it, and read again", () => {
  const times = [
    ["1:05", 65_000],
    ["0:07.5", 7_500],
    ["1:02:03", 3_723_000],
    ["12:00:00", 43_200_000],
  ] as const;
  for (const [text, ms] of times) {
    expect(timeOf(text)).toBe(ms);
    expect(written(ms)).toBe(text);
  }
  expect(timeOf("7,25")).toBe(7_250);
  expect(timeOf("90")).toBe(90_000);
  expect(timeOf("  ")).toBeNull();
  expect(written(null)).toBe("");
});

test("what is no time is said to be none", () => {
  for (const text of ["soon", "1:75", "1:60:00", "1:2:3:4", "-5", "1:"]) {
    expect(timeOf(text), text).toBe("bad");
  }
});

test("the first click takes a passage, the next extends to another", () => {
  const one = marked(WHOLE, second);
  expect(one).toEqual({ fromMs: 10_000, toMs: 20_000 });
  expect(marked(one, fourth)).toEqual({ fromMs: 10_000, toMs: 40_000 });
  expect(marked(one, first)).toEqual({ fromMs: 0, toMs: 20_000 });
  expect(marked({ fromMs: 0, toMs: 40_000 }, third)).toEqual({ fromMs: 20_000, toMs: 30_000 });
});

test("a stretch has its passages and its length", () => {
  const stretch = { fromMs: 10_000, toMs: 25_000 };
  expect(passages.map((each) => isIn(stretch, each))).toEqual([false, true, true, false]);
  expect(passages.every((each) => isIn(WHOLE, each))).toBe(true);
  expect(lengthMs(stretch, 40_000)).toBe(15_000);
  expect(lengthMs(WHOLE, 40_000)).toBe(40_000);
});
