import { expect, test } from "vitest";

import t from "../../src/languages/en.studio.ts";
import { type Wish as PictureWish, modelOf, orderOf } from "../../src/pages/pictures/order.ts";
import type { Model } from "../../src/pages/pictures/pictures.svelte.ts";
import { vttOf } from "../../src/pages/video/captions.ts";
import {
  type Wish as VideoWish,
  captionStyles,
  orderOf as videoOrderOf,
  ratioOf,
  sampleOf,
  reasonAgainst,
  sceneAt,
  showsFilm,
  showsWave,
} from "../../src/pages/video/order.ts";
import { AS_PRESET, EVERYBODY, soundtrackOf, musicOf } from "../../src/pages/video/sound.ts";
import type { Preset } from "../../src/pages/video/videos.svelte.ts";
import { readable, speaking } from "../../src/voices/spoken.ts";

const model = (provider: string, name: string, part: Partial<Model> = {}): Model => ({
  provider,
  model: name,
  ready: true,
  missing: null,
  credits: 1,
  aspects: ["16:9", "1:1"],
  seeds: "exact",
  negative: false,
  from_recording: false,
  local: provider === "local",
  ends: null,
  ...part,
});

const CARD = model("local", "card");
const FRAME = model("local", "frame", { from_recording: true });
const FLUX = model("replicate", "flux", { seeds: "none" });
const ABSENT = model("openai", "gpt-image", { ready: false, missing: "OPENAI_API_KEY" });

const wish: PictureWish = {
  way: "card",
  text: " A long day \n\n by Ada ",
  prompt: "",
  model: null,
  style: "cinematic",
  palette: "moss",
  aspect: "1:1",
  count: 2,
  seed: 7,
};

test("a card is ordered with its words, colours and seed", () => {
  const order = orderOf(wish, [FRAME, CARD], "trn_1");
  expect(order).toMatchObject({ model: "card", prompt: "A long day \n\n by Ada", n: 2, seed: 7 });
  expect(order?.palette).toBe("moss");
});

test("frames take neither words nor seed", () => {
  const order = orderOf({ ...wish, way: "frame" }, [FRAME, CARD], "trn_1");
  expect(order).toMatchObject({ model: "frame", prompt: "", seed: null, palette: null });
});

test("a description goes to a model that is ready, and to none without words", () => {
  const described = { ...wish, way: "prompt", prompt: " A lamp " } as const;
  const models = [CARD, ABSENT, FLUX];
  expect(modelOf({ ...described, model: "openai gpt-image" }, models)).toBe(FLUX);
  expect(orderOf(described, models, "trn_1")).toMatchObject({ prompt: "A lamp", seed: null });
  expect(orderOf({ ...described, prompt: " " }, models, "trn_1")).toBeNull();
  expect(orderOf(described, [CARD, ABSENT], "trn_1")).toBeNull();
});

const preset: Preset = {
  name: "clip",
  title: "Clip",
  description: "",
  aspect: "9:16",
  needs_stretch: true,
  needs_speech: true,
  needs_translation: false,
  captions: "word",
};
const said = { start_ms: 0, end_ms: 4_000, text: "Come, <Ada> & sit." };
const about = {
  version: 1,
  has_video: true,
  media_url: "files/1",
  segments: [said] as never,
};

test("what a recording cannot give is said before anything is asked for", () => {
  expect(reasonAgainst(preset, about, t)).toBeNull();
  expect(reasonAgainst(preset, { ...about, version: null }, t)).toBe(t.notRead);
  expect(reasonAgainst(preset, { ...about, media_url: null }, t)).toBe(t.film.noSound);
  expect(reasonAgainst(preset, { ...about, segments: [] }, t)).toBe(t.film.nothingSpoken);
  const silent = { ...preset, needs_speech: false };
  expect(reasonAgainst(silent, { ...about, segments: [] }, t)).toBeNull();
  const dubbed = { ...preset, needs_translation: true };
  expect(reasonAgainst(dubbed, about, t)).toBe(t.film.notTranslated);
  expect(reasonAgainst(dubbed, about, t, ["de"])).toBeNull();
});

test("captions and clips show the film, where there is one", () => {
  expect(showsFilm("clip", about)).toBe(true);
  expect(showsFilm("audiogram", about)).toBe(false);
  expect(showsFilm("captioned", { has_video: false })).toBe(false);
  expect(showsWave("captioned", { has_video: false })).toBe(true);
  expect(showsWave("audiogram", about)).toBe(true);
  expect(["clip", "lesson"].some((name) => showsWave(name, about))).toBe(false);
});

const videoWish: VideoWish = {
  preset: "clip",
  aspect: null,
  fit: "fill",
  captions: "two",
  sound: "voice",
  translation: "de",
  music: { id: "trn_2", title: "A song", loudness: "louder" },
  voices: { S1: { provider: "kokoro", voice: "bf_emma", model: null } },
  drawnBy: "openai gpt-image-2.6-flare",
  palette: "dusk",
  title: " A day ",
  planner: "openai:gpt-6-luna",
  brand: "brd_1",
  stretch: { fromMs: 1_000, toMs: 9_000 },
};

