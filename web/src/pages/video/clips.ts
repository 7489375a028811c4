import type { Schemas } from "../../api/client.ts";
import type { ClipsSentences } from "../../languages/en.clips.ts";
import type { Video } from "./videos.svelte.ts";

export type Reason = Schemas["ClipOut"]["reasons"][number];
type Request = Schemas["ClipsRequest"];

/** How long a passage may be. */
export const LENGTHS = {
  short: { leastMs: 10_000, mostMs: 30_000 },
  medium: { leastMs: 15_000, mostMs: 60_000 },
  long: { leastMs: 60_000, mostMs: 180_000 },
};
export const LENGTH_NAMES = ["short", "medium", "long"] as const;
export const COUNTS = [1, 3, 5, 10] as const;

/** What the form of a search holds. */
export interface Search {
  readonly count: number;
  readonly length: keyof typeof LENGTHS;
  readonly planner: string; // "local", or a provider and its model
  readonly aspect: NonNullable<Request["aspect"]>;
}

export function requestOf(search: Search, recording: string): Request {
  const { leastMs, mostMs } = LENGTHS[search.length];
  return {
    transcription_id: recording,
    version: null,
    n: search.count,
    least_ms: leastMs,
    most_ms: mostMs,
    aspect: search.aspect,
    fit: "fit",
    captions: "word", // the storyboard of each can change it
    palette: "dusk",
    planner: search.planner,
  };
}

/** Passages without a video, in the order in which they were found, the best first. */
export function foundIn(videos: readonly Video[]): Video[] {
  return videos
    .filter(({ preset, status }) => preset === "clip" && status === "draft")
    .sort((one, other) => (one.id < other.id ? -1 : 1)); // ids rise as drafts are made
}

/** Unchanged drafts of passages that were found again. */
export function foundAgain(before: readonly Video[], now: readonly Video[]): Video[] {
  const known = new Set(before.map(({ id }) => id));
  const fresh = now.filter(({ id }) => !known.has(id)).map(placeOf);
  return before.filter((each) => each.revision === 1 && fresh.includes(placeOf(each)));
}

const placeOf = ({ storyboard: { from_ms: fromMs, to_ms: toMs } }: Video) => `${fromMs} ${toMs}`;

/** Why a passage was chosen, as a sentence; empty if there is no reason. */
export function whyOf(
  { storyboard }: Pick<Video, "storyboard">,
  reasons: readonly Reason[],
  t: ClipsSentences,
  list: (parts: readonly string[]) => string,
): string {
  if (storyboard.reason) return storyboard.reason;
  return reasons.length ? t.why(list(reasons.map((each) => t.reasons[each] ?? each))) : "";
}
