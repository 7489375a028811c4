import { type Api, type Schemas, answer } from "../../api/client.ts";
import type { Events, ServiceEvent } from "../../api/events.svelte.ts";
import { Problem } from "../../api/problem.ts";
import { Resource } from "../../api/resource.svelte.ts";
import { startOf } from "./filter.ts";

export type Recording = Schemas["TranscriptionSummary"];

/** The progress of a recording's job, from its events. */
export interface Progress {
  readonly stage: string | null;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly etaMs: number | null;
  readonly heard: string | null; // the last sentence
}

/** The filter in the page's address. */
export interface Filter {
  readonly search: string;
  readonly status: Schemas["JobState"] | null;
  readonly tag: string | null;
  readonly language: string | null;
  readonly from: string | null; // a day here, as in 2026-05-12
  readonly to: string | null; // also of this day
  readonly place: "library" | "archive" | "bin";
  readonly sort: "newest" | "oldest" | "title" | "longest";
}

export type Tag = Schemas["CountedTag"];
export type BulkAction = Schemas["BulkRequest"]["action"];

interface Listed {
  readonly rows: readonly Recording[];
  readonly next: string | null;
  readonly languages: readonly string[]; // of all recordings
}

const PAGE = 50;
const MOST_TAGS = 100;
const DAY_MS = 86_400_000;
const REFRESH_MS = 200; // many jobs may end at once
const PATH = "/api/v1/transcriptions";

export class Library {
  readonly list: Resource<Listed>;
  readonly tags: Resource<readonly Tag[]>;
  /** Days after which recordings in the bin are deleted; read where they are shown. */
  readonly binDays: Resource<number>;
  #progress = $state.raw<ReadonlyMap<string, Progress>>(new Map());
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onended: (rows: readonly Recording[]) => void = () => undefined;
  #api: Api;
  #filter: Filter;

