import type { Schemas } from "../api/client.ts";
import { clock } from "../languages/format.ts";

type Citation = Pick<
  Schemas["CitationOut"],
  "segment_ids" | "start_ms" | "at" | "to" | "field" | "quote"
>;

const BY_SEGMENTS = /\[(s\d+(?:, ?s\d+)*)\]/g;

/**
 * Markdown with a time where a place in the recording is cited, as a file has it. Citations stand
 * as characters `at` to `to` of the text (code points), or as the ids of segments in brackets.
 */
export function withTimes(body: string, citations: readonly Citation[]): string {
  // Those with a quote stand at the quote's words, which stay.
  const placed = citations.filter((each) => typeof each.at === "number" && !each.quote);
  if (placed.length) return withPlacedTimes(body, placed);
  const starts = new Map<string, number>();
  for (const { segment_ids: ids, start_ms: startMs } of citations) {
    const [first] = ids;
    if (first && typeof startMs === "number" && !starts.has(first)) starts.set(first, startMs);
  }
  return body.replace(BY_SEGMENTS, (whole, ids: string) => {
    const startMs = ids
      .split(",")
      .map((id) => starts.get(id.trim()))
      .find((each) => each !== undefined);
    return startMs === undefined ? whole : timeOf(startMs);
  });
}

function withPlacedTimes(body: string, citations: readonly Citation[]): string {
  const points = [...body];
  const parts: string[] = [];
  let from = 0;
  const inOrder = [...citations].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  for (const { at, to, start_ms: startMs } of inOrder) {
    if (typeof at !== "number" || typeof to !== "number" || at < from) continue;
    parts.push(points.slice(from, at).join(""));
    parts.push(typeof startMs === "number" ? timeOf(startMs) : "");
    from = to;
  }
  return [...parts, points.slice(from).join("")].join("");
}

function timeOf(startMs: number): string {
  return `[${clock(startMs)}]`;
}
