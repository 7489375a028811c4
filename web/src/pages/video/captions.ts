import type { Schemas } from "../../api/client.ts";

type Said = Pick<Schemas["SegmentOut"], "start_ms" | "end_ms" | "text">;
type Board = Pick<Schemas["Storyboard"], "from_ms" | "to_ms">;

/** What is said in a video, as WebVTT whose times count from the video's start. */
export function vttOf(segments: readonly Said[], { from_ms: fromMs, to_ms: toMs }: Board): string {
  const cues = segments
    .filter(({ start_ms: start, end_ms: end }) => start < toMs && end > fromMs)
    .map(({ start_ms: start, end_ms: end, text }) => {
      const times = [Math.max(start, fromMs), Math.min(end, toMs)].map((ms) => timeOf(ms - fromMs));
      return `${times.join(" --> ")}\n${escaped(text)}\n`;
    });
  return ["WEBVTT\n", ...cues].join("\n");
}

function timeOf(ms: number): string {
  const parts = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60];
  const seconds = ((ms % 60_000) / 1000).toFixed(3).padStart(6, "0");
  return [...parts.map((part) => String(part).padStart(2, "0")), seconds].join(":");
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/\s+/g, " ")
    .trim();
}
