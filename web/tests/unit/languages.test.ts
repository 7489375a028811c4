import { describe, expect, test } from "vitest";

import { Format, localeOf } from "../../src/languages/format.ts";
import { clipsSentences, ofService, studioSentences } from "../../src/languages/more.ts";
import { languageName, spokenLanguages } from "../../src/languages/spoken.ts";
import { ENGLISH, LANGUAGES, type Language, preferred } from "../../src/languages/table.ts";

type Sentence = string | ((...given: number[]) => string);

// By language: sentences that are rightly as in English, as names, units and words that both have.
const SAME: Readonly<Record<string, readonly string[]>> = {
  de: [
    "account.name",
    "account.presets.express",
    "account.presets.otranscribe",
    "admin.numbers.ms",
    "admin.prices.price",
    "admin.users.amount",
    "admin.users.fullName",
    "admin.users.name",
    "apiKeys.name",
    "credits.amount",
    "credits.price",
    "exports.format",
    "jobs.credits",
    "jobs.operations.plan_video",
    "jobs.operations.render_video",
    "library.name",
    "library.uploads",
    "pages.live",
    "player.pause",
    "player.position",
    "shared.format",
    "shell.live",
    "signIn.name",
    "speakers.newName",
    "studio.board.heading",
    "studio.board.logo",
    "studio.board.open",
    "studio.board.openShort",
    "studio.brand.colours.ink",
    "studio.brand.name",
    "studio.film.loudnesses.usual",
    "studio.film.play",
    "studio.picture.modelMissing",
    "studio.picture.size",
    "studio.titles.video",
    "studio.video",
    "texts.options.prompt",
    "webhooks.heading",
  ],
  es: [
    "account.presets.express",
    "account.presets.otranscribe",
    "admin.numbers.ms",
    "speakers.no",
    "studio.film.loudnesses.usual",
    "studio.picture.modelMissing",
    "studio.picture.size",
    "texts.no",
    "webhooks.heading",
  ],
  tr: [
    "account.presets.express",
    "account.presets.otranscribe",
    "admin.numbers.ms",
    "jobs.operations.render_video",
    "studio.board.logo",
    "studio.film.loudnesses.usual",
    "studio.film.play",
    "studio.picture.model",
    "studio.picture.modelMissing",
    "studio.picture.modelOf",
    "studio.picture.size",
    "studio.titles.video",
    "studio.video",
    "studio.voice.voiceOf",
  ],
  fr: [
    "account.presets.express",
    "account.presets.otranscribe",
    "admin.audit.action",
    "admin.heading",
    "admin.models.kinds.speech",
    "admin.numbers.ms",
    "admin.title",
    "admin.users.actions",
    "apiKeys.actions",
    "ask.question",
    "credits.units.minute",
    "exports.format",
    "jobs.actions",
    "jobs.operations.transcribe",
    "jobs.operations.webhook",
    "pages.admin",
    "player.pause",
    "player.position",
    "recording.tabs.versions",
    "search.matches",
    "shared.format",
    "shell.admin",
    "shell.pages",
    "studio.board.logo",
    "studio.brand.colours.accent",
    "studio.film.loudnesses.usual",
    "studio.picture.size",
    "studio.picture.style",
    "texts.options.style",
    "versions.version",
    "webhooks.heading",
    "webhooks.secret",
  ],
  ar: ["account.presets.express", "account.presets.otranscribe"],
  ja: [
    "account.presets.express",
    "account.presets.otranscribe",
    "jobs.operations.webhook",
    "studio.picture.size",
  ],
};

const COUNTS = [0, 1, 2, 3, 5, 11, 21, 100, 102, 1_000_000];

test("dates and numbers are as in the country of the browser", () => {
  expect(localeOf("en", ["de-AT", "en-GB", "en-US"])).toBe("en-GB");
  expect(localeOf("fr", ["de-AT", "en-GB"])).toBe("fr"); // chosen, though the browser speaks none
  const noon = "2026-11-29T12:00:00Z";
  expect(new Format(localeOf("en", ["en-GB"])).date(noon)).toBe("29 Nov 2026");
  expect(new Format(localeOf("en", ["en-US"])).date(noon)).toBe("Nov 29, 2026");
});

test("numbers have the digits of the times beside them", () => {
  const format = new Format(localeOf("ar", ["ar-EG"]));
  expect(format.number(15)).toBe("15");
  expect(format.credits(2.5)).toMatch(/^2\D5$/);
  expect(format.date("2026-11-29T12:00:00Z")).toContain("2026");
});

