import { clock } from "../../languages/format.ts";
import type { StudioSentences } from "../../languages/en.studio.ts";
import type { Image } from "./pictures.svelte.ts";

/** What a picture is called: where a frame is from, or what is to be seen in it. */
export function nameOf(image: Image, t: StudioSentences): string {
  if (image.source_ms !== null) return t.picture.frameAt(clock(image.source_ms));
  return image.alt_text || image.prompt || t.picture.untitled;
}
