import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { expecting, openRecording, special, test } from "./test.ts";

test("a clip of a film is made, and plays @slow", async ({ page, address }) => {
  test.setTimeout(180_000);
  expecting("status of 422"); // the price of what cannot be made
  await openRecording(page, address, special("FILM"));
  await page.getByRole("link", { name: "Video", exact: true }).click();
  await page.getByRole("radio", { name: /^Clip/ }).check();
  await page.getByLabel("From", { exact: true }).fill("soon");
  await page.getByLabel("From", { exact: true }).press("Tab");
  await expect(page.getByText(/Enter a time such as/)).toBeVisible();
  await page.getByLabel("From", { exact: true }).fill("0:01");
  await page.getByLabel("To", { exact: true }).fill("0:03");
  await page.getByLabel("To", { exact: true }).press("Tab");
  // Why it cannot be made is said before anything is ordered.
  await expect(page.getByText(/5 to 180 seconds; this one has 2/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Make the video" })).toBeDisabled();
  await page.getByLabel("To", { exact: true }).fill("0:06.5");
  await page.getByLabel("To", { exact: true }).press("Tab");
  await expect(page.getByText(/At most [\d.]+ credits/)).toBeVisible();
  const preview = page.getByRole("img", { name: "Preview of the captions" });
  await expect(preview).not.toHaveAttribute("data-old"); // that of the earlier order
  const shape = await preview.evaluate(
    (img: HTMLImageElement) => img.naturalWidth / img.naturalHeight,
  );
  expect(shape).toBeCloseTo(9 / 16, 2);
  await expectAccessible(page, "video-clip");
  await page.getByRole("button", { name: "Make the video" }).click();

  const made = page.getByRole("region", { name: "Videos of this recording" });
  const clip = made.getByRole("article", { name: /^Clip/ });
  await expect(clip.getByRole("progressbar", { name: "Progress" })).toBeVisible();
  await expectAccessible(page, "video-progress");
  await expect(clip.getByRole("link", { name: /^Download/ })).toBeVisible({ timeout: 120_000 });
  const video = clip.locator("video");
  await video.evaluate(async (element: HTMLVideoElement) => {
    element.muted = true;
    await element.play();
  });
  await expect
    .poll(() => video.evaluate((element: HTMLVideoElement) => element.currentTime))
    .toBeGreaterThan(0.5);
  const { width, height, seconds } = await video.evaluate((element: HTMLVideoElement) => {
    element.pause();
    return {
      width: element.videoWidth,
      height: element.videoHeight,
      seconds: element.duration,
    };
  });
  expect(width / height).toBeCloseTo(9 / 16, 2);
  expect(seconds).toBeCloseTo(5.5, 1);
  await expectAccessible(page, "video-made");

  await clip.getByRole("button", { name: /^Delete/ }).click();
  await expect(clip).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(clip).toHaveCount(1);
});

test("a stretch is marked in the text, and a video that is stopped says so", async ({
  reader: { page },
}) => {
  await page.getByRole("link", { name: "Video", exact: true }).click();
  await expect(page.getByText("a waveform is drawn instead")).toBeVisible();
  await page.getByRole("radio", { name: /^Audiogram/ }).check();
  await page.getByText("Mark it in the text").click();
  const passages = page.getByRole("list").getByRole("button", { pressed: false });
  const all = page.locator("ol button");
  await all.nth(1).click();
  await expect(page.locator("ol button[aria-pressed=true]")).toHaveCount(1);
  await all.nth(2).click();
  await expect(page.locator("ol button[aria-pressed=true]")).toHaveCount(2);
  await expect(passages.first()).toBeVisible();
  await expectAccessible(page, "video-audiogram");
  await page.getByRole("button", { name: "The whole recording" }).click();
  await page.getByRole("button", { name: "Make the video" }).click();
  const audiogram = page.getByRole("article", { name: /^Audiogram/ });
  await audiogram.getByRole("button", { name: "Stop" }).click();
  await expect(audiogram.getByText("It was stopped.")).toBeVisible();
  await expect(audiogram.getByRole("button", { name: "Try again" })).toBeVisible();
});

test("a storyboard is changed scene by scene before anything is paid @slow", async ({
  reader: { page },
}) => {
  test.setTimeout(120_000);
  await page.getByRole("link", { name: "Video", exact: true }).click();
  await page.getByRole("radio", { name: /^Slideshow/ }).check();
  const planner = page.getByLabel("Who chooses the scenes");
  await expect(planner).toHaveValue("local");
  await expect(planner.getByRole("option", { name: /none is set up here/ })).toBeDisabled();
  await page.getByRole("button", { name: "Make a storyboard first" }).click();
  const board = page.getByRole("region", { name: "Storyboard" });
  const shown = board.getByRole("img", { name: "Scene 1 as the video will show it" });
  const isDrawn = () => shown.evaluate((image: HTMLImageElement) => image.naturalWidth);
  await expect.poll(isDrawn).toBeGreaterThan(400);
  const scenes = board.getByRole("list", { name: "Scenes" }).getByRole("button");
  const before = await scenes.count();

  await board.getByRole("button", { name: "Split in the middle" }).click();
  await expect(scenes).toHaveCount(before + 1);
  const border = board.getByRole("slider", { name: "Boundary between scenes 1 and 2" });
  const ms = Number(await border.getAttribute("aria-valuenow"));
  await border.press("Shift+ArrowLeft");
  await expect(border).toHaveAttribute("aria-valuenow", String(ms - 1_000));
  const box = await border.boundingBox();
  if (!box) throw new Error("the border is not in sight");
  const { x, y, width, height } = box;
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 + 12, y + height / 2, { steps: 4 });
  await page.mouse.up();
  await expect
    .poll(async () => Number(await border.getAttribute("aria-valuenow")))
    .toBeGreaterThan(ms - 1_000);

  const address = await shown.getAttribute("src");
  await board.getByLabel("Card text").fill("A card of its own");
  await board.getByRole("button", { name: "Card", exact: true }).click();
  await expect(shown).not.toHaveAttribute("src", address ?? "");
  await expect.poll(isDrawn).toBeGreaterThan(400);
  await board.getByLabel("Captions").selectOption("None");
  await board.getByLabel("Motion").selectOption("Zoom out");
  await expectAccessible(page, "video-storyboard");

  await page.getByRole("radio", { name: /^Clip/ }).check();
  await page.getByRole("button", { name: "Find the best passages" }).click();
  const clips = page.getByRole("region", { name: "Clips" });
  await clips.getByRole("button", { name: "Find the best passages" }).click();
  const found = clips.getByRole("list", { name: "Passages that were found" });
  await expect(found.getByRole("listitem").first()).toBeVisible();

  await page.reload();
  const draft = page.getByRole("article", { name: /^Slideshow/ });
  await draft.getByRole("button", { name: /^Storyboard/ }).click();
  await expect(board.getByLabel("Card text")).toHaveValue("A card of its own");
  await expect(board.getByLabel("Motion")).toHaveValue("out");
  await board.getByRole("button", { name: "Render the video" }).click();
  await expect(draft.getByRole("progressbar", { name: "Progress" })).toBeVisible();
  await draft.getByRole("button", { name: "Stop" }).click();
  await expect(draft.getByText("It was stopped.")).toBeVisible();
});
