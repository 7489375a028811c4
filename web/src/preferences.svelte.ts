import { isRecord } from "./api/problem.ts";
import type { CommandId, Preset } from "./commands.ts";

/** A user's preferences. They are stored in the browser, and with the account if there is one. */
export interface Preferred {
  readonly language: string | null; // null: as the browser says
  readonly theme: "system" | "light" | "dark";
  readonly font: "serif" | "sans";
  readonly size: number; // of the transcript, in px
  readonly speed: number;
  readonly doubts: boolean;
  readonly letters: boolean; // single letters as keys
  readonly preset: Preset;
  readonly keys: Readonly<Partial<Record<CommandId, readonly string[]>>>;
  readonly options: Readonly<Record<string, unknown>>; // of the last upload, to begin the next with
}

const NAME = "mp4totext.preferences";
const VERSION = 1;

const DEFAULTS: Preferred = {
  language: null,
  theme: "system",
  font: "serif",
  size: 19,
  speed: 1,
  doubts: false,
  letters: true,
  preset: "otranscribe",
  keys: {},
  options: {},
};

export class Preferences {
  #now = $state.raw(DEFAULTS);
  #onchange: () => void = () => undefined;
  #unsentOf: string | null;

  constructor() {
    const text = read();
    this.#now = parsed(text);
    this.#unsentOf = unsentIn(text);
    addEventListener("storage", (event) => {
      if (event.key === NAME) this.#now = parsed(event.newValue);
    });
  }

  get now(): Preferred {
    return this.#now;
  }

  /** The preferred languages, most preferred first. */
  get languages(): readonly string[] {
    const { language } = this.#now;
    return language === null ? navigator.languages : [language, ...navigator.languages];
  }

  change(part: Partial<Preferred>): void {
    this.#save({ ...this.#now, ...part });
    this.#onchange();
  }

  /** Takes over what the account has stored; false if its format is unknown. */
  adopt(stored: Readonly<Record<string, unknown>>): boolean {
    if (stored["version"] !== VERSION) return false;
    this.#save(preferredIn(stored));
    return true;
  }

  /** The account with local changes that were not sent to it yet; null: none. */
  get unsentOf(): string | null {
    return this.#unsentOf;
  }

  set unsentOf(account: string | null) {
    this.#unsentOf = account;
    this.#save(this.#now);
  }

  get stored(): Record<string, unknown> {
    return { version: VERSION, ...this.#now };
  }

  /** `onchange` is called for each local change. Returns a function that ends it. */
  follow(onchange: () => void): () => void {
    this.#onchange = onchange;
    return () => (this.#onchange = () => undefined);
  }

  #save(now: Preferred): void {
    this.#now = now;
    write(JSON.stringify({ ...this.stored, unsent_of: this.#unsentOf }));
  }
}

/** Stored preferences, which may be old or edited by hand: invalid values become the default. */
export function parsed(text: string | null): Preferred {
  const stored: unknown = text === null ? null : safely(text);
  return isRecord(stored) ? preferredIn(stored) : DEFAULTS;
}

function unsentIn(text: string | null): string | null {
  const stored: unknown = text === null ? null : safely(text);
  const account = isRecord(stored) ? stored["unsent_of"] : null;
  return typeof account === "string" ? account : null;
}

function preferredIn(stored: Readonly<Record<string, unknown>>): Preferred {
  return {
    language: typeof stored["language"] === "string" ? stored["language"] : null,
    theme: oneOf(stored["theme"], ["system", "light", "dark"], DEFAULTS.theme),
    font: oneOf(stored["font"], ["serif", "sans"], DEFAULTS.font),
    size: between(stored["size"], 15, 28, DEFAULTS.size),
    speed: between(stored["speed"], 0.5, 3, DEFAULTS.speed),
    doubts: stored["doubts"] === true,
    letters: stored["letters"] !== false,
    preset: oneOf(stored["preset"], ["otranscribe", "express"], DEFAULTS.preset),
    keys: keysOf(stored["keys"]),
    options: isRecord(stored["options"]) ? stored["options"] : {},
  };
}

function keysOf(value: unknown): Preferred["keys"] {
  if (!isRecord(value)) return {};
  const rows = Object.entries(value).filter(
    ([, keys]) => Array.isArray(keys) && keys.every((key) => typeof key === "string"),
  );
  return Object.fromEntries(rows) as Preferred["keys"];
}

function oneOf<T extends string>(value: unknown, all: readonly T[], otherwise: T): T {
  return all.find((each) => each === value) ?? otherwise;
}

function between(value: unknown, least: number, most: number, otherwise: number): number {
  return typeof value === "number" && value >= least && value <= most ? value : otherwise;
}

function safely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Null if the browser refuses storage; the page works without it. */
function read(): string | null {
  try {
    return localStorage.getItem(NAME);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

function write(text: string): void {
  try {
    localStorage.setItem(NAME, text);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
