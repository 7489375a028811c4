import { answer, idempotencyKey } from "../api/client.ts";
import { fileOf } from "../api/download.ts";
import type { ServiceEvent } from "../api/events.svelte.ts";
import { Problem } from "../api/problem.ts";
import type { App } from "../app.ts";
import { attempt } from "../parts/attempt.ts";
import type { Speech } from "./speeches.svelte.ts";

export interface Sample {
  readonly provider: string;
  readonly voice: string;
  readonly language: string;
  readonly text: string;
}

const ENDED = new Set(["succeeded", "failed", "cancelled"]);

/** Samples of voices, to hear one before choosing it; each is spoken once and then deleted. */
export class Samples {
  #app: App;
  #sounds = new Map<string, string>(); // addresses, by what was spoken
  #player: HTMLAudioElement | null = null;
  #spoken = $state<string | null>(null); // key of the sample that is being made
  #making = new Set<string>(); // ids of speeches
  #closed = false;

  constructor(app: App) {
    this.#app = app;
  }

  isMaking(sample: Sample): boolean {
    return this.#spoken === keyOf(sample);
  }

  /** Speaks the sample, then plays it. Throws Problem. */
  async play(sample: Sample): Promise<void> {
    const key = keyOf(sample);
    this.#player?.pause();
    this.#spoken = key;
    try {
      const sound = this.#sounds.get(key) ?? (await this.#made(sample));
      this.#sounds.set(key, sound);
      if (this.#closed || this.#spoken !== key) return; // another one has been requested
      this.#player = new Audio(sound);
      await this.#player.play();
    } catch (error) {
      if (!this.#closed) throw error; // what was being made is deleted
    } finally {
      if (this.#spoken === key) this.#spoken = null;
    }
  }

  close(): void {
    this.#closed = true;
    this.#player?.pause();
    for (const sound of this.#sounds.values()) URL.revokeObjectURL(sound);
    this.#sounds.clear();
    for (const id of this.#making) void attempt(this.#app, () => this.#remove(id));
  }

  async #made(sample: Sample): Promise<string> {
    const { api, session } = this.#app;
    const headers = { "Idempotency-Key": idempotencyKey() };
    const body = { ...sample, speed: 1, direction: "", priority: "default" as const };
    const { id, task_id: jobId } = await answer(api.POST("/api/v1/voices/say", { headers, body }));
    this.#making.add(id);
    const params = { path: { speech_id: id } };
    const speech = await this.#ended(jobId, () =>
      answer(api.GET("/api/v1/speeches/{speech_id}", { params })),
    );
    try {
      if (speech.status !== "succeeded") {
        throw new Problem({ status: 409, code: "not_spoken", detail: speech.error ?? "" });
      }
      const { content } = await fileOf(session, speech.links["mp3"] ?? "");
      return URL.createObjectURL(content);
    } finally {
      this.#making.delete(id);
      await this.#remove(id);
    }
  }

  async #remove(id: string): Promise<void> {
    const params = { path: { speech_id: id } };
    const call = this.#app.api.DELETE("/api/v1/speeches/{speech_id}", { params, keepalive: true });
    await answer(call);
  }

  /** The speech once its job has ended; read again after each event that may report that. */
  async #ended(jobId: string, read: () => Promise<Speech>): Promise<Speech> {
    const { events } = this.#app;
    let told = () => {};
    const tell = (event: ServiceEvent) => {
      if (event.jobId === jobId || event.type === "resync") told();
    };
    const endings = ["job_complete", "error", "resync"].map((type) => events.on(type, tell));
    try {
      for (;;) {
        const next = new Promise<void>((resolve) => (told = resolve));
        const speech = await read();
        if (ENDED.has(speech.status)) return speech;
        await next;
      }
    } finally {
      for (const end of endings) end();
    }
  }
}

function keyOf({ provider, voice, language, text }: Sample): string {
  return [provider, voice, language, text].join("\n");
}
