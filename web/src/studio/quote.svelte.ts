import { type Schemas, answer } from "../api/client.ts";
import { Problem, isAbort } from "../api/problem.ts";
import type { App } from "../app.ts";

type Body = NonNullable<
  | Schemas["ClipsQuoteRequest"]
  | Schemas["ImageQuoteRequest"]
  | Schemas["PlanQuoteRequest"]
  | Schemas["VideoQuoteRequest"]
  | Schemas["SpeechQuoteRequest"]
>;

export type Priced =
  { state: "priced"; credits: number; isEnough: boolean } | { state: "refused"; problem: Problem };

const ASKED_AFTER_MS = 300;

/** What something would cost, and why it cannot be made: asked before anything is held. */
export class Quote {
  #app: App;
  #asked: Body | null = null;
  #now = $state.raw<Priced | null>(null);

  constructor(app: App) {
    this.#app = app;
  }

  /** Null: not known yet. */
  get now(): Priced | null {
    return this.#now;
  }

  /** Asks after a delay, as the user may still be typing; returns a function that cancels it. */
  ask(body: Body | null): () => void {
    const stop = new AbortController();
    this.#asked = body;
    if (!body) return () => stop.abort();
    const timer = setTimeout(() => void this.#read(body, stop.signal), ASKED_AFTER_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }

  async #read(body: Body, signal: AbortSignal): Promise<void> {
    const said = await this.#answered(body, signal);
    if (said && this.#asked === body) this.#now = said;
  }

  async #answered(body: Body, signal: AbortSignal): Promise<Priced | null> {
    try {
      const quote = await answer(this.#app.api.POST("/api/v1/credits/quote", { body, signal }));
      return { state: "priced", credits: quote.total, isEnough: quote.enough };
    } catch (error) {
      if (isAbort(error)) return null;
      if (!(error instanceof Problem)) throw error;
      return error.isPassing ? null : { state: "refused", problem: error };
    }
  }
}
