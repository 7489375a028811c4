import type { Passage, Speaker } from "../transcript/passages.ts";
import type { Span } from "./zoom.svelte.ts";

/** What a column of the waveform shows, in order of precedence. */
export type Kind = "failed" | "quarantined" | "speech" | "silent";

export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly kind: Kind;
}

export interface Column {
  readonly height: number; // 0 to 1
  readonly kind: Kind;
  readonly speaker: number; // index in the list of speakers; -1: none
}

const LEAST_HEIGHT = 0.04;
const UNKNOWN_HEIGHT = 0.12; // a calm line, until it is known

/** The columns of a waveform: loudness from the peaks, colour from who speaks, and what was left out. */
export function columns(given: {
  count: number;
  span: Span; // what they are of
  peaks: ArrayLike<number> | null; // 0 to 255, of the span; null: not known, all are drawn alike
  passages: readonly Passage[];
  speakers: readonly Speaker[];
  stretches: readonly Stretch[];
}): Column[] {
  const { count, span, peaks, passages, speakers, stretches } = given;
  const order = new Map(speakers.map((speaker, index) => [speaker.id, index]));
  const lengthMs = span.toMs - span.fromMs;
  let passage = 0;
  let stretch = 0;
  return Array.from({ length: count }, (_, index): Column => {
    const fromMs = span.fromMs + (index * lengthMs) / count;
    const toMs = span.fromMs + ((index + 1) * lengthMs) / count;
    while ((passages[passage]?.endMs ?? Infinity) <= fromMs) passage += 1;
    while ((stretches[stretch]?.endMs ?? Infinity) <= fromMs) stretch += 1;
    const here = passages[passage];
    const spoken = here !== undefined && here.startMs < toMs;
    const kind = kindOf(stretches, stretch, toMs) ?? (spoken ? "speech" : "silent");
    return {
      height: Math.max(
        LEAST_HEIGHT,
        peaks ? peakOf(peaks, index, count) : spoken ? UNKNOWN_HEIGHT : 0,
      ),
      kind,
      speaker: spoken ? (order.get(here.speaker ?? "") ?? -1) : -1,
    };
  });
}

/** The part of peaks of a whole recording that is of a span. */
export function peaksIn(
  peaks: ArrayLike<number>,
  { fromMs, toMs }: Span,
  durationMs: number,
): ArrayLike<number> {
  const from = Math.floor((fromMs * peaks.length) / durationMs);
  const to = Math.max(from + 1, Math.ceil((toMs * peaks.length) / durationMs));
  return Array.prototype.slice.call(peaks, from, to) as number[];
}

function kindOf(stretches: readonly Stretch[], from: number, toMs: number): Kind | null {
  let found: Kind | null = null;
  for (let index = from; index < stretches.length; index += 1) {
    const stretch = stretches[index];
    if (!stretch || stretch.startMs >= toMs) break;
    if (stretch.kind === "failed") return "failed";
    if (stretch.kind === "quarantined" || found === null) found = stretch.kind;
    else if (found === "silent") found = stretch.kind;
  }
  return found;
}

function peakOf(peaks: ArrayLike<number>, index: number, count: number): number {
  const from = Math.floor((index * peaks.length) / count);
  const to = Math.max(from + 1, Math.floor(((index + 1) * peaks.length) / count));
  let most = 0;
  for (let at = from; at < to && at < peaks.length; at += 1) most = Math.max(most, peaks[at] ?? 0);
  return most / 255;
}

export interface Silence {
  readonly from: number; // shares of the width
  readonly to: number;
}

const LEAST_SILENT = 3; // columns: a shorter silence is a breath, not a part of the recording

/** The stretches without speech, as runs of columns. */
export function silences(all: readonly Column[]): Silence[] {
  const found: Silence[] = [];
  let begun = 0;
  for (let at = 0; at <= all.length; at += 1) {
    if (all[at]?.kind === "silent") continue;
    if (at - begun >= LEAST_SILENT) found.push({ from: begun / all.length, to: at / all.length });
    begun = at + 1;
  }
  return found;
}

export interface Outline {
  readonly name: string; // a speaker's colour ("1" to "8"), or what became of the stretch
  readonly path: string;
}

const HALF = 50; // of the picture's height
const COLOURS = 8;
const GAP = 0.25; // of a column's width

/** The columns as shapes of one colour each, in a picture as wide as there are columns, 100 high. */
export function outlines(all: readonly Column[]): Outline[] {
  const paths = new Map<string, string[]>();
  for (const [index, column] of all.entries()) {
    const spoken = column.kind === "speech" && column.speaker >= 0;
    const name = spoken ? String((column.speaker % COLOURS) + 1) : column.kind;
    const half = column.height * HALF;
    const bar = `M${index} ${round(HALF - half)}h${1 - GAP}v${round(half * 2)}h-${1 - GAP}z`;
    const known = paths.get(name);
    if (known) known.push(bar);
    else paths.set(name, [bar]);
  }
  return [...paths].map(([name, bars]) => ({ name, path: bars.join("") }));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
