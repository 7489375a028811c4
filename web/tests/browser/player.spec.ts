import { type Page, expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { PASSWORD } from "./service.ts";
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

/** The player ends where the window does, however short the text is. */
async function expectAtTheEdge(page: Page): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 1600 });
  const box = await page.getByRole("region", { name: "Player" }).boundingBox();
  expect(Math.round((box?.y ?? 0) + (box?.height ?? 0))).toBe(1600);
}

test("the waveform shows how loud it is, and playing moves on", async ({ reader: { page } }) => {
  await expect.poll(() => heights(page), { timeout: 30_000 }).toBeGreaterThan(40);
  await expectAtTheEdge(page);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(position(page)).not.toHaveAttribute("aria-valuetext", /^0:00 /);
});

test("the waveform is made larger by buttons, keys and the wheel, and follows the sound @slow", async ({
  reader: { page },
}) => {
  await expect.poll(() => heights(page), { timeout: 30_000 }).toBeGreaterThan(40);
  const shown = page.getByText(/^The waveform shows /);
  const all = (await position(page).getAttribute("max")) ?? "";
  const finer = page.waitForResponse((response) => response.url().includes("to_ms="));
  await page.getByRole("button", { name: "Waveform larger" }).click();
  await expect(shown).toHaveText(/^The waveform shows 0:00 to /);
  expect((await finer).ok()).toBe(true);
  await page.keyboard.press("+");
  await expect(position(page)).not.toHaveAttribute("max", all);
  await expectAccessible(page, "transcript-zoomed");
  const { x = 0, y = 0, width = 0 } = (await position(page).boundingBox()) ?? {};
  await page.mouse.move(x + width / 2, y + 10);
  const before = await shown.textContent();
  await page.mouse.wheel(200, 0);
  await expect(shown).not.toHaveText(before ?? "");
  await page.keyboard.press("Home"); // of the text, not of the waveform
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(shown).toHaveText(/^The waveform shows 0:0\d to /); // where the sound is
  await page.keyboard.press("Space");
  await page.mouse.move(x + width / 2, y + 10);
  await page.keyboard.down("Control");
  for (let turn = 0; turn < 20; turn += 1) await page.mouse.wheel(0, 200);
  await page.keyboard.up("Control");
  await expect(shown).toHaveCount(0);
  await expect(position(page)).toHaveAttribute("max", all);
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

test("of a film that no browser plays, a copy of the sound is made and played @slow", async ({
  page,
  address,
}) => {
  expecting("media");
  await openRecording(page, address, special("OLD_FILM"));
  await expect(page.getByText("Only its audio is played.")).toBeVisible({ timeout: 45_000 });
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(position(page)).not.toHaveAttribute("aria-valuetext", /^0:00 /);
  await expectAccessible(page, "transcript-sound-only");
});

test("sound that fails as the session has ended asks to sign in, and then goes on @slow", async ({
  reader: { page, email },
}) => {
  expecting("status of 401");
  const sound = page.locator("audio");
  const state = () => sound.evaluate((element: HTMLAudioElement) => element.readyState);
  await expect.poll(state).toBeGreaterThan(0);
  await page.route("**/playback*", (route) => route.continue()); // not from the browser's cache
  await page.waitForLoadState("networkidle"); // so that nothing but the sound meets the end
  await page.context().clearCookies();
  const asked = page.waitForRequest(/auth\/session$/, { timeout: 5_000 });
  await sound.evaluate((element: HTMLAudioElement) => element.load());
  await asked;
  const signIn = page.getByRole("dialog", { name: "Sign in" });
  await expect(signIn).toBeVisible({ timeout: 5_000 });
  await expect(page.getByText("This browser cannot play")).toHaveCount(0);
  await signIn.getByLabel("E-mail").fill(email);
  await signIn.getByLabel("Password").fill(PASSWORD);
  await signIn.getByRole("button", { name: "Sign in" }).click();
  await expect(signIn).toHaveCount(0);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(position(page)).not.toHaveAttribute("aria-valuetext", /^0:00 /);
});
