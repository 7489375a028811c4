import type { Verbs } from "../../commands.ts";
import type { Catalogue } from "../../languages/languages.svelte.ts";
import { bordersAt, changedAt } from "../../transcript/passages.ts";
import { leaveButton, readingVerbs } from "../../transcript/reading.ts";
import type { Passage } from "../../transcript/passages.ts";
import type { Finding } from "./finding.svelte.ts";
import type { Opened } from "./recording.svelte.ts";
import { speakerVerbs } from "./speaker_verbs.ts";

interface Given {
  readonly opened: Opened;
  readonly finding: Finding;
  readonly texts: Catalogue["recording"]["said"];
  readonly say: (text: string) => void;
  readonly onexport: () => void;
  readonly onshare: () => void;
  readonly onspeaker: (passage: Passage) => void;
  readonly onrate: (rate: number) => void;
}

/** What every key of an open transcript does. */
export function verbsOf(given: Given): Verbs {
  const { editor, player, saver, view } = given.opened;
  const done = (work: () => void) => () => {
    work();
    return true;
  };
  const doubt = (step: 1 | -1) => () => {
    if (!view.stepDoubt(step)) return sayNothing(given);
    leaveButton();
    return true;
  };
  const editNeighbour = (step: 1 | -1) => {
    const passage = view.neighbour(step);
    return passage !== null && view.edit({ key: passage.key, offset: step > 0 ? 0 : Infinity });
  };

  const moveBorder = (side: "start" | "end") => {
    const passage = view.here;
    const edit = passage && bordersAt(editor.transcript, passage.key, side, player.ms);
    if (!edit || !editor.edit(edit)) return false;
    given.say(given.texts.moved);
    return true;
  };

  /** Undo and redo show what they change, and who is editing goes on there. */
  const stepped = (step: () => boolean, said: string) => () => {
    const isEditing = view.editing !== null;
    const before = editor.transcript;
    if (!step()) return isEditing;
    given.say(said);
    const place = changedAt(before, editor.transcript);
    if (place && isEditing) queueMicrotask(() => view.edit(place));
    else if (place) view.goTo(place, { seek: false });
    return true;
  };

  return {
    ...readingVerbs(given.opened, given.onrate),
    nextDoubt: doubt(1),
    previousDoubt: doubt(-1),
    follow: done(() => {
      view.setFollowing(!view.following);
      given.say(view.following ? given.texts.following : given.texts.notFollowing);
    }),
    find: () => {
      // Pressed again, it is the browser's own.
      if (given.finding.state === "find") return false;
      given.finding.open("find");
      return true;
    },
    replace: done(() => given.finding.open("replace")),
    export: done(given.onexport),
    share: done(given.onshare),
    undo: stepped(() => editor.undo(), given.texts.undone),
    redo: stepped(() => editor.redo(), given.texts.redone),
    startHere: () => moveBorder("start"),
    endHere: () => moveBorder("end"),
    check: () => {
      const passage = view.here;
      if (!passage) return false;
      editor.edit({ kind: "check", key: passage.key, checked: !passage.checked });
      given.say(passage.checked ? given.texts.notChecked : given.texts.checked);
      return true;
    },
    edit: () => view.editHere(),
    split: () => {
      const caret = view.caret();
      const newKey = crypto.randomUUID();
      if (!caret || !editor.edit({ kind: "split", key: caret.key, at: caret.offset, newKey })) {
        return view.editing !== null; // a line break is no part of a passage
      }
      queueMicrotask(() => view.edit({ key: newKey, offset: 0 }));
      given.say(given.texts.split);
      return true;
    },
    mergeBefore: () => {
      const caret = view.caret();
      const before = view.neighbour(-1);
      if (!caret || caret.offset > 0 || !before) return false;
      const at = before.text.length + (before.text ? 1 : 0);
      if (!editor.edit({ kind: "merge", key: before.key, following: caret.key })) return false;
      queueMicrotask(() => view.edit({ key: before.key, offset: at }));
      given.say(given.texts.merged);
      return true;
    },
    done: done(() => {
      const next = view.neighbour(1);
      view.endEditing();
      saver.flush();
      if (next) view.goTo({ key: next.key, offset: 0 });
      player.play();
    }),
    previousEditing: () => editNeighbour(-1),
    nextEditing: () => editNeighbour(1),
    nextDoubtEditing: () => view.editDoubt(1) || sayNothing(given),
    previousDoubtEditing: () => view.editDoubt(-1) || sayNothing(given),
    restore: () => {
      const passage = view.here;
      const is = passage !== null && editor.edit({ kind: "restore", key: passage.key });
      if (is) given.say(given.texts.restored);
      return is;
    },
    ...speakerVerbs(given.opened, given.onspeaker),
  };
}

function sayNothing(given: Given): boolean {
  given.say(given.texts.noDoubts);
  return true;
}
