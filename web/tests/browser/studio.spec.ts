import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { type Person, type Ready, Service, Vendors, made, newPerson } from "./service.ts";
import { expecting, openRecording, test as base } from "./test.ts";

interface Studio {
  readonly address: string;
  readonly person: Person;
  readonly recording: string; // of three speakers
}

/** A service of its own, with a language model and a model of pictures. */
const test = base.extend<{ ready: Ready }, { studio: Studio }>({
  studio: [
    async ({}, use) => {
      const vendors = new Vendors();
      const service = new Service(await vendors.start());
      try {
        await service.start();
        const person = await newPerson(service.address);
        const [recording = ""] = await made(service.folder, [
          `${person.id} 300 sound A long day`,
          `${person.id} 20 sound A song`,
        ]);
        await use({ address: service.address, person, recording });
      } finally {
        await service.remove();
        await vendors.stop();
      }
    },
    { scope: "worker", timeout: 120_000 },
  ],
  address: async ({ studio }, use) => use(studio.address),
  ready: async ({ studio }, use) => {
    await use({ email: studio.person.email, recording: studio.recording });
  },
});

test("clips are found, heard, and made into videos @slow", async ({ page, address, ready }) => {
  test.setTimeout(120_000);
  await openRecording(page, address, ready);
  await page.getByRole("link", { name: "Video", exact: true }).click();
  await page.getByRole("button", { name: "Find the best passages" }).click();
  const clips = page.getByRole("region", { name: "Clips" });
  await clips.getByLabel("Length").selectOption("15 to 60 seconds");
  await clips.getByLabel("How many").selectOption("3");
  await clips.getByRole("button", { name: "Find the best passages" }).click();
  const found = clips.getByRole("list", { name: "Passages that were found" }).getByRole("article");
  await expect(found).toHaveCount(3);
  await expect(found.first()).toContainText(/\d:\d\d to \d:\d\d/);
  await expect(found.first()).toContainText(/^.*Why: it is about/);
  await expect(found.first()).toContainText(/At most [\d.]+ credits/);

  // What is found again is there once, and is of the shape that was wished last.
  await clips.getByLabel("Shape").selectOption("1:1, a square");
  const find = clips.getByRole("button", { name: "Find the best passages" });
  await find.click();
  await expect(find).toBeEnabled();
  await expect(found).toHaveCount(3);
  for (let left = 3; left > 0; left -= 1) {
    await found
      .first()
      .getByRole("button", { name: /^Delete/ })
      .click();
    await expect(found).toHaveCount(left - 1);
  }

  await clips.getByLabel("Who chooses the passages").selectOption({ index: 1 });
  await expect(clips.getByText(/^At most [\d.]+ credits/)).toBeVisible();
  await clips.getByRole("button", { name: "Find the best passages" }).click();
  await expect(found).toHaveCount(2, { timeout: 30_000 });
  await expect(found.first()).toHaveAccessibleName("What came then"); // the best one
  await expect(found.first()).toContainText("It stands alone.");
  await found.nth(1).getByRole("button", { name: "Listen: The first words" }).click();
  const sound = found.nth(1).getByLabel("The passage: The first words");
  await expect
    .poll(() => sound.evaluate((element: HTMLAudioElement) => element.currentTime))
    .toBeGreaterThan(0.3);
  await expectAccessible(page, "video-clips");
  await clips.getByRole("button", { name: "Make all 2 videos" }).click();
  await expect(clips).toHaveCount(1);
  await expect(found).toHaveCount(0);
  const videos = page.getByRole("region", { name: "Videos of this recording" });
  await expect(videos.getByRole("article", { name: /^Clip, What came then/ })).toBeVisible();
  const others = videos.getByRole("article", { name: /^Clip, The first words/ });
  await expect(others.getByRole("progressbar", { name: "Progress" })).toBeVisible();
  for (const stop of await videos.getByRole("button", { name: "Stop" }).all()) await stop.click();
});

test("pictures of all scenes are drawn at once @slow", async ({ page, address, ready }) => {
  test.setTimeout(120_000);
  expecting("status of 409"); // a picture that arrives changes the storyboard, and it is read anew
  await openRecording(page, address, ready);
  await page.getByRole("link", { name: "Video", exact: true }).click();
  await page.getByRole("radio", { name: /^Slideshow/ }).check();
  await page.getByRole("button", { name: "Make a storyboard first" }).click();
  const board = page.getByRole("region", { name: "Storyboard" });
  const scenes = board.getByRole("list", { name: "Scenes" }).getByRole("button");
  await expect(scenes.first()).toBeVisible();
  const count = await scenes.count();
  const all = board.getByRole("button", { name: "Draw the pictures of all scenes" });
  await expect(all).toBeVisible();
  await expect(board.getByText(/^At most [\d.]+ credits/).first()).toBeVisible();
  await expectAccessible(page, "video-draw-all");
  await all.click();
  await expect(board.getByText(`of ${count} pictures are drawn`)).toBeVisible();
  await expectAccessible(page, "video-drawing-all");
  await expect(board.getByText("pictures are drawn")).toHaveCount(0, { timeout: 90_000 });
  await expect(all).toHaveCount(0); // none is left to draw
  const shown = board.getByRole("img", { name: "Scene 1 as the video will show it" });
  await expect
    .poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(400);
  const own = board.getByRole("group", { name: "Your pictures" }).getByRole("listitem");
  await expect(own).toHaveCount(count);
});

