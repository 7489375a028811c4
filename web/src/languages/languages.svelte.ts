import { Format, localeOf } from "./format.ts";
import type { Catalogue, FirstCatalogue, Language } from "./table.ts";

export type { Catalogue } from "./table.ts";

/** Loads some of the sentences of a language. */
type Part = (language: Language) => Promise<Partial<Catalogue>>;

const ofFirst: Part = async (language) => (await language.load()).default;
const ofPages: Part = async (language) => (await language.loadPages()).default;

/** Every sentence that a person reads on the page, in the language of that person. */
export class Texts {
  #catalogue: Catalogue;
  #language: Language;
  #format: Format;
  #wanted: Language; // what was asked for last, also while it is being loaded
  readonly #parts = new Set<Part>(); // that are loaded

  private constructor(language: Language, first: FirstCatalogue) {
    // The sentences of other pages are there before those are shown: the router waits for them.
    this.#catalogue = $state.raw(first as Catalogue);
    this.#format = $state.raw(new Format(localeOf(language.code, navigator.languages)));
    this.#language = $state.raw(language);
    this.#wanted = language;
  }

  static async load(language: Language): Promise<Texts> {
    return new Texts(language, (await language.load()).default);
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
  loadPages(): Promise<void> {
    return this.add(ofPages);
  }

  async add(part: Part): Promise<void> {
    if (this.#parts.has(part)) return;
    const language = this.#language;
    const sentences = await part(language);
    if (this.#language !== language) return this.add(part); // another one is used by now
    this.#catalogue = { ...this.#catalogue, ...sentences };
    this.#parts.add(part);
  }

  /** Rejects with TypeError where its files cannot be loaded; the page stays as it is then. */
  async use(language: Language): Promise<void> {
    if (this.#wanted === language) return;
    this.#wanted = language;
    const parts = this.#parts.add(ofPages);
    const loaded = await this.#loaded(language, [ofFirst, ...parts]);
    if (this.#wanted !== language) return;
    this.#catalogue = Object.assign({}, ...loaded);
    this.#format = new Format(localeOf(language.code, navigator.languages));
    this.#language = language;
  }

  async #loaded(language: Language, parts: readonly Part[]) {
    try {
      return await Promise.all(parts.map((part) => part(language)));
    } catch (error) {
      if (this.#wanted === language) this.#wanted = this.#language; // it can be asked for again
      throw error;
    }
  }
}
