import type { Component } from "svelte";

import { type PageProps, type Route, routeOf } from "./routes.ts";

export interface Place {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly path: string;
}

/** The page of a route, once its code is loaded. */
export type Shown =
  | { state: "loading" }
  | { state: "page"; page: Component<PageProps>; props: PageProps; key: string }
  | { state: "failed" };

const STILL_MS = 100;

/** Real addresses: what is shown is in the path, and back, reload and new tabs work. */
export class Router {
  #base = new URL(document.baseURI).pathname.replace(/\/$/, "");
  #place = $state.raw(this.#read());
  #shown = $state.raw<Shown>({ state: "loading" });
  #guards = new Set<() => boolean>();
  #onarrive: (scrolledTo: number) => void = () => undefined;
  #prepare: (route: Route) => Promise<void>;

  /** `prepare` loads what a page needs besides its code, before it is shown. */
  constructor(prepare: (route: Route) => Promise<void>) {
    this.#prepare = prepare;
  }

  get place(): Place {
    return this.#place;
  }

  /** The page that stays visible until the next one is loaded. */
  get shown(): Shown {
    return this.#shown;
  }

  /**
   * Follows links of the page and the browser's back and forward; `onarrive` is called when
   * another page is shown, with how far down it was left. Returns a function that ends it.
   */
  start(onarrive: (scrolledTo: number) => void): () => void {
    this.#onarrive = onarrive;
    void this.#load();
    // Each time it is kept, the browser saves all fields, too: 14 ms in a list of 3,000 recordings.
    let still: ReturnType<typeof setTimeout> | undefined;
    const moved = () => {
      clearTimeout(still); // it would be kept for the page that is shown now
      this.#show(Number(history.state?.scrolledTo) || 0);
    };
    const scrolled = () => {
      clearTimeout(still);
      still = setTimeout(keepScrolled, STILL_MS);
    };
    const clicked = (event: MouseEvent) => this.#clicked(event);
    addEventListener("popstate", moved);
    document.addEventListener("scrollend", scrolled);
    document.addEventListener("click", clicked);
    return () => {
      clearTimeout(still);
      removeEventListener("popstate", moved);
      document.removeEventListener("scrollend", scrolled);
      document.removeEventListener("click", clicked);
    };
  }

  /** Navigates to an address relative to the base, such as `r/trn_1`. */
  go(address: string, { replace = false }: { replace?: boolean } = {}): void {
    const url = new URL(address, document.baseURI);
    if (!replace && url.href === location.href) return;
    if (!replace && !this.mayLeave()) return;
    if (replace) history.replaceState(history.state, "", url);
    else {
      keepScrolled(); // where this page is left, however soon after it was scrolled
      history.pushState(null, "", url);
    }
    this.#show();
  }

  /** A guard answers whether the page may be left; it asks the person where work would be lost. */
  guard(guard: () => boolean): () => void {
    this.#guards.add(guard);
    return () => this.#guards.delete(guard);
  }

  mayLeave(): boolean {
    return [...this.#guards].every((guard) => guard());
  }

  #show(scrolledTo = 0): void {
    this.#place = this.#read();
    void this.#load(scrolledTo);
  }

  async #load(scrolledTo = 0): Promise<void> {
    const place = this.#place;
    const { route, params, query } = place;
    const key = route.name + JSON.stringify(params);
    const before = this.#shown;
    try {
      const [loaded] = await Promise.all([route.load(), this.#prepare(route)]);
      if (place !== this.#place) return;
      this.#shown = { state: "page", page: loaded.default, props: { params, query }, key };
    } catch (error) {
      // The service has a newer page, or is away: loading again helps.
      if (!(error instanceof TypeError)) throw error;
      if (place === this.#place) this.#shown = { state: "failed" };
    }
    if (before.state === "page" && before.key !== key) this.#onarrive(scrolledTo);
  }

  #read(): Place {
    const path = location.pathname.slice(this.#base.length) || "/";
    const query = new URLSearchParams(location.search);
    return { ...routeOf(path), query, path };
  }

  #clicked(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || !link.pathname.startsWith(`${this.#base}/`)) return;
    if (link.dataset["outside"] !== undefined) return; // of the service, not of the page
    event.preventDefault();
    this.go(link.href);
  }
}

function keepScrolled(): void {
  history.replaceState({ scrolledTo: scrollY }, "");
}
