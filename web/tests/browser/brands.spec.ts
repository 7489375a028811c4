import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { expecting, test } from "./test.ts";

test("a brand is made in the form of a new video, and a storyboard shows it @slow", async ({
  reader: { page },
}) => {
  test.setTimeout(120_000);
  expecting("status of 422"); // a font that is none
  expecting("status of 404"); // previews of the brand that is just being deleted
  await page.getByRole("link", { name: "Video", exact: true }).click();
  await page.getByRole("radio", { name: /^Slideshow/ }).check();
  await page.getByRole("button", { name: "Brands", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Brands" });
  await expect(dialog.getByText("No brands yet.")).toBeVisible();
  await dialog.getByRole("button", { name: "New brand" }).click();
  await dialog.getByLabel("Name").fill("The Press");
  await dialog.getByLabel("Custom colours").check();
  const save = dialog.getByRole("button", { name: "Save" });
  await dialog.getByLabel("Text", { exact: true }).fill("#2a3a4a");
  await expect(dialog.getByText(/The text is hard to read/)).toBeVisible();
  await expect(save).toBeDisabled();
  await expectAccessible(page, "brand-unreadable");
  await dialog.getByLabel("Text", { exact: true }).fill("#ffffff");
  await dialog.getByLabel("Background").fill("#0b3d0b");
  await save.click();

  const choose = (what: string) => dialog.getByLabel(`Choose a file: ${what}`);
  const font = "Font of captions and cards";
  await choose(font).setInputFiles({
    name: "words.ttf",
    mimeType: "font/ttf",
    buffer: Buffer.from("No font at all."),
  });
  await expect(dialog.getByText(/cannot be read as a font/)).toBeVisible();
  const picture = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 64;
    return canvas.toDataURL("image/png").split(",")[1] ?? "";
  });
  await choose("Before the video").setInputFiles({
    name: "intro.png",
    mimeType: "image/png",
    buffer: Buffer.from(picture, "base64"),
  });
  await expect(dialog.getByText("Picture, 3 s")).toBeVisible();
  await expectAccessible(page, "brand-form");
  await dialog.getByRole("button", { name: "All brands" }).click();
  await expect(dialog.getByRole("listitem").filter({ hasText: "The Press" })).toBeVisible();
  await expectAccessible(page, "brands");
  await page.keyboard.press("Escape");
  await expect(page.getByLabel("Brand", { exact: true })).toHaveValue(/^brd_/);

  await page.getByRole("button", { name: "Make a storyboard first" }).click();
  const board = page.getByRole("region", { name: "Storyboard" });
  const shown = board.getByRole("img", { name: "Scene 1 as the video will show it" });
  await expect
    .poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(400);
  await expect(board.getByLabel("Brand", { exact: true })).toHaveValue(/^brd_/);
  const before = await shown.getAttribute("src");

  await board.getByRole("button", { name: "Brands", exact: true }).click();
  await dialog.getByRole("button", { name: "Edit “The Press”" }).click();
  await dialog.getByRole("button", { name: "Remove: Before the video" }).click();
  await expect(dialog.getByText("Picture, 3 s")).toHaveCount(0);
  await expect(shown).not.toHaveAttribute("src", before ?? "");
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog.getByRole("button", { name: "Delete this brand?" }).click();
  await expect(dialog.getByText("No brands yet.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(board.getByLabel("Brand", { exact: true })).toHaveValue("");
});
