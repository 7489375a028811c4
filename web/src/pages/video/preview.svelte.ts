import { type Schemas, answer } from "../../api/client.ts";
import { Problem, isAbort } from "../../api/problem.ts";
import { pauseOf } from "../../api/resource.svelte.ts";
import type { App } from "../../app.ts";

type Body = Schemas["PlanRequest"];

const ASKED_AFTER_MS = 300;

/** One frame of a video before it is ordered, drawn by the service as the video will show it. */
export class OrderPreview {
  #app: App;
  #address = $state.raw<string | null>(null);
  #problem = $state.raw<Problem | null>(null);
  #isOld = $state(false);

  constructor(app: App) {
    this.#app = app;
  }

  /** Of the last picture that could be drawn; null: there is none yet. */
  get address(): string | null {
    return this.#address;
  }

  /** Whether the picture is of an earlier order. */
  get isOld(): boolean {
    return this.#isOld;
  }

  get problem(): Problem | null {
    return this.#problem;
  }

  /** Asks after a delay, as the user may still be typing; returns a function that cancels it. */
  ask(body: Body | null): () => void {
    const stop = new AbortController();
    const timer = body && setTimeout(() => void this.#draw(body, stop.signal), ASKED_AFTER_MS);
    return () => {
      if (timer) clearTimeout(timer);
      stop.abort();
    };
  }

  /** Gives the picture's memory back. */
  stop(): void {
    this.#show(null);
  }

  async #draw(body: Body, signal: AbortSignal, tries = 0): Promise<void> {
    this.#isOld = true;
    const call = this.#app.api.POST("/api/v1/videos/preview", {
      body,
      parseAs: "arrayBuffer",
      signal,
    });
    try {
      const drawn = await answer(call);
      this.#show(URL.createObjectURL(new Blob([drawn], { type: "image/jpeg" })));
      this.#problem = null;
      this.#isOld = false;
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof Problem)) throw error;
      this.#problem = error;
      const pauseMs = pauseOf(error, tries);
      const again = () => signal.aborted || void this.#draw(body, signal, tries + 1);
      if (pauseMs !== null) setTimeout(again, pauseMs);
    }
  }

  #show(address: string | null): void {
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = address;
  }
}
