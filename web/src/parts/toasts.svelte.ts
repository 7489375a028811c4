export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

const SHOWN_MS = 6_000;
const WITH_ACTION_MS = 10_000;
const AT_ONCE = 4; // more would cover the page

/** Short confirmations, some with Undo. Failures stand where the work is, not here. */
export class Toasts {
  #shown = $state.raw<readonly Toast[]>([]);
  #said = $state("");
  #next = 1;

  get shown(): readonly Toast[] {
    return this.#shown;
  }

  /** What a screen reader says: the last sentence that was given to it. */
  get said(): string {
    return this.#said;
  }

  show(text: string, action: Toast["action"] = null): void {
    const toast = { id: this.#next++, text, action };
    this.#shown = [...this.#shown, toast].slice(-AT_ONCE);
    this.say(text);
    setTimeout(() => this.close(toast.id), action ? WITH_ACTION_MS : SHOWN_MS);
  }

  close(id: number): void {
    this.#shown = this.#shown.filter((toast) => toast.id !== id);
  }

  /** Only for the ear. The same sentence twice is said twice: a space is a change. */
  say(text: string): void {
    this.#said = this.#said === text ? `${text} ` : text;
  }
}
