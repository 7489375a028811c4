import type { Problem } from "./problem.ts";
import { Resumable } from "./resumable.ts";
import type { Kept } from "./unfinished.ts";
import type { Upload } from "./uploads.svelte.ts";

const SHOWN_EVERY_MS = 250;
const RATE_WEIGHT = 0.3; // of the newest measurement

interface Told {
  readonly keep: (part: Partial<Kept>) => void;
  readonly onsent: () => void;
  readonly onfailed: (problem: Problem) => void;
}

/** What sends an upload's bytes, from where the service has them. */
export function sender(upload: Upload, told: Told): Resumable {
  if (!upload.file) throw new Error("an upload without its file cannot begin");
  let shownAtMs = 0;
  let shownBytes = upload.sent;
  let rate = 0;
  return new Resumable(upload.file, upload.kept.url, {
    onplace: (url) => told.keep({ url }),
    onsent: (sent) => {
      const nowMs = performance.now();
      if (nowMs - shownAtMs < SHOWN_EVERY_MS) return;
      const measured = ((sent - shownBytes) * 1000) / Math.max(1, nowMs - shownAtMs);
      if (shownAtMs) rate = rate ? rate + RATE_WEIGHT * (measured - rate) : measured;
      [shownAtMs, shownBytes] = [nowMs, sent];
      upload.tries = 0;
      upload.has(sent);
      told.keep({ sent });
      if (upload.now.state === "sending") upload.is({ state: "sending", bytesPerSecond: rate });
    },
    ondone: () => {
      told.keep({ sent: upload.bytes });
      upload.has(upload.bytes);
      told.onsent();
    },
    onfailed: told.onfailed,
  });
}