  constructor(api: Api, filter: Filter) {
    this.#api = api;
    this.#filter = filter;
    this.list = new Resource((signal) => this.#read(null, signal));
    this.tags = new Resource(async (signal) => {
      const query = { limit: MOST_TAGS };
      return (await answer(api.GET("/api/v1/tags", { params: { query }, signal }))).items;
    });
    this.binDays = new Resource(
      async (signal) => (await answer(api.GET("/api/v1/config", { signal }))).limits.bin_days,
    );
  }

  get rows(): readonly Recording[] {
    return this.list.value?.rows ?? [];
  }

  get place(): Filter["place"] {
    return this.#filter.place;
  }

  /** How long a recording stays in the bin; null elsewhere. */
  daysLeft({ binned_at: binned }: Recording, nowMs = Date.now()): number | null {
    const days = this.binDays.value;
    if (!binned || days === null) return null;
    return Math.max(1, Math.ceil(days - (nowMs - Date.parse(binned)) / DAY_MS));
  }

  progressOf(id: string): Progress | null {
    return this.#progress.get(id) ?? null;
  }

  /** `onended`: rows whose transcription has ended. Returns a function that ends it. */
  follow(events: Events, onended: (rows: readonly Recording[]) => void): () => void {
    this.#onended = onended;
    const endings = [
      events.on("resync", () => void this.list.load()),
      events.on("progress", (event) => this.#progressed(event)),
      events.on("heard", (event) => this.#sentenceRecognised(event)),
      events.on("job_complete", () => this.#refreshSoon()),
      events.on("error", () => this.#refreshSoon()),
      events.on("recording_added", () => this.#refreshSoon()),
      events.on("recording_deleted", (event) => this.#recordingDeleted(subjectOf(event))),
    ];
    return () => {
      this.list.stop();
      this.tags.stop();
      clearTimeout(this.#timer);
      for (const end of endings) end();
    };
  }

  /** Further rows are appended to those shown when they arrive: some may be gone by then. */
  async more(): Promise<void> {
    const next = this.list.value?.next;
    if (!next) return;
    const page = await this.#read(next, null);
    const { value } = this.list;
    if (value?.next !== next) return; // another list, or they are there
    this.list.set({ ...value, rows: [...value.rows, ...page.rows], next: page.next });
  }

  /** A recording was accepted: show its row soon. */
  added(): void {
    this.#refreshSoon();
  }

  /** Throws Problem. */
  async rename(row: Recording, title: string): Promise<void> {
    const path = { transcription_id: row.id };
    const call = this.#api.PATCH(`${PATH}/{transcription_id}`, {
      params: { path },
      body: { title },
    });
    this.#put(await answer(call));
  }

  /** Reads rows and tags again. */
  async reload(): Promise<void> {
    await Promise.all([this.#refresh(), this.tags.load()]);
  }

  /** Removes rows that are no longer in this list. */
  without(ids: readonly string[]): void {
    const { value } = this.list;
    if (!value) return;
    this.list.set({ ...value, rows: value.rows.filter((row) => !ids.includes(row.id)) });
  }

  /** Throws Problem. */
  async retry(row: Recording): Promise<void> {
    if (!row.job_id) return;
    const path = { job_id: row.job_id };
    await answer(this.#api.POST("/api/v1/jobs/{job_id}/retry", { params: { path } }));
    await this.#refresh();
  }

  /** Throws Problem. */
  async cancel(row: Recording): Promise<void> {
    if (!row.job_id) return;
    const path = { job_id: row.job_id };
    await answer(this.#api.POST("/api/v1/jobs/{job_id}/cancel", { params: { path } }));
    await this.#refresh();
  }

  async #read(cursor: string | null, signal: AbortSignal | null): Promise<Listed> {
    const { search, status, tag, language, from, to, place, sort } = this.#filter;
    const query = {
      limit: PAGE,
      place,
      sort,
      ...(cursor ? { cursor } : {}),
      ...(search ? { search } : {}),
      ...(status ? { status } : {}),
      ...(tag ? { tag } : {}),
      ...(language ? { language } : {}),
      ...(from ? { created_from: startOf(from) } : {}),
      ...(to ? { created_to: startOf(to, 1) } : {}),
    };
    const page = await answer(this.#api.GET(PATH, { params: { query }, signal }));
    return { rows: page.items, next: page.next_cursor ?? null, languages: page.languages ?? [] };
  }

  /** A recording was deleted or moved; in the bin it may have been added to this list. */
  #recordingDeleted(id: string | null): void {
    if (id && this.place !== "bin") this.without([id]);
    this.#refreshSoon();
  }

  #refreshSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#refresh(), REFRESH_MS);
  }

  /** Reads the first rows again; those shown after them stay. */
  async #refresh(): Promise<void> {
    const shown = this.list.value;
    if (!shown) return;
    try {
      const fresh = await this.#read(null, null);
      const known = new Set(fresh.rows.map((row) => row.id));
      const places = new Map(shown.rows.map((row, index) => [row.id, index]));
      const last = fresh.rows.findLast((row) => places.has(row.id));
      const after = last ? (places.get(last.id) ?? 0) + 1 : 0;
      const rest = shown.rows.slice(after).filter((row) => !known.has(row.id));
      const next = rest.length ? shown.next : fresh.next;
      this.list.set({ ...fresh, rows: [...fresh.rows, ...rest], next });
      const awaited = new Set(shown.rows.filter(isAwaited).map((row) => row.id));
      const ended = fresh.rows.filter((row) => awaited.has(row.id) && !isAwaited(row));
      if (ended.length) this.#onended(ended);
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // the next event or resync repeats it
    }
  }

  #put(recording: Recording): void {
    const { value } = this.list;
    if (!value) return;
    const known = value.rows.some((row) => row.id === recording.id);
    const rows = known
      ? value.rows.map((row) => (row.id === recording.id ? recording : row))
      : [recording, ...value.rows];
    this.list.set({ ...value, rows });
  }

  #progressed(event: ServiceEvent): void {
    const id = subjectOf(event);
    const { stage, done, total, unit, eta_ms: etaMs } = event.body;
    if (!id || typeof done !== "number" || typeof total !== "number") return;
    const row = this.list.value?.rows.find((each) => each.id === id);
    if (row?.status === "queued" && row.job_id === event.jobId) {
      this.#put({ ...row, status: "running" });
    }
    this.#progress = new Map(this.#progress).set(id, {
      stage: typeof stage === "string" ? stage : null,
      done,
      total,
      unit: typeof unit === "string" ? unit : "ms",
      etaMs: typeof etaMs === "number" ? etaMs : null,
      heard: this.#progress.get(id)?.heard ?? null,
    });
  }

  #sentenceRecognised(event: ServiceEvent): void {
    const id = subjectOf(event);
    const { lines } = event.body;
    const text: unknown = Array.isArray(lines) ? lines.at(-1) : null;
    if (!id || typeof text !== "string") return;
    const before = this.#progress.get(id);
    const none = { stage: null, done: 0, total: 0, unit: "ms", etaMs: null };
    this.#progress = new Map(this.#progress).set(id, { ...none, ...before, heard: text });
  }
}

function isAwaited({ status }: Recording): boolean {
  return status === "queued" || status === "running";
}

function subjectOf(event: ServiceEvent): string | null {
  const id = event.body["subject_id"] ?? event.body["transcription_id"];
  return typeof id === "string" ? id : null;
}
