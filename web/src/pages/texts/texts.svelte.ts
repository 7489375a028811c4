import { type Schemas, answer, idempotencyKey } from "../../api/client.ts";
import type { ServiceEvent } from "../../api/events.svelte.ts";
import { Resource } from "../../api/resource.svelte.ts";
import type { App } from "../../app.ts";

export type Summary = Schemas["TextSummary"];
export type Text = Schemas["TextOut"];
export type Kind = Schemas["TextKindOut"];
export type Model = Schemas["AiModelOut"];
export const PRIORITY = "default";
const AGAIN = { priority: PRIORITY } as const;
export type Request = Schemas["TextRequest"];

const PATH = "/api/v1/transcriptions/{transcription_id}/texts";

/** The texts of one recording: those that are there, those being written, and what can be. */
export class Texts {
  readonly list: Resource<readonly Summary[]>;
  readonly about: Resource<Schemas["TranscriptionOut"]>;
  readonly offered: Resource<{ kinds: readonly Kind[]; models: readonly Model[] }>;
  #app: App;
  #recording: string;

  constructor(app: App, recording: string) {
    this.#app = app;
    this.#recording = recording;
    const path = { transcription_id: recording };
    this.list = new Resource(async (signal) => {
      const params = { path, query: { limit: 100 } };
      return (await answer(app.api.GET(PATH, { params, signal }))).items;
    });
    this.about = new Resource((signal) =>
      answer(
        app.api.GET("/api/v1/transcriptions/{transcription_id}", { params: { path }, signal }),
      ),
    );
    this.offered = new Resource(async (signal) => {
      const [kinds, models] = await Promise.all([
        answer(app.api.GET("/api/v1/text-kinds", { signal })),
        answer(app.api.GET("/api/v1/ai-models", { signal })),
      ]);
      return { kinds, models };
    });
  }

  /** A text with its body, for as long as it is shown. */
  text(id: string): Resource<Text> {
    const params = {
      path: { transcription_id: this.#recording, text_id: id },
      query: { html: true },
    };
    return new Resource((signal) =>
      answer(this.#app.api.GET(`${PATH}/{text_id}`, { params, signal })),
    );
  }

  /** Returns a function that ends it. `onended` is called when a text's job has ended. */
  follow(onended: () => void): () => void {
    const { events } = this.#app;
    const ended = (event: ServiceEvent) => {
      if (event.body["operation"] !== "write_text") return;
      void this.list.load();
      onended();
    };
    const endings = [
      events.on("job_complete", ended),
      events.on("error", ended),
      events.on("resync", () => void this.list.load()),
    ];
    return () => {
      for (const end of endings) end();
      for (const resource of [this.list, this.about, this.offered]) resource.stop();
    };
  }

  /** Throws Problem. */
  async estimate(request: Request, signal: AbortSignal): Promise<Schemas["TextQuote"]> {
    const { priority: _, ...body } = request;
    const params = { path: { transcription_id: this.#recording } };
    return answer(this.#app.api.POST(`${PATH}/estimate`, { params, body, signal }));
  }

  /** Throws Problem. */
  async write(request: Request): Promise<string> {
    const params = { path: { transcription_id: this.#recording } };
    const headers = { "Idempotency-Key": idempotencyKey() };
    const accepted = await answer(this.#app.api.POST(PATH, { params, headers, body: request }));
    await this.list.load();
    return accepted.id;
  }

  /** Throws Problem. */
  async again(id: string): Promise<string> {
    const params = { path: { transcription_id: this.#recording, text_id: id } };
    const headers = { "Idempotency-Key": idempotencyKey() };
    const call = this.#app.api.POST(`${PATH}/{text_id}/rerun`, { params, headers, body: AGAIN });
    const accepted = await answer(call);
    await this.list.load();
    return accepted.id;
  }

  /** Throws Problem. */
  async remove(id: string): Promise<void> {
    const params = { path: { transcription_id: this.#recording, text_id: id } };
    await answer(this.#app.api.DELETE(`${PATH}/{text_id}`, { params }));
    await this.list.load();
  }

  /** Throws Problem. */
  async compare(id: string, since: string): Promise<Schemas["TextComparison"]> {
    const params = { path: { transcription_id: this.#recording, text_id: id }, query: { since } };
    return answer(this.#app.api.GET(`${PATH}/{text_id}/compare`, { params }));
  }
}
