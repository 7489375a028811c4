import type { Component } from "svelte";

export interface Route {
  readonly name: string;
  readonly path: string; // as in web/endpoints.py of the service, which serves the same addresses
  readonly load: () => Promise<{ default: Component<PageProps> }>;
  readonly isPublic?: boolean; // shown to who is not signed in, too
}

export interface PageProps {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
}

const admin = () => import("./pages/admin/Admin.svelte");
const texts = () => import("./pages/texts/TextsPage.svelte");
const pictures = () => import("./pages/pictures/Pictures.svelte");
const video = () => import("./pages/video/VideoPage.svelte");
const shared = () => import("./pages/shared/Shared.svelte");
const missing = () => import("./pages/missing/Missing.svelte");

/** Of the page that the whole of it is measured by: its sentences are there from the start. */
export const FIRST = "library";

/** Pages whose sentences are those of accounts and administration. */
export const OF_SERVICE = ["jobs", "account", "keys", "credits", "admin"];

/** Every address of the page. */
export const ROUTES: readonly Route[] = [
  { name: FIRST, path: "/", load: () => import("./pages/library/Library.svelte") },
  { name: "recording", path: "/r/{id}", load: () => import("./pages/recording/Recording.svelte") },
  { name: "texts", path: "/r/{id}/texts", load: texts },
  { name: "texts", path: "/r/{id}/texts/{text}", load: texts },
  { name: "pictures", path: "/r/{id}/pictures", load: pictures },
  { name: "video", path: "/r/{id}/video", load: video },
  { name: "search", path: "/search", load: () => import("./pages/search/Search.svelte") },
  { name: "live", path: "/live", load: () => import("./pages/live/Live.svelte") },
  { name: "ask", path: "/ask", load: () => import("./pages/ask/Ask.svelte") },
  { name: "shares", path: "/shares", load: () => import("./pages/shares/Shares.svelte") },
  { name: "shared", path: "/s/{token}", load: shared, isPublic: true },
  { name: "jobs", path: "/jobs", load: () => import("./pages/jobs/Jobs.svelte") },
  { name: "account", path: "/account", load: () => import("./pages/account/Account.svelte") },
  { name: "keys", path: "/keys", load: () => import("./pages/keys/Keys.svelte") },
  { name: "credits", path: "/credits", load: () => import("./pages/credits/Credits.svelte") },
  { name: "admin", path: "/admin", load: admin },
  { name: "admin", path: "/admin/{part}", load: admin },
];

export const MISSING: Route = { name: "missing", path: "", load: missing };

/** The route of a path below the base, with what its address says; MISSING where there is none. */
export function routeOf(path: string): { route: Route; params: Record<string, string> } {
  for (const route of ROUTES) {
    const params = matched(route.path, path);
    if (params) return { route, params };
  }
  return { route: MISSING, params: {} };
}

export function matched(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name && value) params[name] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return params;
}
