import { expect, test } from "vitest";

import { partsOf } from "../../src/pages/library/changing.ts";

test("takes as many recordings at once as the service does, and leaves none out", () => {
  const ids = Array.from({ length: 250 }, (_, at) => `trn_${at}`);
  const parts = partsOf(ids);
  expect(parts.map((part) => part.length)).toEqual([100, 100, 50]);
  expect(parts.flat()).toEqual(ids);
  expect(partsOf(ids.slice(0, 100))).toHaveLength(1);
  expect(partsOf([])).toEqual([]);
});
