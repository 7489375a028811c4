import { type Api, type Schemas, answer } from "../../api/client.ts";
import { Resource } from "../../api/resource.svelte.ts";
import { type Chapter, chaptersOfText } from "../../transcript/understanding.ts";
import type { About } from "./recording.svelte.ts";

export interface Written {
  readonly texts: readonly Schemas["TextSummary"][]; // newest first
  readonly chapters: readonly Chapter[]; // of the newest text that has some
}

const PATH = "/api/v1/transcriptions/{transcription_id}/texts";

/** The texts of a recording, for the rail beside its transcript. */
export function writtenOf(api: Api, { id, version, segments }: About): Resource<Written> {
  const path = { transcription_id: id };
  return new Resource(async (signal) => {
    const params = { path, query: { limit: 100 } };
    const { items: texts } = await answer(api.GET(PATH, { params, signal }));
    const last = texts.find(
      (text) => text.kind === "chapters" && text.status === "succeeded" && text.version === version,
    );
    if (!last) return { texts, chapters: [] };
    const one = { params: { path: { ...path, text_id: last.id } }, signal };
    const { data } = await answer(api.GET(`${PATH}/{text_id}`, one));
    const starts = new Map(segments?.map((each) => [each.id, each.start_ms]));
    return { texts, chapters: chaptersOfText(data, starts) };
  });
}
