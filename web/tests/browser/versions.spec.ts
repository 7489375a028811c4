import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { openRecording, special, test } from "./test.ts";

test("two versions stand side by side, and either becomes the current one", async ({
  page,
  address,
}) => {
  const { passages } = await openRecording(page, address, special("TWICE"));
  await expect(passages.first()).toContainText("Otherwise");
  await page.getByRole("tab", { name: "Versions" }).click();
  await page.getByRole("button", { name: "Compare with version 1" }).click();
  const dialog = page.getByRole("dialog", { name: "Versions 2 and 1" });
  await expect(dialog.getByText("1 passage differs.")).toBeVisible();
  await expect(dialog.locator("mark")).toHaveCount(2);
  await expect(dialog.locator("mark").first()).toHaveText("Otherwise");
  await expectAccessible(page, "versions");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Make version 1 current" }).click();
  await expect(passages.first()).not.toContainText("Otherwise");
});

test("a border moves to where the sound is, and back @slow", async ({
  reader: { page, passages },
}) => {
  const saved = page.getByRole("main").getByText("Saved", { exact: true });
  const times = page.locator(".margin .time");
  const before = await times.allTextContents();
  await passages.nth(1).click({ position: { x: 300, y: 12 } });
  await page.keyboard.press("["); // what was said before becomes the passage before's
  await expect.poll(() => times.allTextContents()).not.toEqual(before);
  await expect(saved).toBeVisible();
  await page.keyboard.press("Control+z");
  await expect.poll(() => times.allTextContents()).toEqual(before);
  await expect(saved).toBeVisible();
});
