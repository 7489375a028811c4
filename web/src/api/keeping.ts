import type { App } from "../app.ts";
import { answer } from "./client.ts";
import { Problem } from "./problem.ts";

const AFTER_MS = 800; // of the last change
const PATH = "/api/v1/auth/me/preferences";

/**
 * Synchronises the preferences with the account: those that it has are loaded; where it has none,
 * those of this browser are stored, and so is each change. Returns a function that stops it.
 */
export function keepWithAccount({ api, preferences, session }: App): () => void {
  const account = session.user?.id ?? null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // this browser has them anyway
    }
  }

  function store(): Promise<void> {
    timer = undefined;
    const { now, stored } = preferences;
    return quietly(async () => {
      await answer(api.PUT(PATH, { body: stored, keepalive: true })); // also when the page is left
      if (preferences.now === now) preferences.unsentOf = null;
    });
  }

  void quietly(async () => {
    // What was changed here last is newer than what the account has, unless that came through.
    if (account && preferences.unsentOf === account) return store();
    const stored = await answer(api.GET(PATH));
    if (account && preferences.unsentOf === account) return; // changed while it was asked for
    if (!preferences.adopt(stored)) await store();
  });
  const end = preferences.follow(() => {
    clearTimeout(timer);
    preferences.unsentOf = account;
    timer = setTimeout(() => void store(), AFTER_MS);
  });
  const left = () => {
    if (timer !== undefined) void store();
  };
  addEventListener("pagehide", left);
  return () => {
    end();
    clearTimeout(timer);
    removeEventListener("pagehide", left);
  };
}
