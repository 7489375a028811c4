import { Problem, isAbort } from "./problem.ts";

export type Loaded<T> =
  | { state: "loading" }
  | { state: "ready"; value: T }
  | { state: "failed"; problem: Problem; retryAtMs: number | null };

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Something that is read from the service and shown. A temporary failure is retried,
 * with growing pauses; an answer to an older question is dropped.
 */
export class Resource<T> {
  #now = $state.raw<Loaded<T>>({ state: "loading" });
  #read: (signal: AbortSignal) => Promise<T>;
  #asked: AbortController | null = null;
  #reading = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;

  constructor(read: (signal: AbortSignal) => Promise<T>) {
    this.#read = read;
  }

  get now(): Loaded<T> {
    return this.#now;
  }

  get value(): T | null {
    return this.#now.state === "ready" ? this.#now.value : null;
  }

  /**
   * Reads it; the old value is shown until the answer arrives. If another read starts in the
   * meantime, its answer is awaited instead.
   */
  async load(): Promise<void> {
    let reading = (this.#reading = this.#load());
    await reading;
    while (this.#reading !== reading) {
      reading = this.#reading;
      await reading;
    }
  }

  async #load(): Promise<void> {
    this.stop();
    const asked = new AbortController();
    this.#asked = asked;
    try {
      const value = await this.#read(asked.signal);
      if (asked.signal.aborted) return;
      this.#tries = 0;
      this.#now = { state: "ready", value };
    } catch (error) {
      if (asked.signal.aborted || isAbort(error)) return;
      if (!(error instanceof Problem)) throw error;
      this.#failed(error);
    }
  }

  /** What a person did, shown before the service has said it, too. */
  set(value: T): void {
    this.#now = { state: "ready", value };
  }

  /** Stop: it is no longer shown. */
  stop(): void {
    this.#asked?.abort();
    clearTimeout(this.#timer);
  }

  #failed(problem: Problem): void {
    const pauseMs = pauseOf(problem, this.#tries);
    this.#tries += 1;
    if (pauseMs !== null) this.#timer = setTimeout(() => void this.load(), pauseMs);
    if (this.#now.state === "ready" && problem.isPassing) return; // what was read stays readable
    const retryAtMs = pauseMs === null ? null : Date.now() + pauseMs;
    this.#now = { state: "failed", problem, retryAtMs };
  }
}

/** Until a request that failed may be repeated; null when repeating does not help. */
export function pauseOf(problem: Problem, tries: number): number | null {
  if (!problem.isPassing) return null;
  if (problem.retryAfterS !== null) return problem.retryAfterS * 1000;
  return Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS);
}
