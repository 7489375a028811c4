import type { Schemas } from "../api/client.ts";
import { clock } from "../languages/format.ts";

type Citation = Pick<
  Schemas["CitationOut"],
  "transcription_id" | "segment_ids" | "start_ms" | "at" | "to"
>;

const BY_SEGMENTS = /\[(s\d+(?:,\s*s\d+)*)\]/g;

/**
 * Markdown in which every citation is a link to its place in the recording. They stand as
 * characters `at` to `to` of the text (code points), or as the ids of segments in brackets.
 */
export function withLinks(
  body: string,
  citations: readonly Citation[],
  recording: string | null,
): string {
  const placed = citations.filter((each) => isPlaced(each));
  if (placed.length) return withPlacedLinks(body, placed, recording);
  const starts = new Map<string, number>();
  for (const { segment_ids: ids, start_ms: startMs } of citations) {
    const [first] = ids;
    if (first && typeof startMs === "number" && !starts.has(first)) starts.set(first, startMs);
  }
  return body.replace(BY_SEGMENTS, (whole, ids: string) => {
    const links = ids.split(",").flatMap((id) => {
      const startMs = starts.get(id.trim());
      return startMs === undefined ? [] : [linkTo(recording, startMs)];
    });
    const [first] = links;
    return first ?? whole;
  });
}

/** The same text for where there are no links, as in a file. */
export function withTimes(body: string, citations: readonly Citation[]): string {
  return withLinks(body, citations, "").replace(/\[([\d:]+)\]\(r\/\?at=\d+\)/g, "[$1]");
}

function withPlacedLinks(
  body: string,
  citations: readonly Citation[],
  recording: string | null,
): string {
  const points = [...body];
  const parts: string[] = [];
  let from = 0;
  const inOrder = [...citations].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  for (const { at, to, start_ms: startMs, transcription_id: id } of inOrder) {
    if (typeof at !== "number" || typeof to !== "number" || at < from) continue;
    parts.push(points.slice(from, at).join(""));
    parts.push(typeof startMs === "number" ? linkTo(id ?? recording, startMs) : "");
    from = to;
  }
  return [...parts, points.slice(from).join("")].join("");
}

function isPlaced({ at, to }: Citation): boolean {
  return typeof at === "number" && typeof to === "number";
}

function linkTo(recording: string | null, startMs: number): string {
  return `[${clock(startMs)}](r/${recording ?? ""}?at=${startMs})`;
}