test("a video is ordered as it was wished", () => {
  const order = videoOrderOf(videoWish);
  expect(order).toMatchObject({
    from_ms: 1_000,
    to_ms: 9_000,
    title: "A day",
    aspect: null,
    brand_id: "brd_1",
  });
  expect(order.planner).toBe("openai:gpt-6-luna");
  expect(order).toMatchObject({ captions: "two", translation: "de", voice: null });
  expect(order.sound).toBe("voice");
  expect(order.music).toEqual({ media_id: "trn_2", under_speech_db: -14, alone_db: -6 });
  expect(order.voices).toEqual({ S1: { provider: "kokoro", voice: "bf_emma", model: null } });
  expect(order.pictures).toEqual({
    provider: "openai",
    model: "gpt-image-2.6-flare",
    style: null,
  });
});

test("a recording without speakers has one voice", () => {
  const voice = { provider: "kokoro", voice: "bf_emma", model: null };
  const order = videoOrderOf({ ...videoWish, voices: { [EVERYBODY]: voice } });
  expect(order).toMatchObject({ voice, voices: {} });
});

test("what is heard is the preset's, until another sound is chosen that it can have", () => {
  const given = { captions: "word", translations: ["de", "fr"] };
  const dubbed = { needs_translation: true };
  expect(soundtrackOf(preset, AS_PRESET, given)).toEqual({
    sound: "original",
    isSpoken: false,
    translation: null,
    mustTranslate: false,
  });
  const spoken = { ...AS_PRESET, sound: "voice" } as const;
  expect(soundtrackOf(preset, spoken, given)).toMatchObject({ isSpoken: true, translation: null });
  expect(soundtrackOf(preset, { ...spoken, language: "fr" }, given).translation).toBe("fr");
  expect(soundtrackOf(preset, { ...AS_PRESET, language: "fr" }, given).translation).toBeNull();
  expect(soundtrackOf(dubbed, AS_PRESET, given)).toMatchObject({
    sound: "voice_over_original",
    translation: "de",
    mustTranslate: true,
  });
  expect(soundtrackOf(dubbed, { ...AS_PRESET, sound: "silent" }, given).sound).toBe(
    "voice_over_original",
  );
  const both = soundtrackOf(preset, AS_PRESET, { ...given, captions: "two" });
  expect(both).toMatchObject({ sound: "original", isSpoken: false, translation: "de" });
});

test("a video has no music unless a recording is chosen", () => {
  expect(musicOf(null)).toBeNull();
  expect(musicOf({ id: "trn_2", title: "", loudness: "usual" })).toEqual({
    media_id: "trn_2",
    under_speech_db: -20, // as the service has it by itself
    alone_db: -10,
  });
});

test("a voice is heard with the first words of a translation", () => {
  expect(sampleOf("  Guten Tag,\nund willkommen. ")).toBe("Guten Tag, und willkommen.");
  expect(sampleOf("")).toBe("");
  expect(sampleOf("word ".repeat(100)).length).toBeLessThanOrEqual(60);
});

test("a shape is width over height", () => {
  expect(ratioOf("9:16")).toBe(0.5625);
  expect(ratioOf("source")).toBeCloseTo(16 / 9);
});

test("the scene being drawn follows the share of frames", () => {
  const scenes = [0, 10_000, 20_000].map((ms) => ({ start_ms: ms }));
  const board = { from_ms: 0, to_ms: 30_000, scenes: scenes as never };
  expect([0, 0.2, 0.34, 1].map((share) => sceneAt(board, share))).toEqual([1, 1, 2, 3]);
});

test("two languages are offered where there is a translation", () => {
  expect(captionStyles({ hasTranslation: true })).toContain("two");
  expect(captionStyles({ hasTranslation: false })).not.toContain("two");
});

test("captions of a video count from its start, and end with it", () => {
  const later = { start_ms: 61_500, end_ms: 70_000, text: "Later." };
  expect(vttOf([said, later], { from_ms: 1_000, to_ms: 65_000 })).toBe(
    "WEBVTT\n\n00:00:00.000 --> 00:00:03.000\nCome, &lt;Ada&gt; &amp; sit.\n" +
      "\n00:01:00.500 --> 00:01:04.000\nLater.\n",
  );
});

test("a text is read aloud without its marks", () => {
  const text =
    "## Points\n\n- **The roof** leaks [12:05].\n- See [the plan](https://x.org/a) [s1, s2]!\n\n\n1. `mp4`";
  expect(readable(text)).toBe("Points\n\nThe roof leaks.\nSee the plan!\n\nmp4");
  expect(readable("[0:07](r/trn_1?at=7000) Yes, snake_case stays 2 * 3.")).toBe(
    "Yes, snake_case stays 2 * 3.",
  );
});

test("voices are those of the language, wherever it is spoken", () => {
  const voices = [
    { languages: ["en"], ready: true },
    { languages: ["tr", "de"], ready: true },
    { languages: ["*"], ready: false },
  ];
  expect(speaking(voices, "de-AT")).toEqual([voices[1], voices[2]]);
});
