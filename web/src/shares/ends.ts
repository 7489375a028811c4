export const ENDS = ["week", "day", "month", "date", "never"] as const;
export type End = (typeof ENDS)[number];

const DAY_MS = 86_400_000;
const DAYS = { day: 1, week: 7, month: 30 } as const;

/** When a link ends, for the service; null: never by itself. A last day counts to its end. */
export function endOf(end: End, lastDay: string, nowMs: number): string | null {
  if (end === "never") return null;
  if (end === "date") return new Date(`${lastDay}T23:59:59`).toISOString();
  return new Date(nowMs + DAYS[end] * DAY_MS).toISOString();
}
