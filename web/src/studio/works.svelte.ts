import { type Schemas, answer } from "../api/client.ts";
import type { ServiceEvent } from "../api/events.svelte.ts";
import { Resource } from "../api/resource.svelte.ts";
import type { App } from "../app.ts";

type Job = Schemas["JobOut"];

/** The progress of a job, from its last event. */
export interface Step {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly etaMs: number | null;
}

export type Told = "begun" | "done" | "failed";

export interface Work {
  readonly jobId: string;
  readonly state: "queued" | "running" | "failed";
  readonly step: Step | null;
  readonly reason: string | null; // why it failed
}

const RECENT = 50;
const FAILURE_SHOWN_MS = 86_400_000; // then a failure is no longer shown

/** Jobs of one operation for one recording: those under way, and those that failed of late. */
export class Works {
  readonly list: Resource<readonly Work[]>;
  #app: App;
  #operation: string;
  #recording: string;
  #steps = $state.raw<ReadonlyMap<string, Step>>(new Map());
  #dismissed = $state.raw<ReadonlySet<string>>(new Set());

  constructor(app: App, given: { operation: string; recording: string }) {
    this.#app = app;
    this.#operation = given.operation;
    this.#recording = given.recording;
    this.list = new Resource((signal) => this.#read(signal));
  }

  get shown(): readonly Work[] {
    return (this.list.value ?? [])
      .filter(({ jobId }) => !this.#dismissed.has(jobId))
      .map((work) => ({ ...work, step: this.#steps.get(work.jobId) ?? work.step }));
  }

  stepOf(jobId: string): Step | null {
    return this.#steps.get(jobId) ?? this.list.value?.find((w) => w.jobId === jobId)?.step ?? null;
  }

  /** Tells what became of each, whoever ordered it; returns what ends the following. */
  follow(ontold: (told: Told) => void): () => void {
    const { events } = this.#app;
    const ended = (event: ServiceEvent) => {
      const { operation, subject_id: subject } = event.body;
      if (operation !== this.#operation || subject !== this.#recording) return;
      void this.list.load();
      ontold(event.type === "job_complete" ? "done" : "failed");
    };
    const endings = [
      events.on("progress", (event) => {
        if (!this.#moved(event)) return;
        void this.list.load();
        ontold("begun");
      }),
      events.on("job_complete", ended),
      events.on("error", ended),
      events.on("resync", () => void this.list.load()),
    ];
    return () => {
      for (const end of endings) end();
      this.list.stop();
    };
  }

  /** Throws Problem. */
  async cancel(jobId: string): Promise<void> {
    const params = { path: { job_id: jobId } };
    await answer(this.#app.api.POST("/api/v1/jobs/{job_id}/cancel", { params }));
    await this.list.load();
  }

  /** Throws Problem. */
  async retry(jobId: string): Promise<void> {
    const params = { path: { job_id: jobId } };
    await answer(this.#app.api.POST("/api/v1/jobs/{job_id}/retry", { params }));
    await this.list.load();
  }

  /** A failure that was read. */
  dismiss(jobId: string): void {
    this.#dismissed = new Set(this.#dismissed).add(jobId);
  }

  async #read(signal: AbortSignal): Promise<readonly Work[]> {
    const params = { query: { limit: RECENT } };
    const { items } = await answer(this.#app.api.GET("/api/v1/jobs", { params, signal }));
    return items
      .filter((job) => job.operation === this.#operation && job.subject_id === this.#recording)
      .flatMap(workOf);
  }

  /** Whether the job was unknown: another tab has ordered it. */
  #moved({ jobId, body }: ServiceEvent): boolean {
    const { stage, done, total, eta_ms: etaMs, subject_id: subject } = body;
    if (jobId === null || subject !== this.#recording || typeof stage !== "string") return false;
    if (typeof done !== "number" || typeof total !== "number") return false;
    const isKnown = this.stepOf(jobId) || this.list.value?.some((work) => work.jobId === jobId);
    const step = { stage, done, total, etaMs: typeof etaMs === "number" ? etaMs : null };
    this.#steps = new Map(this.#steps).set(jobId, step);
    return !isKnown;
  }
}

function workOf(job: Job): Work[] {
  const { state, progress } = job;
  if (state !== "queued" && state !== "running" && state !== "failed") return [];
  if (Date.now() - Date.parse(job.finished_at ?? "") > FAILURE_SHOWN_MS) return [];
  const step =
    state === "running" && progress.stage
      ? {
          stage: progress.stage,
          done: progress.done,
          total: progress.total,
          etaMs: progress.eta_ms,
        }
      : null;
  return [{ jobId: job.id, state, step, reason: job.error?.message ?? null }];
}
