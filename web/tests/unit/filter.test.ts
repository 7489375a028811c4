import { expect, test } from "vitest";

import { addressOf, filterOf, startOf } from "../../src/pages/library/filter.ts";

const filterIn = (address: string) => filterOf(new URL(address, "http://page/").searchParams);

test("what is filtered and sorted by is in the address", () => {
  const address =
    "./?find=roof&state=failed&tag=tag_00000000000000000000000001&language=zh-Hant&from=2026-05-01&to=2026-05-31&in=archive&sort=longest";
  expect(addressOf(filterIn(address))).toBe(address);
  expect(addressOf(filterIn("./"))).toBe("./");
});

test("what an address says wrongly is not asked", () => {
  const wrong = "./?sort=size&language=a%20b&from=0202-05-01&to=2026-02-40";
  expect(filterIn(wrong)).toEqual(filterIn("./"));
});

test("a day begins here, also where the clock changes", () => {
  const begins = (at: string) => [new Date(at).getHours(), new Date(at).getDate()];
  expect(begins(startOf("2026-03-29"))).toEqual([0, 29]);
  expect(begins(startOf("2026-03-29", 1))).toEqual([0, 30]);
  expect(begins(startOf("2026-12-31", 1))).toEqual([0, 1]);
});
