import { type Schemas, answer, idempotencyKey } from "../../api/client.ts";
import { Paged } from "../../api/paged.svelte.ts";
import { Resource } from "../../api/resource.svelte.ts";
import type { App } from "../../app.ts";
import { Removals } from "../../studio/removals.svelte.ts";
import { type Step, Works } from "../../studio/works.svelte.ts";
import type { Voice } from "../../voices/speeches.svelte.ts";

export type Video = Schemas["VideoOut"];
export type Preset = Schemas["VideoPresetOut"];
export type Order = Omit<Schemas["VideoRequest"], "priority">;

export interface Offered {
  readonly presets: readonly Preset[];
  readonly palettes: readonly Schemas["PaletteOut"][];
  readonly translations: readonly string[]; // languages, BCP-47
  readonly translated: Readonly<Record<string, string>>; // ids of the newest, by language
  readonly voices: readonly Voice[];
  readonly painters: readonly Schemas["ImageModelOut"][]; // that draw from words, and are ready
  readonly planners: readonly Schemas["AiModelOut"][]; // language models that are ready
}

const PATH = "/api/v1/transcriptions/{transcription_id}/videos";
const PAGE = 20;

/** The videos of one recording: those that are made, those being drawn, and what can be. */
export class Videos {
  readonly made: Paged<Video>;
  readonly offered: Resource<Offered>;
  readonly works: Works;
  readonly plans: Works;
  readonly removals: Removals;
  #app: App;
  #recording: string;

  constructor(app: App, about: Pick<Schemas["TranscriptionOut"], "id">) {
    this.#app = app;
    this.#recording = about.id;
    this.works = new Works(app, { operation: "render_video", recording: about.id });
    this.plans = new Works(app, { operation: "plan_video", recording: about.id });
    this.removals = new Removals(app);
    const path = { transcription_id: about.id };
    this.made = new Paged((cursor, signal) => {
      const query = { limit: PAGE, ...(cursor ? { cursor } : {}) };
      return answer(app.api.GET(PATH, { params: { path, query }, signal }));
    });
    this.offered = new Resource(async (signal) => {
      const texts = "/api/v1/transcriptions/{transcription_id}/texts";
      const query = { kind: "translate", limit: 100 };
      const [presets, palettes, models, written, voices, images] = await Promise.all([
        answer(app.api.GET("/api/v1/videos/presets", { signal })),
        answer(app.api.GET("/api/v1/images/palettes", { signal })),
        answer(app.api.GET("/api/v1/ai-models", { signal })),
        answer(app.api.GET(texts, { params: { path, query }, signal })),
        answer(app.api.GET("/api/v1/voices", { signal })),
        answer(app.api.GET("/api/v1/images/models", { signal })),
      ]);
      const translated = Object.fromEntries(
        written.items
          .filter(({ status }) => status === "succeeded")
          .flatMap(({ id, language }) => (language ? [[language, id] as const] : []))
          .reverse(), // the newest of a language is the last, and stays
      );
      return {
        presets,
        palettes,
        planners: models.filter(({ ready, model }) => ready && model !== null),
        painters: images.filter(({ ready, local }) => ready && !local),
        voices,
        translated,
        translations: Object.keys(translated),
      };
    });
  }

  /** Returns a function that ends it. */
  follow(onready: () => void): () => void {
    const { events } = this.#app;
    const load = () => void this.made.list.load();
    const endings = [
      this.works.follow((told) => {
        load();
        if (told === "done") onready();
      }),
      this.plans.follow(load),
      events.on("video", ({ body }) => {
        if (body["transcription_id"] === this.#recording) load();
      }),
      events.on("resync", load),
      events.on("job_complete", ({ body }) => {
        const isPoster =
          body["operation"] === "renditions" && body["subject_id"] === this.#recording;
        if (isPoster) void this.offered.load();
      }),
    ];
    return () => {
      for (const end of endings) end();
      this.removals.finish();
      this.made.list.stop();
      this.offered.stop();
    };
  }

  async load(): Promise<void> {
    await Promise.all([this.made.list.load(), this.works.list.load(), this.plans.list.load()]);
  }

  /** Throws Problem. */
  async make(order: Order): Promise<void> {
    const headers = { "Idempotency-Key": idempotencyKey() };
    const params = { path: { transcription_id: this.#recording } };
    const body = { ...order, priority: "default" as const };
    await answer(this.#app.api.POST(PATH, { params, headers, body }));
    await this.load();
  }

  stepOf(jobId: string): Step | null {
    return this.works.stepOf(jobId) ?? this.plans.stepOf(jobId);
  }

  /** The body of a translation. Throws Problem. */
  async translation(id: string): Promise<string> {
    const params = { path: { transcription_id: this.#recording, text_id: id } };
    const path = "/api/v1/transcriptions/{transcription_id}/texts/{text_id}";
    return (await answer(this.#app.api.GET(path, { params }))).body ?? "";
  }

  /** A draft; returns its id, or null while a model plans it. Throws Problem. */
  async plan(order: Order): Promise<string | null> {
    const headers = { "Idempotency-Key": idempotencyKey() };
    const { pictures: _, ...planned } = order; // drawn later, in the storyboard
    const body = { ...planned, transcription_id: this.#recording };
    const draft = await answer(this.#app.api.POST("/api/v1/videos/plan", { headers, body }));
    await this.load();
    return "storyboard" in draft ? draft.id : null;
  }

  remove(video: Video, told: string): void {
    this.removals.remove(video.id, told, () => this.drop([video]));
  }

  /** Deletes them at once. Throws Problem. */
  async drop(videos: readonly Video[]): Promise<void> {
    const calls = videos.map(({ id }) => {
      const params = { path: { transcription_id: this.#recording, video_id: id } };
      return answer(this.#app.api.DELETE(`${PATH}/{video_id}`, { params, keepalive: true }));
    });
    await Promise.all(calls);
    await this.load();
  }
}
