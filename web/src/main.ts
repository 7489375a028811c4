import "./app.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { createApi } from "./api/client.ts";
import { Drafts } from "./api/drafts.ts";
import { Events } from "./api/events.svelte.ts";
import { Session } from "./api/session.svelte.ts";
import { Uploads } from "./api/uploads.svelte.ts";
import { Keys } from "./keys.svelte.ts";
import { Texts } from "./languages/languages.svelte.ts";
import { preferred } from "./languages/table.ts";
import { Toasts } from "./parts/toasts.svelte.ts";
import { Preferences } from "./preferences.svelte.ts";
import { Router } from "./router.svelte.ts";
import { FIRST, OF_SERVICE, type Route } from "./routes.ts";

const RELOAD_MS = 3_000;

async function start(): Promise<void> {
  const preferences = new Preferences();
  const session = new Session();
  const language = preferred(preferences.languages);
  const [texts] = await Promise.all([Texts.load(language).catch(reloadSoon), session.start()]);
  const api = createApi(session);
  const prepare = async (route: Route) => {
    if (route.name === FIRST) return;
    const more = OF_SERVICE.includes(route.name) ? import("./languages/more.ts") : null;
    await Promise.all([texts.loadPages(), more?.then(({ ofService }) => texts.add(ofService))]);
  };
  const app = {
    api,
    session,
    texts,
    preferences,
    events: new Events(),
    drafts: new Drafts(),
    uploads: new Uploads(api),
    router: new Router(prepare),
    keys: new Keys(preferences),
    toasts: new Toasts(),
  };
  document.querySelector(".starting")?.remove();
  mount(App, { target: document.body, props: { app } });
}

/** A file of the page that cannot be loaded, as while the service restarts, is there later. */
function reloadSoon(error: unknown): never {
  setTimeout(() => location.reload(), RELOAD_MS);
  throw error;
}

void start();
