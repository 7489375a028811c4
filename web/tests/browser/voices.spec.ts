import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { test } from "./test.ts";

// The sample is real speech: what is spoken is heard back by an engine, which knows no made-up words.
test("a written text is read aloud, played and kept @slow", async ({ person: { page } }) => {
  test.setTimeout(240_000);
  await page.getByRole("button", { name: "Try it with the sample recording" }).click();
  const rows = page.getByRole("list", { name: "Recordings" });
  await expect(rows.getByText("Ready")).toBeVisible({ timeout: 120_000 });
  await rows.getByRole("link").first().click();
  await page.getByRole("link", { name: "Texts", exact: true }).click();
  await page.getByLabel("Style").selectOption("Bullet points");
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await expect(page.getByRole("button", { name: "Write again" })).toBeVisible({ timeout: 30_000 });
  await page.getByText("Read aloud").click();
  await expect(page.getByLabel("Voice")).toContainText("Heart, American");
  await page.getByRole("button", { name: "Speak" }).click();
  const sound = page.getByLabel("Speech of the text");
  await expect(sound).toBeVisible({ timeout: 180_000 });
  await expect
    .poll(() => sound.evaluate((element: HTMLAudioElement) => element.duration))
    .toBeGreaterThan(1);
  await expect(page.getByRole("link", { name: "Download as MP3" })).toBeVisible();
  await expectAccessible(page, "read-aloud");
  await page.reload();
  await page.getByText("Read aloud").click();
  await page.getByRole("button", { name: /^Listen to the version of/ }).click();
  await expect(sound).toBeVisible();
});
