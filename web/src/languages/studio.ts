import type { StudioSentences } from "./en.studio.ts";

type Load = () => Promise<{ default: StudioSentences }>;

const english: Load = () => import("./en.studio.ts");

/** Languages that have these sentences; all others read them in English. */
const LOADED_BY: Readonly<Record<string, Load>> = { en: english };

/** What the pages of pictures and video, and the reading voice, say in a language. */
export async function studioSentences(code: string): Promise<StudioSentences> {
  const load = LOADED_BY[code] ?? english;
  return (await load()).default;
}
