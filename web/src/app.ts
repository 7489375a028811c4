import { createContext } from "svelte";

import type { Api } from "./api/client.ts";
import type { Drafts } from "./api/drafts.ts";
import type { Events } from "./api/events.svelte.ts";
import type { Session } from "./api/session.svelte.ts";
import type { Uploads } from "./api/uploads.svelte.ts";
import type { Keys } from "./keys.svelte.ts";
import type { Texts } from "./languages/languages.svelte.ts";
import type { Toasts } from "./parts/toasts.svelte.ts";
import type { Preferences } from "./preferences.svelte.ts";
import type { Router } from "./router.svelte.ts";

/** What every page can use; made by main.ts, one of each. */
export interface App {
  readonly api: Api;
  readonly session: Session;
  readonly events: Events;
  readonly uploads: Uploads;
  readonly drafts: Drafts;
  readonly router: Router;
  readonly keys: Keys;
  readonly preferences: Preferences;
  readonly toasts: Toasts;
  readonly texts: Texts;
}

export const [useApp, provideApp] = createContext<App>();
