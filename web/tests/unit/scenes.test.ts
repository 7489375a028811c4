import { expect, test } from "vitest";

import {
  type Board,
  borderChange,
  joinChange,
  limitsOf,
  looksOf,
  pictureChange,
  snapped,
  splitChange,
  undrawn,
  withBorder,
} from "../../src/pages/video/scenes.ts";

function boardOf(...borders: readonly number[]): Board {
  const scenes = borders.slice(1).map((end, at) => ({
    id: `s${at + 1}`,
    start_ms: borders[at] ?? 0,
    end_ms: end,
    quote: "",
    motion: "in",
    picture: { kind: "card", card: { large: "Tides" }, fit: "fit" },
  }));
  const whole = { from_ms: 0, to_ms: borders.at(-1), aspect: "16:9", seed: 7 };
  return { ...whole, between: { kind: "fade", ms: 600 }, scenes } as unknown as Board;
}

test("a border stays away from its neighbours for a second and two fades", () => {
  const board = boardOf(0, 4_000, 9_000);
  expect(limitsOf(board, 0)).toEqual({ min: 1_200, max: 7_800 });
  expect(limitsOf(board, 1)).toBeNull();
  expect(withBorder(board.scenes, 0, 5_000).map((each) => each.start_ms)).toEqual([0, 5_000]);
  expect(borderChange(board, 0, 5_000)).toEqual({ s1: { end_ms: 5_000 }, s2: { start_ms: 5_000 } });
});

test("a dragged border goes to the end of a passage that is near", () => {
  expect(snapped(4_150, [1_000, 4_000, 4_300])).toBe(4_000);
  expect(snapped(4_160, [1_000, 4_000, 4_300])).toBe(4_300);
  expect(snapped(2_000, [1_000])).toBe(2_000);
});

test("scenes are split and joined, where both halves are long enough", () => {
  const board = boardOf(0, 4_000, 6_000);
  expect(splitChange(board, 0)).toMatchObject({
    s1: { end_ms: 2_000 },
    s3: { start_ms: 2_000, end_ms: 4_000, motion: "in" },
  });
  expect(splitChange(board, 1)).toBeNull();
  expect(joinChange(board, 0)).toEqual({ s1: { end_ms: 6_000 }, s2: null });
  expect(joinChange(board, 1)).toBeNull();
});

test("another picture takes back what the one before it needed", () => {
  expect(pictureChange({ kind: "image", image_id: "img_1" })).toEqual({
    picture: { kind: "image", image_id: "img_1", card: null, at_ms: null },
  });
  const card = { large: "Ebb", small: "", layout: "quote" } as const;
  expect(pictureChange({ kind: "card", ...card })).toEqual({
    picture: { kind: "card", card, image_id: null, at_ms: null },
  });
});

test("a scene's preview has a new address only when the scene looks different", () => {
  const board = boardOf(0, 4_000, 6_000);
  const moved: Board = { ...board, scenes: withBorder(board.scenes, 0, 3_000) };
  const same: Board = structuredClone(board);
  const looks = (of: Board, at: number) => {
    const scene = of.scenes[at];
    return scene && looksOf(of, scene);
  };
  expect(looks(board, 1)).not.toBe(looks(moved, 1));
  expect(looks(board, 1)).toBe(looks(same, 1));
});

test("a model draws what is a card or a frame, and leaves pictures as they are", () => {
  const board = boardOf(0, 4_000, 9_000, 12_000);
  const [card, own, frame] = board.scenes;
  if (own) own.picture = { ...own.picture, kind: "image", image_id: "img_1" };
  if (frame) frame.picture = { ...frame.picture, kind: "frame" };
  expect(undrawn(board)).toEqual([card, frame]);
});
