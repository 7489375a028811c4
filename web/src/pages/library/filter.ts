import type { Filter } from "./library.svelte.ts";

export const STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
export const PLACES = ["library", "archive", "bin"] as const;
export const SORTS = ["newest", "oldest", "title", "longest"] as const;

/** What the address asks for; what it says wrongly is not asked. */
export function filterOf(query: URLSearchParams): Filter {
  return {
    search: query.get("find") ?? "",
    status: STATES.find((state) => state === query.get("state")) ?? null,
    tag: /^tag_[0-9a-z]{26}$/.exec(query.get("tag") ?? "")?.[0] ?? null,
    language: /^[A-Za-z0-9-]{2,35}$/.exec(query.get("language") ?? "")?.[0] ?? null,
    from: dayOf(query.get("from")),
    to: dayOf(query.get("to")),
    place: PLACES.find((place) => place === query.get("in")) ?? "library",
    sort: SORTS.find((sort) => sort === query.get("sort")) ?? "newest",
  };
}

export function addressOf({ search, status, ...filter }: Filter): string {
  const query = new URLSearchParams();
  if (search) query.set("find", search);
  if (status) query.set("state", status);
  for (const name of ["tag", "language", "from", "to"] as const) {
    if (filter[name]) query.set(name, filter[name]);
  }
  if (filter.place !== "library") query.set("in", filter.place);
  if (filter.sort !== "newest") query.set("sort", filter.sort);
  return query.size ? `./?${query}` : "./";
}

/** A day as in 2026-05-12; null for what is none, such as a year that is being typed. */
export function dayOf(text: string | null): string | null {
  const isDay = /^[12]\d{3}-\d\d-\d\d$/.test(text ?? "");
  return isDay && !Number.isNaN(Date.parse(`${text}T00:00`)) ? text : null;
}

/** When a day begins here, or the one some days after it. */
export function startOf(day: string, daysAfter = 0): string {
  const date = new Date(`${day}T00:00`);
  date.setDate(date.getDate() + daysAfter);
  return date.toISOString();
}
