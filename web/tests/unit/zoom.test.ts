import { describe, expect, test } from "vitest";

import { type Kind, columns, peaksIn, silences } from "../../src/player/waveform.ts";
import { following, moved, scaled } from "../../src/player/zoom.svelte.ts";

const HOUR = 3_600_000;
const ALL = { fromMs: 0, toMs: HOUR };

describe("a waveform that is made larger", () => {
  test("keeps the place where it is on the screen", () => {
    expect(scaled(ALL, 0.5, 900_000, HOUR)).toEqual({ fromMs: 450_000, toMs: 2_250_000 });
    expect(scaled({ fromMs: 0, toMs: 100_000 }, 0.5, 100_000, HOUR)).toEqual({
      fromMs: 50_000,
      toMs: 100_000,
    });
  });

  test("does so at its edge for a place that it does not show", () => {
    expect(scaled({ fromMs: 0, toMs: 100_000 }, 0.5, HOUR, HOUR)).toEqual({
      fromMs: 50_000,
      toMs: 100_000,
    });
  });

  test("shows ten seconds at least, and no more than there is", () => {
    const least = scaled({ fromMs: 50_000, toMs: 62_000 }, 0.5, 50_000, HOUR);
    expect(least).toEqual({ fromMs: 50_000, toMs: 60_000 });
    expect(scaled({ fromMs: 10_000, toMs: 2_000_000 }, 8, 20_000, HOUR)).toEqual(ALL);
    expect(scaled({ fromMs: 0, toMs: 4_000 }, 0.5, 0, 4_000)).toEqual({ fromMs: 0, toMs: 4_000 });
    expect(scaled({ fromMs: 0, toMs: 0 }, 0.5, 0, 0)).toEqual({ fromMs: 0, toMs: 0 });
  });

  test("goes on with the sound, and stays inside the recording", () => {
    const span = { fromMs: 100_000, toMs: 160_000 };
    expect(following(span, 130_000, HOUR)).toBe(span);
    expect(following(span, 160_001, HOUR)).toEqual({ fromMs: 160_001, toMs: 220_001 });
    expect(following(span, HOUR - 1, HOUR)).toEqual({ fromMs: HOUR - 60_000, toMs: HOUR });
    expect(moved(span, -200_000, HOUR)).toEqual({ fromMs: 0, toMs: 60_000 });
  });
});

test("columns are of the part that is shown", () => {
  const passage = { startMs: 2_000, endMs: 3_000, speaker: "A" } as never;
  const shown = columns({
    count: 4,
    span: { fromMs: 1_000, toMs: 5_000 },
    peaks: new Uint8Array([0, 255, 51, 0]),
    passages: [passage],
    speakers: [{ id: "A", name: "Ada", label: "Ada" }] as never,
    stretches: [],
  });
  expect(shown.map(({ kind }) => kind)).toEqual(["silent", "speech", "silent", "silent"]);
  expect(shown.map(({ height }) => height)).toEqual([0.04, 1, 0.2, 0.04]);
});

test("until finer peaks are there, those of the whole are cut", () => {
  const peaks = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(peaksIn(peaks, { fromMs: 250, toMs: 500 }, 1_000)).toEqual([2, 3]);
  expect(peaksIn(peaks, { fromMs: 990, toMs: 1_000 }, 1_000)).toEqual([7]);
});

test("silences are runs of columns, without breaths", () => {
  const shown = (kinds: string) =>
    [...kinds].map((each) => {
      const kind: Kind = each === "." ? "silent" : each === "x" ? "failed" : "speech";
      return { height: 0, kind, speaker: 0 };
    });
  expect(silences(shown("...s..s.x"))).toEqual([{ from: 0, to: 3 / 9 }]);
  expect(silences(shown("s......."))).toEqual([{ from: 1 / 8, to: 1 }]);
  expect(silences(shown("ss..ss"))).toEqual([]);
  expect(silences([])).toEqual([]);
});
