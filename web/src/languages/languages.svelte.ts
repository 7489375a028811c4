import { Format } from "./format.ts";
import type { Catalogue, FirstCatalogue, Language } from "./table.ts";

export type { Catalogue } from "./table.ts";

/** Every sentence that a person reads on the page, in the language of that person. */
export class Texts {
  #catalogue: Catalogue;
  #language: Language;
  #format: Format;
  #wanted: Language; // what was asked for last, also while it is being loaded
  #isComplete = false;

  private constructor(language: Language, first: FirstCatalogue) {
    // The sentences of other pages are there before those are shown: the router waits for them.
    this.#catalogue = $state.raw(first as Catalogue);
    this.#format = $state.raw(new Format(language.code));
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
  async loadPages(): Promise<void> {
    if (this.#isComplete) return;
    const language = this.#language;
    const pages = await language.loadPages();
    if (this.#language !== language) return; // use() has loaded all of another one
    this.#catalogue = { ...this.#catalogue, ...pages.default };
    this.#isComplete = true;
  }

  /** Rejects with TypeError where its files cannot be loaded; the page stays as it is then. */
  async use(language: Language): Promise<void> {
    if (this.#wanted === language) return;
    this.#wanted = language;
    const [first, pages] = await this.#loaded(language);
    if (this.#wanted !== language) return;
    this.#catalogue = { ...first.default, ...pages.default };
    this.#isComplete = true;
    this.#format = new Format(language.code);
    this.#language = language;
  }

  async #loaded(language: Language) {
    try {
      return await Promise.all([language.load(), language.loadPages()]);
    } catch (error) {
      if (this.#wanted === language) this.#wanted = this.#language; // it can be asked for again
      throw error;
    }
  }
}
