import { describe, expect, test } from "vitest";

import { withTimes } from "../../src/text/citations.ts";

const at = (body: string, marker: string) => {
  const from = [...body.slice(0, body.indexOf(marker))].length;
  return { at: from, to: from + [...marker].length };
};

describe("a text as a file has it", () => {
  test("has a time where a place is cited, also behind an emoji", () => {
    const body = "Bread 🍞 is baked [s1, s2]. It rises [s3].";
    const citations = [
      { segment_ids: ["s3"], start_ms: 3_723_000, ...at(body, "[s3]") },
      { segment_ids: ["s1"], start_ms: 12_400, ...at(body, "[s1, s2]") },
    ];
    expect(withTimes(body, citations)).toBe("Bread 🍞 is baked [0:12]. It rises [1:02:03].");
  });

  test("keeps the words of a quote", () => {
    const body = 'He said "warm bread" twice.';
    const quoted = { segment_ids: [], start_ms: 4_000, quote: "warm", ...at(body, '"warm bread"') };
    expect(withTimes(body, [quoted])).toBe(body);
  });

  test("has a time for segments in brackets, and keeps those it does not know", () => {
    const citations = [{ segment_ids: ["s2"], start_ms: 7_000 }];
    expect(withTimes("Bread [s9, s2] and [s8].", citations)).toBe("Bread [0:07] and [s8].");
  });
});