test("each speaker of a dubbed video has a voice, which is heard before @slow", async ({
  page,
  address,
  ready,
}) => {
  test.setTimeout(240_000);
  await openRecording(page, address, ready);
  await page.getByRole("link", { name: "Texts", exact: true }).click();
  await page.getByLabel("Kind", { exact: true }).selectOption("Translation");
  await page.getByLabel("Target language").selectOption("English");
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await expect(page.getByRole("button", { name: "Write again" })).toBeVisible({ timeout: 30_000 });
  await page.getByRole("link", { name: "Back to the recording" }).click();
  await page.getByRole("link", { name: "Video", exact: true }).click();
  await page.getByRole("radio", { name: /^Dubbed/ }).check();
  const voices = page.getByRole("group", { name: "Voices" });
  const first = voices.getByLabel("Voice of Speaker 1");
  await expect(first).toHaveValue("");
  await expect(voices.getByRole("combobox")).toHaveCount(3);
  await expect(voices.getByRole("button", { name: /^Listen/ })).toHaveCount(0);
  await first.selectOption({ label: "Emma, British (kokoro)" });
  await voices.getByLabel("Voice of Speaker 2").selectOption({ index: 1 });
  const listen = voices.getByRole("button", { name: "Listen to the voice of Speaker 1" });
  await expect(listen).toBeEnabled();
  await expectAccessible(page, "video-voices");
  await listen.click();
  await expect(listen).toHaveText("Creating the speech");
  await expect(listen).toHaveText("Listen", { timeout: 120_000 });

  await page.getByRole("button", { name: "Make a storyboard first" }).click();
  const board = page.getByRole("region", { name: "Storyboard" });
  await expect(board.getByRole("img").first()).toBeVisible();
  const { items } = (await page.evaluate(
    async (path) => (await fetch(path)).json(),
    `api/v1/transcriptions/${ready.recording}/videos`,
  )) as { items: { storyboard: { sound: { voices: Record<string, { voice: string }> } } }[] };
  const [made] = items;
  // Who has none chosen has another one.
  const { S1, S2, S3 } = made?.storyboard.sound.voices ?? {};
  expect([S1?.voice, S2?.voice]).toEqual(["bf_emma", "af_heart"]);
  expect(["am_michael", "bm_george"]).toContain(S3?.voice);
});

test("a slideshow is spoken by voices, with music in the background @slow", async ({
  page,
  address,
  ready,
}) => {
  test.setTimeout(120_000);
  await openRecording(page, address, ready);
  await page.getByRole("link", { name: "Video", exact: true }).click();
  await page.getByRole("radio", { name: /^Slideshow/ }).check();
  const price = page.getByRole("status").filter({ hasText: /At most [\d.]+ credits/ });
  await expect(price).toBeVisible();
  const silent = await price.textContent();
  const voices = page.getByRole("group", { name: "Voices" });
  await expect(voices).toHaveCount(0);
  await page.getByLabel("Sound", { exact: true }).selectOption("Voices only");
  await voices.getByLabel("Voice of Speaker 1").selectOption({ label: "Emma, British (kokoro)" });
  await expect(price).not.toHaveText(silent ?? ""); // what is spoken costs more

  const music = page.getByRole("group", { name: "Music" });
  const choose = music.getByRole("button", { name: "Choose" });
  await choose.click();
  const dialog = page.getByRole("dialog", { name: "Music" });
  const recordings = dialog.getByRole("option");
  await expect(recordings).toHaveCount(1); // not the one that the video is of
  await expectAccessible(page, "video-music");
  await page.keyboard.type("song");
  await expect(recordings).toHaveText([/^A song/]);
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(choose).toBeFocused();
  await expect(music.getByText("A song")).toBeVisible();
  await music.getByLabel("Volume of the music").selectOption("Louder");
  await expectAccessible(page, "video-sound");

  await page.getByRole("button", { name: "Make a storyboard first" }).click();
  await expect(page.getByRole("region", { name: "Storyboard" })).toBeVisible();
  const { items } = (await page.evaluate(
    async (path) => (await fetch(path)).json(),
    `api/v1/transcriptions/${ready.recording}/videos`,
  )) as { items: { storyboard: { sound: unknown } }[] };
  expect(items[0]?.storyboard.sound).toMatchObject({
    mode: "voice",
    voices: { S1: { voice: "bf_emma" } },
    music: { under_speech_db: -14, alone_db: -6 },
  });
  await music.getByRole("button", { name: "No music" }).click();
  await expect(music.getByText("A song")).toHaveCount(0);
});
