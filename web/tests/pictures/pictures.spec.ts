import { join, resolve } from "node:path";

import { type Page, expect } from "@playwright/test";

import { test } from "../browser/test.ts";

const DOCS = resolve(import.meta.dirname, "../../../docs");
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 800 };

test("the pictures of the docs", async ({ person: { page }, address }) => {
  await page.setViewportSize(WIDE);
  await page.getByRole("button", { name: "Try it with the sample recording" }).click();
  const rows = page.getByRole("list", { name: "Recordings" });
  await expect(rows.getByText("Ready")).toBeVisible({ timeout: 120_000 });
  await rows.getByRole("link").first().click();
  await renamed(page, "A Tale of Two Cities");
  await page.getByRole("link", { name: "Library", exact: true }).first().click();

  const again = await page.request.get(`${address}/sample.wav`);
  const file = { name: "lecture-07.wav", mimeType: "audio/wav", buffer: await again.body() };
  await page.getByLabel("Choose files").setInputFiles(file);
  await expect(rows.getByText("Transcribing", { exact: true })).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Close" }).click();
  await picture(page, "page-library");
  await expect(rows.getByText("Ready")).toHaveCount(2, { timeout: 120_000 });

  await rows.getByRole("link", { name: "A Tale of Two Cities" }).click();
  const passages = page.locator("p[data-passage]");
  await passages.nth(4).click({ position: { x: 120, y: 12 } });
  await page.keyboard.press("s");
  await page.getByLabel("Another speaker").check();
  await page.getByLabel("Name", { exact: true }).fill("Grace");
  await page.getByLabel("Apply to").selectOption("From here on, for the same voice");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByLabel("Name of Speaker 1").fill("Ada");
  await page.getByLabel("Name of Speaker 1").press("Enter");
  await passages.nth(1).click({ position: { x: 120, y: 12 } });
  await page.keyboard.press("Escape");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await picture(page, "page-transcript");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "page-transcript-dark");
  await page.setViewportSize(NARROW);
  await picture(page, "page-narrow");

  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(WIDE);
  await page.getByRole("link", { name: "Texts", exact: true }).click();
  await page.getByLabel("Style").selectOption("Bullet points");
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await expect(page.getByRole("button", { name: "Write again" })).toBeVisible({ timeout: 60_000 });
  await picture(page, "page-texts");

  await page.getByRole("link", { name: "Back to the recording" }).click();
  await page.getByRole("link", { name: "Pictures", exact: true }).click();
  for (const [colours, words] of CARDS) {
    await page.getByLabel("Card text").fill(words);
    await page.getByRole("radio", { name: colours }).check();
    await page.getByRole("button", { name: "Make 1 picture" }).click();
    await expect(page.getByRole("button", { name: /^Open:/ })).toHaveCount(
      1 + CARDS.findIndex(([each]) => each === colours),
      { timeout: 60_000 },
    );
  }
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, "page-pictures");
  await page.getByRole("link", { name: "Video", exact: true }).click();
  await page.getByRole("radio", { name: /^Clip/ }).check();
  await expect(page.getByText("A frame of the video, exactly as it will look")).toBeVisible({
    timeout: 60_000,
  });
  const frame = page.getByRole("img", { name: "Preview of the captions" });
  await expect
    .poll(() => frame.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(100);
  await picture(page, "page-video");
});

const CARDS = [
  ["Dusk", "The best of times\n\nBook the first"],
  ["Ocean", "Recalled to life"],
  ["Moss", "The wine-shop\n\nSaint Antoine, 1775"],
  ["Plum", "The golden thread"],
  ["Paper", "A tale of two cities\n\nCharles Dickens"],
] as const;

async function renamed(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel("Name", { exact: true }).fill(title);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
}

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(async () => {
    await Promise.all(document.getAnimations().map((each) => each.finished));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
  await page.screenshot({ path: join(DOCS, `${name}.png`), caret: "hide" });
}
