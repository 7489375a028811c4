import type { Options } from "../../api/uploads.svelte.ts";
import type { Preferences } from "../../preferences.svelte.ts";

export const UNDERSTANDING = [
  "auto_chapters",
  "auto_highlights",
  "entity_detection",
  "sentiment_analysis",
] as const;
export type Understanding = (typeof UNDERSTANDING)[number];

/** Texts that can be written of any recording, without options. */
export const TEXTS = ["summary", "action_items", "key_phrases"] as const;
export type Text = (typeof TEXTS)[number];

/** What the page asks for; the service has defaults of all other options. */
const PLAIN = {
  engine: "auto",
  model: null,
  language: "auto",
  diarize: true,
  min_speakers: null,
  max_speakers: null,
  vocabulary: [],
  translate_to_english: false,
  denoise: "off",
  strict: false, // what cannot run is left out and said, rather than refused after the upload
} as unknown as Options;

/** How the next recording is transcribed. It begins as the last one was. */
export class Order {
  #options = $state.raw<Options>(PLAIN);
  #preferences: Preferences;

  constructor(preferences: Preferences) {
    this.#preferences = preferences;
    this.#options = withStored(preferences.now.options);
  }

  get options(): Options {
    return this.#options;
  }

  change(part: Partial<Options>): void {
    this.#options = { ...this.#options, ...part };
    const { language, engine, model, quality, diarize, vocabulary } = this.#options;
    const { wanted: understanding, texts } = this;
    const kept = { language, engine, model, quality, diarize, vocabulary, understanding, texts };
    this.#preferences.change({ options: kept });
  }

  get wanted(): readonly Understanding[] {
    const asked = this.#options.features.speech_understanding;
    return UNDERSTANDING.filter((name) => asked[name]);
  }

  understand(name: Understanding, is: boolean): void {
    const { features } = this.#options;
    const speech_understanding = { ...features.speech_understanding, [name]: is };
    this.change({ features: { ...features, speech_understanding } });
  }

  get texts(): readonly Text[] {
    return TEXTS.filter((name) => this.#options.texts.some(({ kind }) => kind === name));
  }

  write(name: Text, is: boolean): void {
    const wanted = TEXTS.filter((each) => (each === name ? is : this.texts.includes(each)));
    this.change({ texts: ordersOf(wanted) });
  }
}

function ordersOf(kinds: readonly Text[]): Options["texts"] {
  return kinds.map((kind) => ({ kind }) as Options["texts"][number]);
}

function withStored(stored: Readonly<Record<string, unknown>>): Options {
  const { language, engine, model, quality, diarize, vocabulary, understanding, texts } = stored;
  const asked: unknown[] = Array.isArray(understanding) ? understanding : [];
  const written: unknown[] = Array.isArray(texts) ? texts : [];
  const wanted = Object.fromEntries(UNDERSTANDING.map((name) => [name, asked.includes(name)]));
  return {
    ...PLAIN,
    // Javanese was stored by Whisper's code of it.
    ...(typeof language === "string" ? { language: language === "jw" ? "jv" : language } : {}),
    ...(typeof engine === "string" ? { engine } : {}),
    ...(typeof model === "string" ? { model } : {}),
    ...(isQuality(quality) ? { quality } : {}),
    ...(typeof diarize === "boolean" ? { diarize } : {}),
    ...(isTexts(vocabulary) ? { vocabulary } : {}),
    texts: ordersOf(TEXTS.filter((name) => written.includes(name))),
    features: { speech_understanding: wanted } as unknown as Options["features"],
  };
}

export function isQuality(value: unknown): value is "fast" | "balanced" | "best" {
  return value === "fast" || value === "balanced" || value === "best";
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
