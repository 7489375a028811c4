import type { Filter } from "./library.svelte.ts";

export const STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
export const PLACES = ["library", "archive", "bin"] as const;

/** What the address asks for; what it says wrongly is not asked. */
export function filterOf(query: URLSearchParams): Filter {
  return {
    search: query.get("find") ?? "",
    status: STATES.find((state) => state === query.get("state")) ?? null,
    tag: /^tag_[0-9a-z]{26}$/.exec(query.get("tag") ?? "")?.[0] ?? null,
    place: PLACES.find((place) => place === query.get("in")) ?? "library",
  };
}

export function addressOf({ search, status, tag, place }: Filter): string {
  const query = new URLSearchParams();
  if (search) query.set("find", search);
  if (status) query.set("state", status);
  if (tag) query.set("tag", tag);
  if (place !== "library") query.set("in", place);
  return query.size ? `./?${query}` : "./";
}
