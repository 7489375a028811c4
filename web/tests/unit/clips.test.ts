import { expect, test } from "vitest";

import c from "../../src/languages/en.clips.ts";
import { type Search, foundAgain, foundIn, requestOf, whyOf } from "../../src/pages/video/clips.ts";
import type { Video } from "../../src/pages/video/videos.svelte.ts";

const search: Search = {
  count: 3,
  length: "long",
  planner: "groq:llama",
  aspect: "1:1",
};

const video = (id: string, part: Partial<Video> = {}): Video =>
  ({ id, preset: "clip", status: "draft", storyboard: { reason: null }, ...part }) as Video;

test("passages are looked for as somebody wished", () => {
  expect(requestOf(search, "trn_1")).toMatchObject({
    transcription_id: "trn_1",
    n: 3,
    least_ms: 60_000,
    most_ms: 180_000,
    planner: "groq:llama",
    aspect: "1:1",
  });
});

test("passages are drafts of clips, in the order they were found in", () => {
  const videos = [
    video("vid_4"),
    video("vid_3", { status: "succeeded" }),
    video("vid_2", { preset: "lesson" }),
    video("vid_1"),
  ];
  expect(foundIn(videos).map(({ id }) => id)).toEqual(["vid_1", "vid_4"]);
});

test("a passage that is found again replaces the draft that nobody has changed", () => {
  const at = (id: string, from_ms: number, revision = 1) =>
    video(id, { revision, storyboard: { from_ms, to_ms: 60_000 } as Video["storyboard"] });
  const before = [at("vid_1", 1_000), at("vid_2", 2_000, 2), at("vid_3", 3_000)];
  const now = [...before, at("vid_4", 1_000), at("vid_5", 2_000)];
  expect(foundAgain(before, now).map(({ id }) => id)).toEqual(["vid_1"]);
  expect(foundAgain(before, before)).toEqual([]);
});

test("why a passage was chosen is said in the model's words, or in ours", () => {
  const list = (parts: readonly string[]) => parts.join(" and ");
  expect(whyOf(video("vid_1"), ["question", "number"], c, list)).toBe(
    "Why: it begins with a question and it begins with a number.",
  );
  expect(whyOf(video("vid_1"), [], c, list)).toBe("");
  const told = video("vid_1", { storyboard: { reason: "It is a story." } as Video["storyboard"] });
  expect(whyOf(told, ["question"], c, list)).toBe("It is a story.");
});
