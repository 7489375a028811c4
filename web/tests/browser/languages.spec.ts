import { type Page, expect } from "@playwright/test";

import { ofService, studioSentences } from "../../src/languages/more.ts";
import { ENGLISH, LANGUAGES, type Language } from "../../src/languages/table.ts";
import { expectAccessible, expectFitting } from "./access.ts";
import { logIn, test } from "./test.ts";

const OTHERS = LANGUAGES.filter((language) => language !== ENGLISH);
const LONGEST_WORDS = "de";

async function sentences(language: Language) {
  const [first, pages, service] = await Promise.all([
    language.load(),
    language.loadPages(),
    ofService(language),
  ]);
  return { ...first.default, ...pages.default, ...service };
}

async function choose(page: Page, from: Language, to: Language): Promise<void> {
  const { shell, languages } = await sentences(from);
  await page.getByRole("button", { name: shell.menu }).click();
  await page.getByRole("menuitem", { name: languages.label }).click();
  await page.getByRole("menuitemradio", { name: to.name }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", to.code);
  await expect(page.locator("html")).toHaveAttribute("dir", to.direction);
}

test("the first start speaks the browser's language @slow", async ({ browser, address }) => {
  for (const language of OTHERS) {
    const context = await browser.newContext({ locale: language.code });
    const page = await context.newPage();
    await page.goto(address);
    const { signIn } = await sentences(language);
    await expect(page.getByRole("dialog", { name: signIn.logIn })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", language.code);
    await context.close();
  }
});

test("a language is chosen by keyboard, holds after a reload and follows the account", async ({
  person: { page, email },
  address,
  browser,
}) => {
  const [language = ENGLISH] = OTHERS;
  const { shell, account, library, languages } = await sentences(language);
  await page.getByRole("button", { name: "Account and settings" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Language" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitemradio", { name: "English" })).toBeFocused();
  await expectAccessible(page, "menu-of-languages");
  const kept = page.waitForRequest(
    (request) => request.method() === "PUT" && request.url().endsWith("/auth/me/preferences"),
  );
  await page.getByRole("menuitemradio", { name: language.name }).press("Enter");
  await expect(page.getByRole("heading", { name: library.heading })).toBeVisible();
  await expect(page.getByRole("button", { name: shell.menu })).toBeFocused();
  await kept;
  await page.reload();
  await expect(page.getByRole("heading", { name: library.heading })).toBeVisible();

  const other = await (await browser.newContext({ locale: "en-GB" })).newPage();
  await other.goto(`${address}/account`);
  await logIn(other, email);
  await expect(other.getByRole("heading", { name: account.heading, exact: true })).toBeVisible();
  await other.getByLabel(languages.label, { exact: true }).selectOption(""); // as the browser says
  await expect(other.getByRole("heading", { name: "Account", exact: true })).toBeVisible();
  await expect(other.locator("html")).toHaveAttribute("lang", "en");
  await other.close();
});

for (const language of OTHERS) {
  const slow = language.code === LONGEST_WORDS ? "" : " @slow";
  test(`pages in ${language.code}: they fit, and only its files are loaded${slow}`, async ({
    reader: { page, passages },
    address,
  }) => {
    const loaded: string[] = [];
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    const { code } = language;
    const { shell, recording, exports, library } = await sentences(language);
    await choose(page, ENGLISH, language);
    loaded.length = 0;
    await page.reload();
    await passages.first().waitFor();
    await expectFitting(page, `${code}-transcript`);
    const others = LANGUAGES.filter((each) => each !== language).map((each) => each.code);
    const foreign = loaded.filter((path) => new RegExp(`/(${others.join("|")})[.-]`).test(path));
    expect(foreign).toEqual([]);

    await page.getByRole("button", { name: recording.export }).click();
    await expect(page.getByLabel(exports.format, { exact: true })).toBeVisible();
    await expectFitting(page, `${code}-export`);
    await page.keyboard.press("Escape");
    await page.getByRole("tab", { name: recording.tabs.check }).click();
    await expectFitting(page, `${code}-check`);
    const studio = await studioSentences(language);
    for (const name of ["pictures", "video"] as const) {
      await page.getByRole("link", { name: studio[name], exact: true }).click();
      await page.getByRole("heading", { level: 1, name: studio[name] }).waitFor();
      await expectFitting(page, `${code}-${name}`);
    }
    await page.getByRole("link", { name: shell.library, exact: true }).first().click();
    const rows = page.getByRole("list", { name: library.heading });
    await expect(rows.getByText(library.ready)).toBeVisible();
    await expectFitting(page, `${code}-library`);
    for (const path of ["account", "keys", "search", "shares", "ask", "live", "jobs"]) {
      await page.goto(`${address}/${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await expectFitting(page, `${code}-${path}`);
    }
    await expectAccessible(page, `${code}-jobs`);
  });
}
