import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { expecting, openRecording, special, test } from "./test.ts";

// The smallest picture that can be: a red square of 64 px, made in the browser.
const SQUARE = `
  const canvas = new OffscreenCanvas(64, 64);
  const drawing = canvas.getContext("2d");
  drawing.fillStyle = "#c33";
  drawing.fillRect(0, 0, 64, 64);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return [...new Uint8Array(await blob.arrayBuffer())];
`;

test("a card is made, seen large, deleted and taken back @slow", async ({ reader: { page } }) => {
  await page.getByRole("link", { name: "Pictures", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Pictures: A long day" })).toBeVisible();
  const gallery = page.getByRole("region", { name: "Pictures of this recording" });
  await expect(gallery.getByText("No pictures yet.")).toBeVisible();
  // Without a film there are no frames, and without a key no model draws.
  await expect(page.getByRole("radio", { name: /Best frames.*no video/ })).toBeDisabled();
  await expect(page.getByRole("radio", { name: /No model is set up/ })).toBeDisabled();

  await page.getByLabel("Card text").fill("A lamp in the window\n\nRead by Ada");
  await page.getByRole("radio", { name: "Ocean" }).check();
  await page.getByLabel("How many").selectOption("2");
  await expect(page.getByText(/At most [\d.]+ credits|Free/)).toBeVisible();
  await page.getByRole("button", { name: "Make 2 pictures" }).click();
  const cards = gallery.getByRole("button", { name: /^Open:/ });
  await expect(cards).toHaveCount(2, { timeout: 30_000 });
  await expect(gallery.getByRole("img").first()).toHaveJSProperty("complete", true);
  await expectAccessible(page, "pictures");

  await cards.first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText(/Card · 1\D?280 × 720|Card · .* × /)).toBeVisible();
  await expect(dialog.getByRole("link", { name: "Download" })).toHaveAttribute("download", /jpg$/);
  await expectAccessible(page, "pictures-one");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(cards).toHaveCount(1);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(cards).toHaveCount(2);

  await cards.first().click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(cards).toHaveCount(1);
  await page.getByRole("link", { name: "Video", exact: true }).click(); // it is gone for good
  await expect(page.getByRole("heading", { name: "Video: A long day" })).toBeVisible();
  await page.getByRole("link", { name: "Pictures", exact: true }).click();
  await expect(cards).toHaveCount(1);
});

test("own pictures are added, and what is none is refused in words @slow", async ({
  reader: { page },
}) => {
  await page.getByRole("link", { name: "Pictures", exact: true }).click();
  const bytes = (await page.evaluate(`(async () => {${SQUARE}})()`)) as number[];
  const own = page.getByLabel("Upload your own");
  await own.setInputFiles({
    name: "square.png",
    mimeType: "image/png",
    buffer: Buffer.from(bytes),
  });
  await expect(page.getByRole("button", { name: "Open: square.png" })).toBeVisible();
  expecting("the server responded with a status of 4");
  await own.setInputFiles({
    name: "letter.png",
    mimeType: "image/png",
    buffer: Buffer.from("Dear Ada"),
  });
  await expect(page.getByText("letter.png was not added")).toBeVisible();
  await expect(page.getByRole("alert")).toContainText(/picture/i);
  await expectAccessible(page, "pictures-refused");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(page.getByText("letter.png was not added")).toHaveCount(0);
});

test("the best frames of a film @slow", async ({ page, address }) => {
  await openRecording(page, address, special("FILM"));
  await page.getByRole("link", { name: "Pictures", exact: true }).click();
  await page.getByRole("radio", { name: /Best frames/ }).check();
  await page.getByLabel("How many").selectOption("2");
  await page.getByRole("button", { name: "Make 2 pictures" }).click();
  const frames = page.getByRole("button", { name: /^Open: Frame at \d/ });
  await expect(frames).toHaveCount(2, { timeout: 30_000 });
  await expectAccessible(page, "pictures-frames");
});
