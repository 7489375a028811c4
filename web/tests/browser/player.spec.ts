import { type Page, expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { expecting, openRecording, special, test } from "./test.ts";

const position = (page: Page) => page.getByRole("slider", { name: "Position" });

/** How many different heights the bars of the waveform have. */
async function heights(page: Page): Promise<number> {
  const paths = await page
    .getByRole("region", { name: "Player" })
    .locator("svg path")
    .evaluateAll((all) => all.map((path) => path.getAttribute("d") ?? ""));
  return new Set([...paths.join("").matchAll(/v([\d.]+)h/g)].map((match) => match[1])).size;
}

test("the waveform shows how loud it is, and playing moves on", async ({ reader: { page } }) => {
  await expect.poll(() => heights(page), { timeout: 30_000 }).toBeGreaterThan(40);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(position(page)).not.toHaveAttribute("aria-valuetext", /^0:00 /);
});

test("a film is played beside its text, and can be shown larger", async ({ page, address }) => {
  await openRecording(page, address, special("FILM"));
  const film = page.getByRole("figure", { name: "Picture of the recording" }).locator("video");
  await expect.poll(() => film.evaluate((each: HTMLVideoElement) => each.videoWidth)).toBe(640);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect
    .poll(() => film.evaluate((each: HTMLVideoElement) => each.currentTime))
    .toBeGreaterThan(0.2);
  await page.keyboard.press("Space");
  const before = (await film.boundingBox())?.width ?? 0;
  await film.hover();
  await page.getByRole("button", { name: "Larger picture" }).click();
  await expect
    .poll(async () => (await film.boundingBox())?.width ?? 0)
    .toBeGreaterThan(before + 100);
  await expectAccessible(page, "transcript-film");
});

test("of a film that no browser plays, a copy of the sound is made and played", async ({
  page,
  address,
}) => {
  expecting("media");
  await openRecording(page, address, special("OLD_FILM"));
  await expect(page.getByText("You hear its sound.")).toBeVisible({ timeout: 45_000 });
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(position(page)).not.toHaveAttribute("aria-valuetext", /^0:00 /);
  await expectAccessible(page, "transcript-sound-only");
});
