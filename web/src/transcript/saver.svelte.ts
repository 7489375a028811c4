import { type Api, type Schemas, answer } from "../api/client.ts";
import type { Drafts } from "../api/drafts.ts";
import { Problem } from "../api/problem.ts";
import { pauseOf } from "../api/resource.svelte.ts";
import type { Change } from "./changes.ts";
import type { Editor } from "./editor.svelte.ts";

export type Saving =
  | { state: "saved" }
  | { state: "saving" }
  | { state: "conflict" }
  | { state: "kept"; problem: Problem; retryAtMs: number | null; inBrowser: boolean };

const AFTER_MS = 800; // without a letter typed
const DRAFT_AFTER_MS = 150;
const CATCH_UP_AFTER_MS = 50;
const PATH = "/api/v1/transcriptions/{transcription_id}";

/**
 * Sends an editor's changes to the service, one after another, and stores a copy in the browser
 * until they are confirmed.
 */
export class Saver {
  #now = $state.raw<Saving>({ state: "saved" });
  #api: Api;
  #drafts: Drafts;
  #recording: string;
  #editor: Editor;
  #busy = false;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  #catchUpTimer: ReturnType<typeof setTimeout> | undefined;
  #newest = 0; // the latest revision that is known to exist
  #inBrowser = true;
  #isStopped = false;
  #onlost: (problem: Problem) => void;

  constructor(given: {
    api: Api;
    drafts: Drafts;
    recording: string;
    editor: Editor;
    onlost: (problem: Problem) => void;
  }) {
    this.#api = given.api;
    this.#drafts = given.drafts;
    this.#recording = given.recording;
    this.#editor = given.editor;
    this.#onlost = given.onlost;
    this.#editor.follow(() => this.#changed());
    if (this.#editor.pending.length) this.#changed(); // what an earlier tab left
  }

  get now(): Saving {
    return this.#now;
  }

  /** Whether closing the page now could lose something. */
  get atRisk(): boolean {
    return this.#editor.pending.length > 0 && !this.#inBrowser;
  }

  /** Sends waiting changes at once. */
  flush(): void {
    clearTimeout(this.#timer);
    void this.#send();
  }

  /** The window may never come back: what was just typed is kept without waiting for more. */
  leave(): void {
    if (!this.#editor.pending.length) return;
    void this.#keep();
    this.flush();
  }

  /**
   * Reads the changes up to a revision soon: the answer to one's own change may arrive first and
   * make it unnecessary.
   */
  catchUpSoon(revision: number): void {
    this.#newest = Math.max(this.#newest, revision);
    if (this.#busy) return; // it looks when it has its answer
    clearTimeout(this.#catchUpTimer);
    this.#catchUpTimer = setTimeout(() => void this.catchUp(), CATCH_UP_AFTER_MS);
  }

  /** Reads the changes of others since the known revision. */
  async catchUp(): Promise<void> {
    const { revision, version } = this.#editor;
    const path = { transcription_id: this.#recording };
    const query = { since: revision, version };
    const call = this.#api.GET(`${PATH}/changes`, { params: { path, query } });
    try {
      this.#editor.adopt(await answer(call));
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // the next event or answer repeats it
    }
  }

  /** The editor is closed: waiting changes are sent now, or stay as a draft. */
  stop(): void {
    clearTimeout(this.#catchUpTimer);
    clearTimeout(this.#draftTimer);
    this.#isStopped = true;
    this.leave();
  }

  #changed(): void {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => void this.#keep(), DRAFT_AFTER_MS);
    if (!this.#editor.pending.length) {
      this.#now = { state: "saved" };
      return;
    }
    if (this.#now.state !== "kept") {
      this.#now = { state: this.#editor.conflicts.size ? "conflict" : "saving" };
    }
    if (this.#busy) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), AFTER_MS);
  }

  async #send(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    let change: Change | null = null;
    try {
      while ((change = this.#editor.next())) {
        await this.#keep(); // with its request: the page may end before the answer, and repeats it
        const made = await this.#post(change);
        this.#tries = 0;
        this.#editor.confirmed(change, made);
        this.#newest = Math.max(this.#newest, made.revision);
        if (this.#newest > this.#editor.revision) await this.catchUp();
      }
      this.#now = { state: this.#editor.conflicts.size ? "conflict" : "saved" };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      await this.#failed(error, change);
    } finally {
      this.#busy = false;
    }
  }

  async #post(change: Change): Promise<Schemas["EditAnswer"]> {
    const { request } = change;
    if (!request) throw new Error("a change without its request was sent");
    const params = { path: { transcription_id: this.#recording } };
    const headers = { "Idempotency-Key": change.key };
    switch (request.to) {
      case "segments":
        return answer(this.#api.PATCH(`${PATH}/segments`, { params, headers, body: request.body }));
      case "speakers":
        return answer(this.#api.PATCH(`${PATH}/speakers`, { params, headers, body: request.body }));
      case "undo":
        return answer(this.#api.POST(`${PATH}/undo`, { params, headers, body: request.body }));
      case "replace": {
        const call = this.#api.POST(`${PATH}/replace`, { params, headers, body: request.body });
        const made = await answer(call);
        const { revision, version } = this.#editor;
        return made.change ?? { version, revision, changed: [], removed: [], placed: {} };
      }
      default:
        return request satisfies never;
    }
  }

  async #failed(problem: Problem, change: Change | null): Promise<void> {
    const pauseMs = pauseOf(problem, this.#tries++);
    if (problem.code === "idempotency_key_reused" && change) {
      // It was made before this page was opened, when the service called something otherwise.
      this.#editor.settled(change);
      await this.catchUp();
      this.#timer = setTimeout(() => void this.#send(), 0);
      return;
    }
    if (pauseMs === null && problem.status !== 401 && change) {
      const kept = this.#editor.refused(change, problem);
      await this.catchUp();
      if (kept) this.#now = { state: "conflict" };
      else this.#onlost(problem);
      this.#timer = setTimeout(() => void this.#send(), 0);
      return;
    }
    const retryAtMs = pauseMs === null ? null : Date.now() + pauseMs;
    this.#now = { state: "kept", problem, retryAtMs, inBrowser: this.#inBrowser };
    if (pauseMs !== null && !this.#isStopped)
      this.#timer = setTimeout(() => void this.#send(), pauseMs);
  }

  async #keep(): Promise<void> {
    const { pending, version } = this.#editor;
    try {
      if (pending.length) await this.#drafts.put(this.#recording, { version, changes: pending });
      else await this.#drafts.clear(this.#recording);
      this.#inBrowser = true;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // full, or the browser refuses storage
      this.#inBrowser = false;
    }
  }
}
