import type { Order } from "./changes.ts";
import type { Edit } from "./passages.ts";

/** A step that can be undone: the change it made, and the edits that show it undone at once. */
export interface Step {
  readonly change: string;
  readonly inverse: readonly Edit[];
  /** Set when it was undone before it was sent; to redo it, it is sent as a new change. */
  readonly order: Order | null;
}

/** The steps that can be undone and redone. What undoing one means is the editor's business. */
export class Steps {
  #done = $state.raw<readonly Step[]>([]);
  #undone = $state.raw<readonly Step[]>([]);

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** After a new step nothing can be redone. */
  add(step: Step): void {
    this.#done = [...this.#done, step];
    this.#undone = [];
  }

  /** Undoes the last one with `revert`, which returns the step that redoes it. False: there is none. */
  undo(revert: (step: Step) => Step): boolean {
    const step = this.#done.at(-1);
    if (!step) return false;
    this.#done = this.#done.slice(0, -1);
    this.#undone = [...this.#undone, revert(step)];
    return true;
  }

  redo(revert: (step: Step) => Step): boolean {
    const step = this.#undone.at(-1);
    if (!step) return false;
    this.#undone = this.#undone.slice(0, -1);
    this.#done = [...this.#done, revert(step)];
    return true;
  }

  /** The change is not made after all. */
  forget(change: string): void {
    const others = (steps: readonly Step[]) => steps.filter((step) => step.change !== change);
    this.#done = others(this.#done);
    this.#undone = others(this.#undone);
  }

  /** The change is made by another request. */
  rename(change: string, to: string): void {
    const renamed = (step: Step) => (step.change === change ? { ...step, change: to } : step);
    this.#done = this.#done.map(renamed);
    this.#undone = this.#undone.map(renamed);
  }
}
