import { type Api, answer, idempotencyKey, type Schemas } from "./client.ts";
import { Problem } from "./problem.ts";
import { pauseOf } from "./resource.svelte.ts";
import type { Resumable } from "./resumable.ts";
import {
  type Kept,
  keptUploads,
  keepUpload,
  forgetUpload,
  heldElsewhere,
  hold,
} from "./unfinished.ts";

export type Options = Schemas["TranscriptionOptions"];
export type Accepted = Schemas["TranscriptionAccepted"];

export type UploadState =
  | { state: "waiting" }
  | { state: "sending"; bytesPerSecond: number }
  | { state: "paused" }
  | { state: "cut"; problem: Problem; retryAtMs: number } // goes on by itself
  | { state: "needs-file" } // begun before the page was closed
  | { state: "accepting" }
  | { state: "refused"; problem: Problem };

const AT_ONCE = 2;

/** One upload: first its bytes, then the request to transcribe it. */
export class Upload {
  readonly id = crypto.randomUUID();
  readonly name: string;
  readonly bytes: number;
  #now = $state.raw<UploadState>({ state: "waiting" });
  #sent = $state(0);
  kept: Kept;
  file: File | null;
  sending: Resumable | null = null;
  tries = 0;
  timer: ReturnType<typeof setTimeout> | undefined;
  release: () => void = () => undefined; // of the lock that tells other tabs

  constructor(kept: Kept, file: File | null) {
    this.kept = kept;
    this.file = file;
    this.name = kept.name;
    this.bytes = kept.bytes;
    this.#sent = kept.sent;
    if (!file) this.#now = { state: "needs-file" };
  }

  get now(): UploadState {
    return this.#now;
  }

  get sent(): number {
    return this.#sent;
  }

  is(now: UploadState): void {
    this.#now = now;
  }

  has(sent: number): void {
    this.#sent = sent;
  }
}

/** All uploads. They continue while other pages are shown, and resume after a lost connection. */
export class Uploads {
  #all = $state.raw<readonly Upload[]>([]);
  #api: Api;
  #onaccepted = new Set<(accepted: Accepted) => void>();

  constructor(api: Api) {
    this.#api = api;
    addEventListener("online", () => this.#hurry());
  }

  get all(): readonly Upload[] {
    return this.#all;
  }

  /** Whether closing the page now would interrupt one. */
  get busy(): boolean {
    return this.#all.some((each) => ["waiting", "sending", "accepting"].includes(each.now.state));
  }

  onaccepted(listener: (accepted: Accepted) => void): () => void {
    this.#onaccepted.add(listener);
    return () => this.#onaccepted.delete(listener);
  }

  /** Shows uploads that were started before the page was closed and are in no other tab. */
  async restore(): Promise<void> {
    const elsewhere = await heldElsewhere();
    const here = new Set(this.#all.map((each) => each.kept.key));
    const found = keptUploads().filter((kept) => !elsewhere.has(kept.key) && !here.has(kept.key));
    this.#all = [...this.#all, ...found.map((kept) => new Upload(kept, null))];
  }

  add(files: readonly File[], options: Options): void {
    for (const file of files) {
      const begun = this.#all.find((each) => !each.file && isOf(each.kept, file));
      if (begun) {
        this.resume(begun, file);
        continue;
      }
      const kept: Kept = {
        key: idempotencyKey(),
        name: file.name,
        bytes: file.size,
        modifiedMs: file.lastModified,
        sent: 0,
        url: null,
        options: { ...options },
      };
      this.#all = [...this.#all, new Upload(kept, file)];
    }
    this.#startNext();
  }

  /** Resumes with the file; false, and no change, if its name or size differs. */
  resume(upload: Upload, file: File): boolean {
    if (!isOf(upload.kept, file)) return false;
    upload.file = file;
    upload.is({ state: "waiting" });
    this.#startNext();
    return true;
  }

  pause(upload: Upload): void {
    clearTimeout(upload.timer);
    upload.sending?.stop();
    upload.is({ state: "paused" });
    this.#startNext();
  }

  /** Resumes after a pause, or after a refusal that the user has handled. */
  goOn(upload: Upload): void {
    clearTimeout(upload.timer);
    upload.is({ state: "waiting" });
    this.#startNext();
  }

  async remove(upload: Upload): Promise<void> {
    clearTimeout(upload.timer);
    const { sending } = upload;
    this.#forget(upload);
    await sending?.remove(); // it expires by itself, too
    this.#startNext();
  }

  #startNext(): void {
    const running = this.#all.filter((each) => each.now.state === "sending").length;
    const waiting = this.#all.filter((each) => each.now.state === "waiting" && each.file);
    for (const upload of waiting.slice(0, Math.max(0, AT_ONCE - running))) void this.#send(upload);
  }

  async #send(upload: Upload): Promise<void> {
    upload.is({ state: "sending", bytesPerSecond: 0 });
    upload.release();
    upload.release = hold(upload.kept.key);
    if (upload.kept.sent === upload.bytes && upload.kept.url) {
      await this.#accept(upload);
      return;
    }
    upload.sending ??= await this.#senderOf(upload);
    if (upload.now.state === "sending") void upload.sending.start();
  }

