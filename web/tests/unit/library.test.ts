import { expect, test } from "vitest";

import type { Api } from "../../src/api/client.ts";
import { filterOf } from "../../src/pages/library/filter.ts";
import { Library, type Recording } from "../../src/pages/library/library.svelte.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse("2026-05-20T12:00:00Z");

async function binOf(days: number): Promise<Library> {
  const config = { data: { limits: { bin_days: days } }, response: new Response("{}") };
  const api = { GET: () => Promise.resolve(config) } as unknown as Api;
  const library = new Library(api, filterOf(new URL("http://page/?in=bin").searchParams));
  await library.binDays.load();
  return library;
}

const binnedBefore = (hours: number) =>
  ({ binned_at: new Date(NOW_MS - hours * HOUR_MS).toISOString() }) as Recording;

test("the days left in the bin are those of the service", async () => {
  const library = await binOf(7);
  const left = (hours: number) => library.daysLeft(binnedBefore(hours), NOW_MS);
  expect([0, 1, 24, 25, 167, 200].map(left)).toEqual([7, 7, 6, 6, 1, 1]);
});

test("a recording that is not in the bin has no days left", async () => {
  const library = await binOf(7);
  expect(library.daysLeft({ binned_at: null } as Recording, NOW_MS)).toBeNull();
});