test("sizes are told in kB at least, as a few bytes are of no use", () => {
  const format = new Format("en-GB");
  expect(format.bytes(0)).toBe("0 kB");
  expect(format.bytes(512)).toBe("0.5 kB");
  expect(format.bytes(9_000_000)).toBe("9 MB");
});

/** Every sentence by its place in the catalogue: "library.states.queued". */
async function sentencesOf(language: Language): Promise<Map<string, Sentence>> {
  const files = await Promise.all([
    language.load(),
    language.loadPages(),
    ofService(language).then((service) => ({ default: service })),
    studioSentences(language).then((studio) => ({ default: { studio } })),
    clipsSentences(language).then((clips) => ({ default: { clips } })),
  ]);
  return new Map(files.flatMap((file) => [...leaves("", file.default)]));
}

function* leaves(place: string, value: unknown): Generator<[string, Sentence]> {
  if (typeof value === "string" || typeof value === "function") {
    yield [place.slice(1), value as Sentence];
  } else {
    for (const [key, part] of Object.entries(value as object)) {
      yield* leaves(`${place}.${key}`, part);
    }
  }
}

/** What is put into a sentence: each value is found again in it. */
function givenTo(sentence: Sentence): number[] {
  return Array.from({ length: sentence.length }, (_, index) => 311 * (index + 2));
}

function said(sentence: Sentence, given: readonly number[] = []): string {
  return typeof sentence === "string" ? sentence : sentence(...given);
}

/** Which of the values a sentence says, as they are or as its language writes numbers. */
function valuesIn(sentence: Sentence, given: readonly number[], language: Language): number[] {
  const format = new Format(language.code);
  const text = said(sentence, given);
  return given.filter((each) => text.includes(String(each)) || text.includes(format.number(each)));
}

const english = await sentencesOf(ENGLISH);

describe.each(LANGUAGES)("$code", (language) => {
  test("has every sentence of English, and no other", async () => {
    const sentences = await sentencesOf(language);
    expect([...sentences.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [place, sentence] of sentences) {
      const text = said(sentence, givenTo(sentence));
      expect(typeof sentence, place).toBe(typeof english.get(place));
      expect(text, place).not.toBe("");
      expect(text, place).toBe(text.trim());
    }
  });

  test("says what the English sentence is given", async () => {
    for (const [place, sentence] of await sentencesOf(language)) {
      const original = english.get(place);
      if (typeof original !== "function") continue;
      const given = givenTo(original);
      const values = valuesIn(original, given, ENGLISH);
      expect(valuesIn(sentence, given, language), place).toEqual(values);
    }
  });

  test("has a form for every number", async () => {
    for (const [place, sentence] of await sentencesOf(language)) {
      if (typeof sentence !== "function" || sentence.length !== 1) continue;
      for (const count of COUNTS) {
        expect(sentence(count), `${place} of ${count}`).toMatch(/^(?!.*(?:#|undefined|NaN)).+$/);
      }
    }
  });

  if (language === ENGLISH) return;
  test("is not English", async () => {
    const same = [...(await sentencesOf(language))].filter(([place, sentence]) => {
      const given = givenTo(sentence);
      return said(sentence, given) === said(english.get(place) ?? "", given);
    });
    expect(same.map(([place]) => place).sort()).toEqual([...(SAME[language.code] ?? [])].sort());
  });
});

test("the wanted languages are gone through in order", () => {
  expect(preferred(["tlh", "EN-gb"])).toBe(ENGLISH);
  expect(preferred(["tlh"])).toBe(ENGLISH);
  expect(preferred([])).toBe(ENGLISH);
  for (const language of LANGUAGES) expect(preferred([`${language.code}-XX`, "en"])).toBe(language);
});

test("each language has its own code, name and direction", () => {
  expect(new Set(LANGUAGES.map(({ code }) => code)).size).toBe(LANGUAGES.length);
  expect(new Set(LANGUAGES.map(({ name }) => name)).size).toBe(LANGUAGES.length);
  for (const { code, direction } of LANGUAGES) {
    expect(direction, code).toBe(["ar", "fa", "he", "ur"].includes(code) ? "rtl" : "ltr");
  }
});

test("languages to recognise have codes of BCP 47", () => {
  const names = new Map(spokenLanguages("en").map(({ code, name }) => [code, name]));
  expect(names.get("jv")).toBe("Javanese");
  expect(names.has("jw")).toBe(false); // Whisper's code, which older preferences and recordings have
  expect(languageName("jw", "en")).toBe("Javanese");
});
