import { answer } from "../../api/client.ts";
import type { Options } from "../../api/uploads.svelte.ts";
import type { App } from "../../app.ts";

/** What an hour of a recording would be transcribed by, and cost. */
export interface Quoted {
  readonly engine: string;
  readonly credits: number | null; // null: the price of a text is unknown
}

const HOUR_MS = 3_600_000;

/** Throws Problem. */
export async function quoted({ api }: App, options: Options, signal: AbortSignal): Promise<Quoted> {
  const body = { duration_ms: HOUR_MS, options };
  const [{ engine, total, texts_total }, { engines }] = await Promise.all([
    answer(api.POST("/api/v1/transcriptions/estimate", { body, signal })),
    answer(api.GET("/api/v1/config", { signal })),
  ]);
  const title = engines.find(({ name }) => name === engine)?.title;
  const credits = typeof texts_total === "number" ? total + texts_total : null;
  return { engine: title ?? engine, credits };
}
