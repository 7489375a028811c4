/** A part of the recording. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const LEAST_MS = 10_000; // shown at most as large as this

/** A span that is this many times as long, with one place fixed on the screen. */
export function scaled(span: Span, factor: number, placeMs: number, durationMs: number): Span {
  const length = span.toMs - span.fromMs;
  const wanted = Math.round(
    Math.min(durationMs, Math.max(Math.min(LEAST_MS, durationMs), length * factor)),
  );
  const inside = Math.min(Math.max(placeMs, span.fromMs), span.toMs);
  const share = length ? (inside - span.fromMs) / length : 0;
  return within(
    { fromMs: inside - share * wanted, toMs: inside + (1 - share) * wanted },
    durationMs,
  );
}

/** The span moved so far that it has the place; the same one where it has it already. */
export function following(span: Span, placeMs: number, durationMs: number): Span {
  if (placeMs >= span.fromMs && placeMs <= span.toMs) return span;
  const length = span.toMs - span.fromMs;
  return within({ fromMs: placeMs, toMs: placeMs + length }, durationMs);
}

export function moved(span: Span, byMs: number, durationMs: number): Span {
  return within({ fromMs: span.fromMs + byMs, toMs: span.toMs + byMs }, durationMs);
}

function within({ fromMs, toMs }: Span, durationMs: number): Span {
  const length = Math.round(toMs - fromMs);
  const from = Math.round(Math.max(0, Math.min(fromMs, durationMs - length)));
  return { fromMs: from, toMs: from + length };
}

/** Which part of the recording the waveform shows; null: all of it. */
export class Zoom {
  #span = $state.raw<Span | null>(null);

  get span(): Span | null {
    return this.#span;
  }

  /** False where it shows all, or as little as it can, already. */
  by(factor: number, placeMs: number, durationMs: number): boolean {
    const before = this.#span ?? { fromMs: 0, toMs: durationMs };
    const after = scaled(before, factor, placeMs, durationMs);
    const isAll = after.toMs - after.fromMs >= durationMs;
    this.#span = isAll ? null : after;
    return after.toMs - after.fromMs !== before.toMs - before.fromMs;
  }

  move(byMs: number, durationMs: number): void {
    if (this.#span) this.#span = moved(this.#span, byMs, durationMs);
  }

  /** Follows the playback position. */
  follow(placeMs: number, durationMs: number): void {
    if (this.#span) this.#span = following(this.#span, placeMs, durationMs);
  }
}
