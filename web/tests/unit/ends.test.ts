import { expect, test } from "vitest";

import { endOf } from "../../src/shares/ends.ts";

const NOW_MS = Date.parse("2026-08-31T10:00:00Z");

test("a link ends some days from now, or never by itself", () => {
  expect(endOf("day", "", NOW_MS)).toBe("2026-09-01T10:00:00.000Z");
  expect(endOf("week", "", NOW_MS)).toBe("2026-09-07T10:00:00.000Z");
  expect(endOf("month", "", NOW_MS)).toBe("2026-09-30T10:00:00.000Z");
  expect(endOf("never", "2026-09-30", NOW_MS)).toBeNull();
});

test("a last day counts to its end, where the person is", () => {
  const end = new Date(endOf("date", "2026-09-30", NOW_MS) ?? "");
  expect([end.getDate(), end.getHours(), end.getMinutes()]).toEqual([30, 23, 59]);
});
