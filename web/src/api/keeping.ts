import type { App } from "../app.ts";
import { answer } from "./client.ts";
import { Problem } from "./problem.ts";

const AFTER_MS = 800; // of the last change
const PATH = "/api/v1/auth/me/preferences";

/**
 * Keeps the preferences with the account: those it has are taken over here, those of a new account
 * are brought to it, and so is each change. Returns what ends it.
 */
export function keepWithAccount({ api, preferences }: App): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // they are kept in this browser all the same
    }
  }

  function bring(): Promise<void> {
    timer = undefined;
    // Goes on when the page is left meanwhile.
    return quietly(() => answer(api.PUT(PATH, { body: preferences.stored, keepalive: true })));
  }

  void quietly(async () => {
    const stored = await answer(api.GET(PATH));
    if (!preferences.adopt(stored)) await bring();
  });
  const end = preferences.follow(() => {
    clearTimeout(timer);
    timer = setTimeout(() => void bring(), AFTER_MS);
  });
  const left = () => {
    if (timer !== undefined) void bring();
  };
  addEventListener("pagehide", left);
  return () => {
    end();
    clearTimeout(timer);
    removeEventListener("pagehide", left);
  };
}
