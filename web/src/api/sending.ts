import { type DetailedError, Upload as TusUpload } from "tus-js-client";

import { type Problem, isRecord, offline, problemOf } from "./problem.ts";
import { inPageLanguage } from "./speaking.ts";
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
export function sender(upload: Upload, told: Told): TusUpload {
  if (!upload.file) throw new Error("an upload without its file cannot begin");
  let shownAtMs = 0;
  let shownBytes = upload.sent;
  let rate = 0;
  const tus: TusUpload = new TusUpload(upload.file, {
    endpoint: new URL("api/v1/uploads", document.baseURI).href,
    uploadUrl: upload.kept.url,
    headers: inPageLanguage(),
    metadata: { filename: upload.name, filetype: upload.file.type },
    retryDelays: [],
    storeFingerprintForResuming: false, // kept with the options, in unfinished.ts
    removeFingerprintOnSuccess: false,
    onUploadUrlAvailable: () => told.keep({ url: tus.url }),
    onProgress: (sent) => {
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
    onSuccess: () => {
      told.keep({ sent: upload.bytes });
      upload.has(upload.bytes);
      told.onsent();
    },
    onError: (error) => told.onfailed(problemOfTus(error)),
  });
  return tus;
}

function problemOfTus(error: Error | DetailedError): Problem {
  const response = "originalResponse" in error ? error.originalResponse : null;
  if (!response) return offline();
  let body: unknown = null;
  try {
    body = JSON.parse(response.getBody());
  } catch (failure) {
    if (!(failure instanceof SyntaxError)) throw failure;
  }
  const headers = new Headers();
  for (const name of ["retry-after", "x-request-id", "content-language"]) {
    const value = response.getHeader(name);
    if (value) headers.set(name, value);
  }
  const status = response.getStatus();
  if (status < 200) return offline();
  return problemOf(new Response(null, { status, headers }), isRecord(body) ? body : null);
}
