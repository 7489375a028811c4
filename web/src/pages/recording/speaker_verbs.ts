import type { Verbs } from "../../commands.ts";
import type { Passage } from "../../transcript/passages.ts";
import type { Opened } from "./recording.svelte.ts";

const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** The digits give the passage in use to a speaker, as they stand in the list. */
export function speakerVerbs(opened: Opened, onspeaker: (passage: Passage) => void): Verbs {
  const { editor, view } = opened;
  const give = (index: number) => {
    const passage = view.here;
    const speaker = editor.transcript.speakers[index];
    if (!passage || !speaker) return false;
    editor.edit({ kind: "speak", keys: [passage.key], speaker: speaker.id });
    return true;
  };
  const verbs: Verbs = {
    speaker: () => {
      const passage = view.here;
      if (passage) onspeaker(passage);
      return passage !== null;
    },
  };
  for (const digit of DIGITS) {
    verbs[`speaker${digit}`] = () => give(digit - 1);
    verbs[`speakerEditing${digit}`] = () => give(digit - 1);
  }
  return verbs;
}