  async #senderOf(upload: Upload): Promise<Resumable> {
    const { sender } = await import("./sending.ts"); // at the first upload
    return sender(upload, {
      keep: (part) => this.#keep(upload, part),
      onsent: () => void this.#accept(upload),
      onfailed: (problem) => this.#failed(upload, problem),
    });
  }

  async #accept(upload: Upload): Promise<void> {
    upload.is({ state: "accepting" });
    const id = upload.kept.url?.split("/").pop() ?? "";
    try {
      const accepted = await answer(
        this.#api.POST("/api/v1/transcriptions/from-upload", {
          body: { upload_id: id, options: upload.kept.options as Options },
          headers: { "Idempotency-Key": upload.kept.key },
        }),
      );
      this.#forget(upload);
      for (const listener of this.#onaccepted) listener(accepted);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#failed(upload, error);
    }
    this.#startNext();
  }

  #failed(upload: Upload, problem: Problem): void {
    if (problem.status === 404 || problem.status === 410) {
      // What was sent has expired: from the beginning, with what is at hand.
      this.#keep(upload, { url: null, sent: 0 });
      upload.sending = null;
      upload.has(0);
      if (upload.tries++ === 0) {
        this.goOn(upload);
        return;
      }
    }
    const pauseMs = problem.status === 401 ? null : pauseOf(problem, upload.tries++);
    if (pauseMs === null && !isMovedOffset(problem)) {
      upload.is({ state: "refused", problem });
      this.#startNext();
      return;
    }
    const waitMs = pauseMs ?? 1000;
    upload.is({ state: "cut", problem, retryAtMs: Date.now() + waitMs });
    upload.timer = setTimeout(() => this.goOn(upload), waitMs);
    this.#startNext();
  }

  #hurry(): void {
    for (const upload of this.#all) if (upload.now.state === "cut") this.goOn(upload);
  }

  #keep(upload: Upload, part: Partial<Kept>): void {
    upload.kept = { ...upload.kept, ...part };
    keepUpload(upload.kept);
  }

  #forget(upload: Upload): void {
    forgetUpload(upload.kept.key);
    upload.release();
    this.#all = this.#all.filter((each) => each !== upload);
  }
}

function isOf(kept: Kept, file: File): boolean {
  return (
    kept.name === file.name && kept.bytes === file.size && kept.modifiedMs === file.lastModified
  );
}

/** Bytes of a lost connection have arrived after all: continue at the offset of the service. */
function isMovedOffset(problem: Problem): boolean {
  return problem.status === 409;
}
