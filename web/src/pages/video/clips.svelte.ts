import { type Schemas, answer, idempotencyKey } from "../../api/client.ts";
import { Resource } from "../../api/resource.svelte.ts";
import type { App } from "../../app.ts";
import { Works } from "../../studio/works.svelte.ts";
import { type Reason, foundAgain, foundIn } from "./clips.ts";
import type { Video, Videos } from "./videos.svelte.ts";

/** Passages of a recording that become clips: found, heard, and made. */
export class Clips {
  readonly works: Works; // of language models that choose
  /** What each would cost; empty for who pays nothing. */
  readonly prices: Resource<ReadonlyMap<string, number>>;
  #app: App;
  #videos: Videos;
  #reasons = $state.raw<ReadonlyMap<string, readonly Reason[]>>(new Map()); // by a draft's id

  constructor(app: App, videos: Videos, recording: string) {
    this.#app = app;
    this.#videos = videos;
    this.works = new Works(app, { operation: "find_clips", recording });
    this.prices = new Resource((signal) => this.#priced(signal));
  }

  get found(): readonly Video[] {
    const videos = this.#videos.made.list.value?.items ?? [];
    return foundIn(videos).filter(({ id }) => !this.#videos.removals.isHidden(id));
  }

  reasonsOf({ id }: Video): readonly Reason[] {
    return this.#reasons.get(id) ?? [];
  }

  /** Tells how many a language model has found; returns what ends the following. */
  follow(onfound: (count: number) => void): () => void {
    const end = this.works.follow(async (told) => {
      if (told === "done") onfound(await this.#loadFound());
    });
    return () => {
      end();
      this.prices.stop();
    };
  }

  /** How many there are; null while a language model chooses. Throws Problem. */
  async find(body: Schemas["ClipsRequest"]): Promise<number | null> {
    const headers = { "Idempotency-Key": idempotencyKey() };
    const answered = await answer(this.#app.api.POST("/api/v1/videos/clips", { headers, body }));
    if (!("clips" in answered)) {
      await this.works.list.load();
      return null;
    }
    this.#reasons = new Map([
      ...this.#reasons,
      ...answered.clips.map(({ video_id: id, reasons }) => [id, reasons] as const),
    ]);
    return this.#loadFound();
  }

  /** Those before one that is refused are being made. Throws Problem. */
  async make(videos: readonly Video[]): Promise<void> {
    try {
      for (const { id, revision } of videos) {
        const headers = { "Idempotency-Key": idempotencyKey() };
        const params = { path: { video_id: id } };
        const body = { revision, priority: "default" as const };
        const path = "/api/v1/videos/{video_id}/render";
        await answer(this.#app.api.POST(path, { params, headers, body }));
      }
    } finally {
      await this.#videos.load();
    }
  }

  /** How many are new. A passage that was found again has one draft, the new one. */
  async #loadFound(): Promise<number> {
    const before = this.found;
    await this.#videos.made.list.load();
    const fresh = this.found.length - before.length;
    const again = foundAgain(before, this.found);
    if (again.length) await this.#videos.drop(again);
    await this.prices.load();
    return fresh;
  }

  async #priced(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    if (!this.#app.session.isMetered) return new Map();
    const path = "/api/v1/videos/{video_id}/plan";
    const priced = this.found.map(async ({ id }) => {
      const params = { path: { video_id: id } };
      const { credits } = await answer(this.#app.api.GET(path, { params, signal }));
      return [id, credits] as const;
    });
    return new Map(await Promise.all(priced));
  }
}
