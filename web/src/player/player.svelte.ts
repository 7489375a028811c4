import { Zoom } from "./zoom.svelte.ts";

export const SPEEDS = [0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;
const STEP_MS = 3_000;
const HOLD_OVERLAP_MS = 1_000;
const SLOWLY = 0.7;

type Follower = (ms: number) => void;

/**
 * The sound of one recording. Time is no reactive state: whatever follows it subscribes, and is
 * called once a frame while it plays and once for each jump.
 */
export class Player {
  readonly zoom = new Zoom(); // of its waveform
  #playing = $state(false);
  #rate = $state(1);
  #durationMs = $state(0);
  #failed = $state(false);
  #seconds = $state(0); // for what shows the time, once a second
  #element: HTMLMediaElement | null = null;
  #followers = new Set<Follower>();
  #frame = 0;
  #until: { ms: number; rate: number } | null = null; // of a stretch that is repeated
  #wantedMs: number | null = null; // before the sound is there

  constructor(durationMs: number, rate: number) {
    this.#durationMs = durationMs;
    this.#rate = rate;
  }

  get playing(): boolean {
    return this.#playing;
  }

  get rate(): number {
    return this.#rate;
  }

  get durationMs(): number {
    return this.#durationMs;
  }

  /** No browser's player could read the sound. */
  get failed(): boolean {
    return this.#failed;
  }

  get shownMs(): number {
    return this.#seconds * 1000;
  }

  get ms(): number {
    return this.#wantedMs ?? Math.round((this.#element?.currentTime ?? 0) * 1000);
  }

  /** Returns a function that ends it. */
  attach(element: HTMLMediaElement): () => void {
    this.#element = element;
    this.#failed = false;
    element.playbackRate = this.#rate;
    element.preservesPitch = true;
    const scope = new AbortController();
    const on = (type: string, listener: () => void) =>
      element.addEventListener(type, listener, { signal: scope.signal });
    on("loadedmetadata", () => {
      this.#failed = false;
      if (Number.isFinite(element.duration)) this.#durationMs = Math.round(element.duration * 1000);
      if (this.#wantedMs !== null) element.currentTime = this.#wantedMs / 1000;
      this.#wantedMs = null;
    });
    on("play", () => this.#started());
    on("pause", () => this.#stopped());
    on("ended", () => this.#stopped());
    on("seeked", () => this.#notify());
    on("error", () => {
      this.#wantedMs = this.ms; // where playback continues if it can be loaded again
      this.#failed = true;
    });
    return () => {
      scope.abort();
      cancelAnimationFrame(this.#frame);
      this.#wantedMs = this.ms; // where the next element continues
      this.#element = null;
      this.#playing = false;
    };
  }

  /** Returns a function that ends it. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    follower(this.ms);
    return () => this.#followers.delete(follower);
  }

  toggle(): void {
    if (this.#playing) this.pause();
    else this.play();
  }

  play(): void {
    this.#endRepeat();
    void this.#start();
  }

  pause(): void {
    this.#element?.pause();
  }

  seek(ms: number): void {
    const at = Math.max(0, Math.min(ms, this.#durationMs || ms));
    const { readyState = HTMLMediaElement.HAVE_NOTHING } = this.#element ?? {};
    if (!this.#element || this.#failed || readyState < HTMLMediaElement.HAVE_METADATA) {
      this.#wantedMs = at;
      this.#notify();
      return;
    }
    this.#element.currentTime = at / 1000;
  }

  skip(ms: number = STEP_MS): void {
    this.seek(this.ms + ms);
  }

  /** Zooms the waveform around the playback position. */
  zoomBy(factor: number): boolean {
    return this.zoom.by(factor, this.ms, this.#durationMs);
  }

  playFrom(ms: number): void {
    this.seek(ms);
    this.play();
  }

  setRate(rate: number): void {
    this.#rate = rate;
    if (this.#element) this.#element.playbackRate = rate;
  }

  /** Switches to the next slower or faster speed, and returns it. */
  changeRate(step: 1 | -1): number {
    const all = step > 0 ? SPEEDS : [...SPEEDS].reverse();
    const next = all.find((speed) => (step > 0 ? speed > this.#rate : speed < this.#rate));
    this.setRate(next ?? this.#rate);
    return this.#rate;
  }

  /** Repeats a span slowly, then restores the rate. */
  repeatSlowly(startMs: number, endMs: number): void {
    this.#endRepeat();
    this.#until = { ms: endMs, rate: this.#rate };
    this.seek(startMs);
    if (this.#element) this.#element.playbackRate = SLOWLY;
    void this.#start();
  }

  /** Plays a span and stops, as a sample of a voice. */
  playStretch(startMs: number, endMs: number): void {
    this.#endRepeat();
    this.#until = { ms: endMs, rate: this.#rate };
    this.seek(startMs);
    void this.#start();
  }

  /** Plays while a key or pedal is down, then goes back a second, so that the next time overlaps. */
  hold(down: boolean): void {
    if (down) this.play();
    else {
      this.pause();
      this.skip(-HOLD_OVERLAP_MS);
    }
  }

  async #start(): Promise<void> {
    try {
      await this.#element?.play();
    } catch (error) {
      // The browser requires a gesture first, or playback was paused before it began.
      if (!(error instanceof DOMException)) throw error;
    }
  }

  #started(): void {
    this.#playing = true;
    cancelAnimationFrame(this.#frame);
    const frame = () => {
      this.#notify();
      if (this.#until && this.ms >= this.#until.ms) this.pause();
      if (this.#playing) this.#frame = requestAnimationFrame(frame);
    };
    this.#frame = requestAnimationFrame(frame);
  }

  #stopped(): void {
    this.#playing = false;
    this.#endRepeat();
    this.#notify();
  }

  #endRepeat(): void {
    if (!this.#until) return;
    if (this.#element) this.#element.playbackRate = this.#until.rate;
    this.#until = null;
  }

  #notify(): void {
    const { ms } = this;
    this.#seconds = Math.floor(ms / 1000);
    for (const follower of this.#followers) follower(ms);
  }
}
