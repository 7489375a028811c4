import type { App } from "../app.ts";
import { attempt } from "../parts/attempt.ts";

const UNDO_MS = 10_000; // as long as the notice that offers it is shown

interface Removal {
  readonly timer: ReturnType<typeof setTimeout>;
  readonly send: () => Promise<void>;
}

/**
 * What a person deletes is hidden at once, and deleted at the service when it can no longer be
 * undone: after ten seconds, or when the page is left.
 */
export class Removals {
  #app: App;
  #hidden = $state.raw<ReadonlySet<string>>(new Set());
  #waiting = new Map<string, Removal>();

  constructor(app: App) {
    this.#app = app;
  }

  isHidden(id: string): boolean {
    return this.#hidden.has(id);
  }

  /** `send` deletes it at the service, and throws Problem where it does not. */
  remove(id: string, told: string, send: () => Promise<void>): void {
    const timer = setTimeout(() => void this.#send(id), UNDO_MS);
    this.#waiting.set(id, { timer, send });
    this.#hidden = new Set(this.#hidden).add(id);
    const undo = { label: this.#app.texts.t.parts.undo, run: () => this.#undo(id) };
    this.#app.toasts.show(told, undo);
  }

  /** Nothing can be undone any more. */
  finish(): void {
    for (const id of [...this.#waiting.keys()]) void this.#send(id);
  }

  #undo(id: string): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    this.#show(id);
  }

  async #send(id: string): Promise<void> {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    if (!(await attempt(this.#app, waiting.send))) this.#show(id);
  }

  #show(id: string): void {
    this.#hidden = new Set([...this.#hidden].filter((each) => each !== id));
  }
}
