import { isRecord } from "./api/problem.ts";
import type { CommandId, Preset } from "./commands.ts";

/** How one person likes the page. Kept in the browser, and with the account where there is one. */
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

  /** In the order in which this person likes them. */
  get languages(): readonly string[] {
    const { language } = this.#now;
    return language === null ? navigator.languages : [language, ...navigator.languages];
  }

  change(part: Partial<Preferred>): void {
    this.#keep({ ...this.#now, ...part });
    this.#onchange();
  }

  /** What the account has, as it was kept last; false: nothing that this page knows. */
  adopt(stored: Readonly<Record<string, unknown>>): boolean {
    if (stored["version"] !== VERSION) return false;
    this.#keep(preferredIn(stored));
    return true;
  }

  /** The account whose person changed something here that its account does not have yet. */
  get unsentOf(): string | null {
    return this.#unsentOf;
  }

  set unsentOf(account: string | null) {
    this.#unsentOf = account;
    this.#keep(this.#now);
  }

  get stored(): Record<string, unknown> {
    return { version: VERSION, ...this.#now };
  }

  /** Told of each change that is made here. Returns what ends it. */
  follow(onchange: () => void): () => void {
    this.#onchange = onchange;
    return () => (this.#onchange = () => undefined);
  }

  #keep(now: Preferred): void {
    this.#now = now;
    write(JSON.stringify({ ...this.stored, unsent_of: this.#unsentOf }));
  }
}

/** What is stored is of any age and may be of another hand: what does not fit is the default. */
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

/** A browser may refuse storage altogether; the page then forgets, and works. */
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
