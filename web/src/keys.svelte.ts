import {
  COMMANDS,
  type Command,
  type CommandId,
  type Verbs,
  type Where,
  isLetter,
  keyOf,
} from "./commands.ts";
import type { Preferences } from "./preferences.svelte.ts";

export const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** Dispatches keys to the topmost page that handles them. */
export class Keys {
  #preferences: Preferences;
  #verbs: Verbs[] = [];
  #recording: ((key: string) => void) | null = null;
  #held: string | null = null;
  #typed: string | null = null;
  onhold: ((down: boolean) => void) | null = null;

  constructor(preferences: Preferences) {
    this.#preferences = preferences;
  }

  /** Returns a function that ends it. */
  start(): () => void {
    const pressed = (event: KeyboardEvent) => this.#pressed(event);
    const released = (event: KeyboardEvent) => this.#released(event);
    document.addEventListener("keydown", pressed);
    document.addEventListener("keyup", released);
    return () => {
      document.removeEventListener("keydown", pressed);
      document.removeEventListener("keyup", released);
    };
  }

  /** Registers the commands of a page. Returns a function that removes them. */
  give(verbs: Verbs): () => void {
    this.#verbs = [verbs, ...this.#verbs];
    return () => {
      this.#verbs = this.#verbs.filter((each) => each !== verbs);
    };
  }

  /** The keys of a command, with the user's changes. */
  of(id: CommandId): readonly string[] {
    const own = this.#preferences.now.keys[id];
    const command = COMMANDS.find((each) => each.id === id);
    return own ?? command?.keys[this.#preferences.now.preset] ?? [];
  }

  /** Runs a command from a button or a menu. */
  run(id: CommandId): boolean {
    return this.#verbs.some((verbs) => verbs[id]?.() ?? false);
  }

  can(id: CommandId): boolean {
    return this.#verbs.some((verbs) => verbs[id] !== undefined);
  }

  /** Captures the next key for the caller; it does nothing else. */
  record(then: ((key: string) => void) | null): void {
    this.#recording = then;
  }

  /** What is typed while something with a field is loaded is for that field, and no key here. */
  async keepFor<T>(loading: Promise<T>): Promise<T> {
    this.#typed = "";
    try {
      return await loading;
    } finally {
      setTimeout(() => this.takeTyped()); // where nothing took it: it could not be loaded, or was left
    }
  }

  takeTyped(): string {
    const typed = this.#typed ?? "";
    this.#typed = null;
    return typed;
  }

  #pressed(event: KeyboardEvent): void {
    const key = keyOf(event, IS_MAC);
    if (key === null) return;
    if (this.#recording) {
      event.preventDefault();
      const then = this.#recording;
      this.#recording = null;
      then(key);
      return;
    }
    if (event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
    if (this.#typed !== null) {
      event.preventDefault();
      if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) this.#typed += event.key;
      return;
    }
    if (this.#holds(key, event)) return;
    const where = placeOf(event.target);
    if (where === "reading" && isPressed(key, event.target)) return;
    for (const command of COMMANDS) {
      if (!this.of(command.id).includes(key) || !this.#fits(command, key, where)) continue;
      if (!this.run(command.id)) continue;
      event.preventDefault();
      return;
    }
  }

  #fits(command: Command, key: string, where: Where | "field"): boolean {
    if (where === "reading" && isLetter(key) && !this.#preferences.now.letters) return false;
    if (command.where === "everywhere") return where === "reading" || !isLetter(key);
    return command.where === where;
  }

  #holds(key: string, event: KeyboardEvent): boolean {
    if (!this.onhold || !this.of("holdToPlay").includes(key)) return false;
    event.preventDefault();
    if (!event.repeat && this.#held === null) {
      this.#held = event.code || event.key;
      this.onhold(true);
    }
    return true;
  }

  #released(event: KeyboardEvent): void {
    if (this.#held === null || this.#held !== (event.code || event.key)) return;
    this.#held = null;
    this.onhold?.(false);
  }
}

/** A button or link that was reached with Tab; after a click, Space still plays. */
function isPressed(key: string, target: EventTarget | null): boolean {
  const pressing = key === "Enter" || key === "Space";
  return pressing && target instanceof Element && target.matches(PRESSED);
}

const PRESSED = ":is(a, button, summary, input):focus-visible";

/** Where a key was pressed: in the passage that is edited, in another field, or in neither. */
function placeOf(target: EventTarget | null): Where | "field" {
  if (!(target instanceof HTMLElement)) return "reading";
  if (target.closest("[contenteditable]")) return "editing";
  if (target.matches("input:not([type=checkbox]), textarea, select")) return "field";
  return "reading";
}
