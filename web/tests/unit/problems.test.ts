import { expect, test } from "vitest";

import { Problem, problemOf } from "../../src/api/problem.ts";
import type { App } from "../../src/app.ts";
import german from "../../src/languages/de.ts";
import { Format } from "../../src/languages/format.ts";
import type { Texts } from "../../src/languages/languages.svelte.ts";
import { attempt } from "../../src/parts/attempt.ts";
import { sentenceOf } from "../../src/parts/problems.ts";

function shown(language: string, of: string, body: object): string {
  const response = new Response(null, { status: 409, headers: { "content-language": of } });
  const texts = { t: { problems: { unknown: "?" } }, format: new Format(language) };
  const page = { ...texts, language: { code: language } } as unknown as Texts;
  return sentenceOf(problemOf(response, body), page);
}

test("what the service says in the language of the page stands alone", () => {
  const body = { title: "Nicht gefunden", detail: "Es gibt keinen Auftrag." };
  expect(shown("de", "de", body)).toBe("Es gibt keinen Auftrag.");
  expect(shown("en", "en", { title: "Wrong state", detail: "It is running." })).toBe(
    "It is running.",
  );
});

test("what it says in English only has its title before it", () => {
  const body = { title: "ジョブは終了しています。", detail: "The job is failed." };
  expect(shown("ja", "en", body)).toBe("ジョブは終了しています: \u2068The job is failed.\u2069");
});

test("an answer without a text is said to be unexplained", () => {
  expect(shown("fr", "en", { detail: "" })).toBe("?");
});

test("the notice of a button that was too early says when it may be pressed again", async () => {
  const shown: string[] = [];
  const texts = { t: german, format: new Format("de"), language: { code: "de" } };
  const app = { texts, toasts: { show: (text: string) => shown.push(text) } } as unknown as App;
  const refused = (status: number, retryAfterS: number | null) =>
    attempt(app, () =>
      Promise.reject(
        new Problem({
          status,
          code: "c",
          detail: "Das waren zu viele.",
          language: "de",
          retryAfterS,
        }),
      ),
    );
  expect(await refused(429, 34)).toBe(false);
  await refused(503, 300);
  await refused(503, null);
  await refused(409, 5);
  expect(shown).toEqual([
    "Das waren zu viele. In 34 Sekunden noch einmal versuchen.",
    "Das waren zu viele. In 5 Minuten noch einmal versuchen.",
    "Das waren zu viele.",
    "Das waren zu viele.",
  ]);
});
