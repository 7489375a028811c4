import type { Schemas } from "../../api/client.ts";
import type { Stretch } from "../../player/waveform.ts";

/** What became of each part of the recording, in the page's words. */
export interface CheckedStretch extends Stretch {
  readonly text: string | null; // what was recognised and left out
  readonly reason: string | null;
}

const KINDS = {
  speech: "speech",
  no_speech: "silent",
  quarantined: "quarantined",
  failed: "failed",
} as const;

export function stretchesOf(coverage: readonly Schemas["CoverageOut"][]): CheckedStretch[] {
  return coverage.map((each) => ({
    startMs: each.start_ms,
    endMs: each.end_ms,
    kind: Object.hasOwn(KINDS, each.kind) ? KINDS[each.kind as keyof typeof KINDS] : "speech",
    text: each.text,
    reason: each.reason,
  }));
}
