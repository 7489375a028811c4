import { type Schemas, answer, idempotencyKey } from "../../api/client.ts";
import { Paged } from "../../api/paged.svelte.ts";
import { Problem } from "../../api/problem.ts";
import { Resource } from "../../api/resource.svelte.ts";
import type { App } from "../../app.ts";
import { Removals } from "../../studio/removals.svelte.ts";
import { Works } from "../../studio/works.svelte.ts";

export type Image = Schemas["ImageOut"];
export type Model = Schemas["ImageModelOut"];
export type Order = Omit<Schemas["ImageRequestBody"], "priority">;

export interface Offered {
  readonly models: readonly Model[];
  readonly styles: readonly Schemas["StyleOut"][];
  readonly palettes: readonly Schemas["PaletteOut"][];
}

/** A file on its way here, or one that was refused. */
export interface Arrival {
  readonly id: number;
  readonly name: string;
  readonly problem: Problem | null;
}

const PAGE = 24;

/** The pictures of one recording: those that are there, those being made, and what can be. */
export class Pictures {
  readonly gallery: Paged<Image>;
  readonly offered: Resource<Offered>;
  readonly works: Works;
  readonly removals: Removals;
  #app: App;
  #recording: string;
  #arrivals = $state.raw<readonly Arrival[]>([]);
  #next = 1;

  constructor(app: App, recording: string) {
    this.#app = app;
    this.#recording = recording;
    this.works = new Works(app, { operation: "generate_images", recording });
    this.removals = new Removals(app);
    this.gallery = new Paged((cursor, signal) => {
      const query = { limit: PAGE, ...(cursor ? { cursor } : {}) };
      const params = { path: { transcription_id: recording }, query };
      return answer(
        app.api.GET("/api/v1/images/transcription/{transcription_id}", { params, signal }),
      );
    });
    this.offered = new Resource(async (signal) => {
      const [models, styles, palettes] = await Promise.all([
        answer(app.api.GET("/api/v1/images/models", { signal })),
        answer(app.api.GET("/api/v1/images/styles", { signal })),
        answer(app.api.GET("/api/v1/images/palettes", { signal })),
      ]);
      return { models, styles, palettes };
    });
  }

  get arrivals(): readonly Arrival[] {
    return this.#arrivals;
  }

  /** Returns a function that ends it. */
  follow(onready: () => void): () => void {
    const { events } = this.#app;
    const load = () => void this.gallery.list.load();
    const endings = [
      this.works.follow((told) => {
        if (told === "done") onready();
      }),
      events.on("image", ({ body }) => {
        if (body["transcription_id"] === this.#recording) load();
      }),
      events.on("resync", load),
    ];
    return () => {
      for (const end of endings) end();
      this.removals.finish();
      this.gallery.list.stop();
      this.offered.stop();
    };
  }

  /** Throws Problem. */
  async make(order: Order): Promise<void> {
    const headers = { "Idempotency-Key": idempotencyKey() };
    const body = { ...order, priority: "default" as const };
    await answer(this.#app.api.POST("/api/v1/images/generate", { headers, body }));
    await this.works.list.load();
  }

  async upload(files: readonly File[]): Promise<void> {
    for (const file of files) await this.#uploaded(file);
  }

  remove(image: Image, told: string): void {
    const params = { path: { image_id: image.id } };
    const gone = async () => {
      await answer(this.#app.api.DELETE("/api/v1/images/{image_id}", { params, keepalive: true }));
      await this.gallery.list.load();
    };
    this.removals.remove(image.id, told, gone);
  }

  dismiss(arrival: Arrival): void {
    this.#arrivals = this.#arrivals.filter(({ id }) => id !== arrival.id);
  }

  async #uploaded(file: File): Promise<void> {
    const arrival = { id: this.#next++, name: file.name, problem: null };
    this.#arrivals = [...this.#arrivals, arrival];
    const form = new FormData();
    form.append("file", file);
    const params = { query: { transcription_id: this.#recording } };
    try {
      await answer(
        this.#app.api.POST("/api/v1/images", {
          params,
          body: form as never, // the schema knows no files
          bodySerializer: () => form,
        }),
      );
      await this.gallery.list.load();
      this.dismiss(arrival);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#arrivals = this.#arrivals.map((each) =>
        each.id === arrival.id ? { ...each, problem: error } : each,
      );
    }
  }
}
