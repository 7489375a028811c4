import { type Api, type Schemas, answer } from "../../api/client.ts";
import { Problem, isAbort } from "../../api/problem.ts";
import type { Span } from "../../player/zoom.svelte.ts";

type Renditions = Schemas["RenditionsOut"];

const PATH = "/api/v1/transcriptions/{transcription_id}";
const BUCKETS = 2_000; // peaks of a screen's width, with some to spare

/** What is needed to play one recording: a file that a browser plays, its loudness, its picture. */
export class Media {
  #api: Api;
  #id: string;
  #arrived: boolean;
  #hasPicture: boolean;
  #made = $state.raw<Renditions | null>(null);
  #peaks = $state.raw<Uint8Array | null>(null);

  constructor(
    api: Api,
    about: Pick<Schemas["TranscriptionOut"], "id" | "media_url" | "has_video">,
  ) {
    this.#api = api;
    this.#id = about.id;
    this.#arrived = about.media_url !== null;
    this.#hasPicture = about.has_video;
  }

  /** Null: there is no sound. Another address as soon as there is a copy that browsers play. */
  get source(): string | null {
    if (!this.#arrived) return null;
    return `api/v1/transcriptions/${this.#id}/playback${this.isCopy ? "?copy" : ""}`;
  }

  /** Whether it is played with its picture. */
  get isVideo(): boolean {
    return this.#arrived && this.#hasPicture && !this.isCopy;
  }

  /** No browser plays the recording: what is played is its sound. */
  get isCopy(): boolean {
    return this.#made?.ready === true && this.#made.original_plays === false;
  }

  /** It is not known yet whether browsers play it. */
  get isBeingMade(): boolean {
    return this.#arrived && this.#made?.ready !== true;
  }

  get poster(): string | null {
    return this.#made?.poster_url ? `api/v1/transcriptions/${this.#id}/poster` : null;
  }

  /** A byte a part of the recording, 0 to 255. */
  get peaks(): ArrayLike<number> | null {
    return this.#peaks;
  }

  /** What there is; what there is not is made, and `load` called again when its job has ended. */
  async load(signal: AbortSignal | null = null): Promise<void> {
    if (!this.#arrived) return;
    const params = { path: { transcription_id: this.#id } };
    try {
      const made = await answer(this.#api.GET(`${PATH}/renditions`, { params, signal }));
      this.#made = made;
      if (made.ready) await this.#readPeaks(signal);
      else if (!made.job_id) await answer(this.#api.POST(`${PATH}/renditions`, { params }));
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof Problem)) throw error; // the text is there, and the file plays or not
    }
  }

  /** As fine as a screen shows them; null where they cannot be read now. */
  async peaksOf(span: Span, signal: AbortSignal): Promise<ArrayLike<number> | null> {
    const query = { buckets: BUCKETS, from_ms: span.fromMs, to_ms: span.toMs };
    const params = { path: { transcription_id: this.#id }, query };
    try {
      const call = this.#api.GET(`${PATH}/peaks`, { params, signal, parseAs: "arrayBuffer" });
      return new Uint8Array(await answer<ArrayBuffer>(call as never));
    } catch (error) {
      if (error instanceof Problem || isAbort(error)) return null; // the coarse ones stay
      throw error;
    }
  }

  async #readPeaks(signal: AbortSignal | null): Promise<void> {
    const params = { path: { transcription_id: this.#id }, query: { buckets: BUCKETS } };
    const call = this.#api.GET(`${PATH}/peaks`, { params, signal, parseAs: "arrayBuffer" });
    this.#peaks = new Uint8Array(await answer<ArrayBuffer>(call as never));
  }
}
