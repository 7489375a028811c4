import { type Api, answer, idempotencyKey, type Schemas } from "./client.ts";
import { Problem } from "./problem.ts";
import { pauseOf } from "./resource.svelte.ts";
import type { Resumable } from "./resumable.ts";
import {
  type SavedUpload,
  savedUploads,
  saveUpload,
  forgetUpload,
  lockedUploads,
  lockUpload,
} from "./unfinished.ts";

export type Options = Schemas["TranscriptionOptions"];
export type Accepted = Schemas["TranscriptionAccepted"];

export type UploadState =
  | { state: "waiting" }
  | { state: "sending"; bytesPerSecond: number }
  | { state: "paused" }
  | { state: "cut"; problem: Problem; retryAtMs: number } // resumes by itself
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
  saved: SavedUpload;
  file: File | null;
  sending: Resumable | null = null;
  tries = 0;
  timer: ReturnType<typeof setTimeout> | undefined;
  release: () => void = () => undefined; // of the lock that tells other tabs

  constructor(saved: SavedUpload, file: File | null) {
    this.saved = saved;
    this.file = file;
    this.name = saved.name;
    this.bytes = saved.bytes;
    this.#sent = saved.sent;
    if (!this.canGoOn) this.#now = { state: "needs-file" };
  }

  /** Whether the service has all of it, so that its file is not needed any more. */
  get isStored(): boolean {
    return this.saved.url !== null && this.saved.sent === this.bytes;
  }

  get canGoOn(): boolean {
    return this.file !== null || this.isStored;
  }

  get now(): UploadState {
    return this.#now;
  }

  get sent(): number {
    return this.#sent;
  }

  setState(now: UploadState): void {
    this.#now = now;
  }

  setSent(sent: number): void {
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
    addEventListener("online", () => this.#retryNow());
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

  /** Goes on with uploads that were started before the page was closed and are in no other tab. */
  async restore(): Promise<void> {
    const locked = await lockedUploads();
    const shown = new Set(this.#all.map((each) => each.saved.key));
    const found = savedUploads().filter((saved) => !locked.has(saved.key) && !shown.has(saved.key));
    this.#all = [...this.#all, ...found.map((saved) => new Upload(saved, null))];
    this.#startNext();
  }

  add(files: readonly File[], options: Options): void {
    for (const file of files) {
      const begun = this.#all.find((each) => !each.file && isOf(each.saved, file));
      if (begun) {
        this.resume(begun, file);
        continue;
      }
      const saved: SavedUpload = {
        key: idempotencyKey(),
        name: file.name,
        bytes: file.size,
        modifiedMs: file.lastModified,
        sent: 0,
        url: null,
        options: { ...options },
      };
      this.#all = [...this.#all, new Upload(saved, file)];
    }
    this.#startNext();
  }

  /** Resumes with the file; false, and no change, if its name or size differs. */
  resume(upload: Upload, file: File): boolean {
    if (!isOf(upload.saved, file)) return false;
    upload.file = file;
    upload.setState({ state: "waiting" });
    this.#startNext();
    return true;
  }

  pause(upload: Upload): void {
    clearTimeout(upload.timer);
    upload.sending?.stop();
    upload.setState({ state: "paused" });
    this.#startNext();
  }

  /** Resumes after a pause, or after a refusal that the user has handled. */
  goOn(upload: Upload): void {
    clearTimeout(upload.timer);
    upload.setState({ state: upload.canGoOn ? "waiting" : "needs-file" });
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
    const waiting = this.#all.filter((each) => each.now.state === "waiting");
    for (const upload of waiting.slice(0, Math.max(0, AT_ONCE - running))) void this.#send(upload);
  }

  async #send(upload: Upload): Promise<void> {
    upload.setState({ state: "sending", bytesPerSecond: 0 });
    upload.release();
    upload.release = lockUpload(upload.saved.key);
    if (upload.isStored) {
      await this.#accept(upload);
      return;
    }
    upload.sending ??= await this.#senderOf(upload);
    if (upload.now.state === "sending") void upload.sending.start();
  }

  async #senderOf(upload: Upload): Promise<Resumable> {
    const { sender } = await import("./sending.ts"); // at the first upload
    return sender(upload, {
      save: (part) => this.#save(upload, part),
      onsent: () => void this.#accept(upload),
      onfailed: (problem) => this.#failed(upload, problem),
    });
  }

  async #accept(upload: Upload): Promise<void> {
    upload.setState({ state: "accepting" });
    const id = upload.saved.url?.split("/").pop() ?? "";
    try {
      const accepted = await answer(
        this.#api.POST("/api/v1/transcriptions/from-upload", {
          body: { upload_id: id, options: upload.saved.options as Options },
          headers: { "Idempotency-Key": upload.saved.key },
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
      // What was sent has expired: start again from the beginning.
      this.#save(upload, { url: null, sent: 0 });
      upload.sending = null;
      upload.setSent(0);
      if (upload.tries++ === 0) {
        this.goOn(upload);
        return;
      }
    }
    const pauseMs = problem.status === 401 ? null : pauseOf(problem, upload.tries++);
    if (pauseMs === null && !isMovedOffset(problem)) {
      upload.setState({ state: "refused", problem });
      this.#startNext();
      return;
    }
    const waitMs = pauseMs ?? 1000;
    upload.setState({ state: "cut", problem, retryAtMs: Date.now() + waitMs });
    upload.timer = setTimeout(() => this.goOn(upload), waitMs);
    this.#startNext();
  }

  #retryNow(): void {
    for (const upload of this.#all) if (upload.now.state === "cut") this.goOn(upload);
  }

  #save(upload: Upload, part: Partial<SavedUpload>): void {
    upload.saved = { ...upload.saved, ...part };
    saveUpload(upload.saved);
  }

  #forget(upload: Upload): void {
    forgetUpload(upload.saved.key);
    upload.release();
    this.#all = this.#all.filter((each) => each !== upload);
  }
}

function isOf(saved: SavedUpload, file: File): boolean {
  return (
    saved.name === file.name && saved.bytes === file.size && saved.modifiedMs === file.lastModified
  );
}

/** Bytes of a lost connection have arrived after all: continue at the offset of the service. */
function isMovedOffset(problem: Problem): boolean {
  return problem.status === 409;
}
