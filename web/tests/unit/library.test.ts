import { expect, test, vi } from "vitest";

import type { Api } from "../../src/api/client.ts";
import type { Events } from "../../src/api/events.svelte.ts";
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

test("what has ended since the rows were read is told once, and by which end", async () => {
  vi.useFakeTimers();
  let states = { a: "running", b: "queued", c: "running", d: "succeeded" };
  const items = () => Object.entries(states).map(([id, status]) => ({ id, status }));
  const api = {
    GET: () => Promise.resolve({ data: { items: items() }, response: new Response("{}") }),
  } as unknown as Api;
  const heard = new Map<string, (event: object) => void>();
  const events = {
    on: (type: string, listener: (event: object) => void) => {
      heard.set(type, listener);
      return () => heard.delete(type);
    },
  } as unknown as Events;
  const told: string[][] = [];
  const library = new Library(api, filterOf(new URL("http://page/").searchParams));
  const end = library.follow(events, (rows) =>
    told.push(rows.map(({ id, status }) => `${id} ${status}`)),
  );
  await library.list.load();

  states = { a: "succeeded", b: "running", c: "failed", d: "succeeded" };
  heard.get("job_complete")?.({ body: {} });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual([["a succeeded", "c failed"]]);

  heard.get("job_complete")?.({ body: {} }); // of a text, say
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toHaveLength(1);
  end();
  vi.useRealTimers();
});

test("a row that is deleted while further ones are read does not come back with them", async () => {
  const answers = [
    { items: [{ id: "a" }, { id: "b" }], next_cursor: "then" },
    { items: [{ id: "c" }], next_cursor: null },
  ];
  const api = {
    GET: () => Promise.resolve({ data: answers.shift(), response: new Response("{}") }),
  } as unknown as Api;
  const library = new Library(api, filterOf(new URL("http://page/").searchParams));
  await library.list.load();
  const reading = library.more();
  library.without(["b"]);
  await reading;
  expect(library.rows.map(({ id }) => id)).toEqual(["a", "c"]);
});
