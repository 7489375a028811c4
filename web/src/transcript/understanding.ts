import { isRecord } from "../api/problem.ts";

export interface Chapter {
  readonly startMs: number;
  readonly headline: string;
}

export interface Highlight {
  readonly text: string;
  readonly times: readonly number[]; // starts
}

/** Chapters in what an engine or the service found out; they are AssemblyAI's fields. */
export function chaptersIn(understanding: unknown): Chapter[] {
  return listIn(understanding, "chapters").flatMap(({ start, headline, gist }) => {
    const heading = [headline, gist].find((text) => typeof text === "string" && text);
    return typeof start === "number" ? [{ startMs: start, headline: String(heading ?? "") }] : [];
  });
}

/** Chapters in the data of a written text: each begins where its first passage does. */
export function chaptersOfText(data: unknown, starts: ReadonlyMap<string, number>): Chapter[] {
  return listIn(data, "chapters")
    .flatMap(({ first_segment_id: id, headline }) => {
      const startMs = starts.get(String(id));
      return startMs === undefined ? [] : [{ startMs, headline: String(headline) }];
    })
    .sort((a, b) => a.startMs - b.startMs);
}

export function highlightsIn(understanding: unknown): Highlight[] {
  const result = isRecord(understanding) ? understanding["auto_highlights_result"] : null;
  return listIn(result, "results").flatMap(({ text, timestamps }) => {
    if (typeof text !== "string" || !Array.isArray(timestamps)) return [];
    const starts = timestamps.filter(isRecord).map(({ start }) => start);
    return [{ text, times: starts.filter((start) => typeof start === "number") }];
  });
}

function listIn(value: unknown, name: string): Record<string, unknown>[] {
  const list = isRecord(value) ? value[name] : null;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}
