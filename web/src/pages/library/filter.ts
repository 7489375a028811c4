import type { Filter } from "./library.svelte.ts";

const STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;

/** What the address asks for; what it says wrongly is not asked. */
export function filterOf(query: URLSearchParams): Filter {
  return {
    search: query.get("find") ?? "",
    status: STATES.find((state) => state === query.get("state")) ?? null,
    language: /^[A-Za-z-]{2,35}$/.exec(query.get("language") ?? "")?.[0] ?? null,
  };
}

export function addressOf(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.search) query.set("find", filter.search);
  if (filter.status) query.set("state", filter.status);
  if (filter.language) query.set("language", filter.language);
  return query.size ? `./?${query}` : "./";
}
