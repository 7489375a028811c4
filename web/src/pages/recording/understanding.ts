import { isRecord } from "../../api/problem.ts";

export interface Chapter {
  readonly startMs: number;
  readonly endMs: number;
  readonly headline: string;
  readonly summary: string;
}

export interface Highlight {
  readonly text: string;
  readonly times: readonly number[]; // starts
}

/** Chapters in what an engine or the service found out; they are AssemblyAI's fields. */
export function chaptersIn(understanding: unknown): Chapter[] {
  return listIn(understanding, "chapters").flatMap((each) => {
    const { start, end, headline, gist, summary } = each;
    if (typeof start !== "number" || typeof end !== "number") return [];
    const heading = [headline, gist].find((text) => typeof text === "string" && text);
    return [
      {
        startMs: start,
        endMs: end,
        headline: typeof heading === "string" ? heading : "",
        summary: typeof summary === "string" ? summary : "",
      },
    ];
  });
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
