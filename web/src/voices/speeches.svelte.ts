import { type Schemas, answer, idempotencyKey } from "../api/client.ts";
import { Resource } from "../api/resource.svelte.ts";
import type { App } from "../app.ts";
import { Works } from "../studio/works.svelte.ts";

type Wire = Schemas["VoiceOut"];
export type Voice = Omit<Wire, "speed"> & { readonly speed: readonly number[] }; // least and most
export type Speech = Schemas["SpeechOut"];
export type Summary = Schemas["SpeechSummary"];

const RECENT = 100;

/** What was spoken of one recording, and who can speak. */
export class Speeches {
  readonly voices: Resource<readonly Voice[]>;
  readonly list: Resource<readonly Summary[]>;
  readonly works: Works;
  #app: App;
  #recording: string;
  #opened = $state.raw<Speech | null>(null);

  constructor(app: App, recording: string) {
    this.#app = app;
    this.#recording = recording;
    this.works = new Works(app, { operation: "speech", recording });
    this.voices = new Resource((signal) => answer(app.api.GET("/api/v1/voices", { signal })));
    this.list = new Resource(async (signal) => {
      const params = { query: { limit: RECENT } };
      const { items } = await answer(app.api.GET("/api/v1/speeches", { params, signal }));
      return items.filter((each) => each.transcription_id === recording);
    });
  }

  /** The one that can be played. */
  get opened(): Speech | null {
    return this.#opened;
  }

  /** Returns a function that ends it. */
  follow(onready: () => void): () => void {
    const end = this.works.follow((told) => {
      void this.list.load();
      if (told === "done") onready();
    });
    return () => {
      end();
      this.list.stop();
      this.voices.stop();
    };
  }

  /** Throws Problem. */
  async speak(text: string, voice: Voice, speed: number, language: string): Promise<string> {
    const headers = { "Idempotency-Key": idempotencyKey() };
    const params = { path: { transcription_id: this.#recording } };
    const body = {
      text,
      provider: voice.provider,
      voice: voice.voice,
      speed,
      language,
      direction: "",
      priority: "default" as const,
    };
    const path = "/api/v1/transcriptions/{transcription_id}/speech";
    const accepted = await answer(this.#app.api.POST(path, { params, headers, body }));
    await Promise.all([this.works.list.load(), this.list.load()]);
    return accepted.id;
  }

  /** Throws Problem. */
  async open(id: string): Promise<void> {
    const params = { path: { speech_id: id } };
    this.#opened = await answer(this.#app.api.GET("/api/v1/speeches/{speech_id}", { params }));
  }

  /** Throws Problem. */
  async remove(id: string): Promise<void> {
    const params = { path: { speech_id: id } };
    await answer(this.#app.api.DELETE("/api/v1/speeches/{speech_id}", { params }));
    if (this.#opened?.id === id) this.#opened = null;
    await this.list.load();
  }
}
