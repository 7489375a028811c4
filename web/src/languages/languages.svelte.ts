import type { PagesCatalogue } from "./en.pages.ts";
import type { Catalogue as FirstCatalogue } from "./en.ts";
import { Format } from "./format.ts";

export interface Language {
  readonly code: string;
  readonly name: string; // as its speakers write it
  readonly direction: "ltr" | "rtl";
  readonly load: () => Promise<{ default: FirstCatalogue }>; // of the library and the frame
  readonly loadPages: () => Promise<{ default: PagesCatalogue }>;
}

export type Catalogue = FirstCatalogue & PagesCatalogue;

/** The page's own languages, each a file that is loaded alone. */
export const LANGUAGES: readonly Language[] = [
  {
    code: "en",
    name: "English",
    direction: "ltr",
    load: () => import("./en.ts"),
    loadPages: () => import("./en.pages.ts"),
  },
];

const ENGLISH: Language = LANGUAGES[0] ?? raise("no language");

/** Every sentence that a person reads on the page, in the language of that person. */
export class Texts {
  #catalogue: Catalogue;
  #language = $state.raw(ENGLISH);
  #format: Format;
  #isComplete = false;

  private constructor(language: Language, first: FirstCatalogue) {
    // The sentences of other pages are there before those are shown: the router waits for them.
    this.#catalogue = $state.raw(first as Catalogue);
    this.#format = $state.raw(new Format(language.code));
    this.#language = language;
  }

  static async load(code: string): Promise<Texts> {
    const language = languageOf(code);
    const loaded = await language.load();
    return new Texts(language, loaded.default);
  }

  get t(): Catalogue {
    return this.#catalogue;
  }

  get format(): Format {
    return this.#format;
  }

  get language(): Language {
    return this.#language;
  }

  /** Sentences that only other pages and dialogs need. */
  async loadPages(): Promise<void> {
    if (this.#isComplete) return;
    const pages = await this.#language.loadPages();
    this.#catalogue = { ...this.#catalogue, ...pages.default };
    this.#isComplete = true;
  }

  async use(code: string): Promise<void> {
    const language = languageOf(code);
    const [first, pages] = await Promise.all([language.load(), language.loadPages()]);
    this.#catalogue = { ...first.default, ...pages.default };
    this.#isComplete = true;
    this.#format = new Format(language.code);
    this.#language = language;
  }
}

/** The first of the preferred languages that the page has; English when it has none. */
export function preferred(codes: readonly string[]): string {
  for (const code of codes) {
    const base = code.split("-")[0]?.toLowerCase();
    if (LANGUAGES.some((language) => language.code === base)) return base ?? "en";
  }
  return "en";
}

function languageOf(code: string): Language {
  return LANGUAGES.find((language) => language.code === code) ?? ENGLISH;
}

function raise(message: string): never {
  throw new Error(message);
}
