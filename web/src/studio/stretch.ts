/** A part of a recording; null: from its start, or to its end. */
export interface Stretch {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

interface Timed {
  readonly start_ms: number;
  readonly end_ms: number;
}

export const WHOLE: Stretch = { fromMs: null, toMs: null };

/**
 * A place as a person writes it, 1:05 or 1:02:03 or 7.5, in milliseconds; null where there is
 * nothing, and "bad" where it is no time.
 */
export function timeOf(written: string): number | null | "bad" {
  const text = written.trim();
  if (!text) return null;
  const match = /^(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,5}(?:[.,]\d{1,3})?)$/.exec(text);
  if (!match) return "bad";
  const [, hours = "0", minutes = "0", seconds = "0"] = match;
  const s = Number(seconds.replace(",", "."));
  if (match[2] !== undefined && s >= 60) return "bad";
  if (match[1] !== undefined && Number(minutes) >= 60) return "bad";
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + s) * 1000);
}

/** A place so that `timeOf` gives it back: 1:05, 1:02:03, 0:07.5. */
export function written(ms: number | null): string {
  if (ms === null) return "";
  const rest = (ms % 60_000) / 1000;
  const seconds = `${rest < 10 ? "0" : ""}${rest}`;
  const minutes = Math.floor(ms / 60_000) % 60;
  const hours = Math.floor(ms / 3_600_000);
  return hours
    ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}`
    : `${minutes}:${seconds}`;
}

export function lengthMs(stretch: Stretch, durationMs: number): number {
  return (stretch.toMs ?? durationMs) - (stretch.fromMs ?? 0);
}

export function isIn(stretch: Stretch, { start_ms: startMs, end_ms: endMs }: Timed): boolean {
  return startMs < (stretch.toMs ?? Infinity) && endMs > (stretch.fromMs ?? 0);
}

/**
 * After a click on a passage: the first click takes it alone, one outside extends the stretch to
 * it, and one inside begins again with it.
 */
export function marked(stretch: Stretch, { start_ms: startMs, end_ms: endMs }: Timed): Stretch {
  const alone = { fromMs: startMs, toMs: endMs };
  const { fromMs, toMs } = stretch;
  if (fromMs === null || toMs === null) return alone;
  if (endMs <= fromMs) return { fromMs: startMs, toMs };
  if (startMs >= toMs) return { fromMs, toMs: endMs };
  return alone;
}
