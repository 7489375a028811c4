import type { Problem } from "./problem.ts";
import { Resumable } from "./resumable.ts";
import type { SavedUpload } from "./unfinished.ts";
import type { Upload } from "./uploads.svelte.ts";

const SHOWN_EVERY_MS = 250;
const RATE_WEIGHT = 0.3; // of the newest measurement

interface SenderListeners {
  readonly save: (part: Partial<SavedUpload>) => void;
  readonly onsent: () => void;
  readonly onfailed: (problem: Problem) => void;
}

/** Sends an upload's bytes from the service's offset on, and measures the rate. */
export function sender(upload: Upload, listeners: SenderListeners): Resumable {
  if (!upload.file) throw new Error("an upload without its file cannot begin");
  let shownAtMs = 0;
  let shownBytes = upload.sent;
  let rate = 0;
  return new Resumable(upload.file, upload.saved.url, {
    oncreated: (url) => listeners.save({ url }),
    onsent: (sent) => {
      const nowMs = performance.now();
      if (nowMs - shownAtMs < SHOWN_EVERY_MS) return;
      const measured = ((sent - shownBytes) * 1000) / Math.max(1, nowMs - shownAtMs);
      if (shownAtMs) rate = rate ? rate + RATE_WEIGHT * (measured - rate) : measured;
      [shownAtMs, shownBytes] = [nowMs, sent];
      upload.tries = 0;
      upload.setSent(sent);
      listeners.save({ sent });
      if (upload.now.state === "sending")
        upload.setState({ state: "sending", bytesPerSecond: rate });
    },
    ondone: () => {
      listeners.save({ sent: upload.bytes });
      upload.setSent(upload.bytes);
      listeners.onsent();
    },
    onfailed: listeners.onfailed,
  });
}
