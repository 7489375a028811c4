import { expect, test } from "vitest";

import { Problem } from "../../src/api/problem.ts";
import type { Change } from "../../src/transcript/changes.ts";
import { Editor } from "../../src/transcript/editor.svelte.ts";
import { passageOf } from "../../src/transcript/passages.ts";
import { transcript, written } from "./transcripts.ts";

let now = 0;
const typed = (editor: Editor, key: string, text: string) =>
  editor.type(key, text, (now += 10_000));

const changedElsewhere = (id: string) =>
  new Problem({
    code: "edit_conflict",
    status: 409,
    detail: "Somebody else changed it.",
    facts: { segments: [{ id, current: { text: "theirs" }, revision: 5 }] },
  });

/** An editor whose change of the first passage was refused: somebody else had changed it. */
function refused(): Editor {
  const editor = new Editor(transcript("Ada: one two / Bo: three four / Ada: five six"));
  typed(editor, "p1", "mine");
  editor.refused(sendable(editor), changedElsewhere("p1"));
  return editor;
}

function sendable(editor: Editor): Change {
  const change = editor.next();
  if (!change) throw new Error("nothing can be sent");
  return change;
}

function stored(editor: Editor, change: Change, revision: number): void {
  editor.confirmed(change, { version: 1, revision, changed: [], removed: [], placed: {} });
}

test("other passages are stored while the conflict of one is open", () => {
  const editor = refused();
  expect(editor.next()).toBeNull();
  typed(editor, "p3", "later");
  const later = sendable(editor);
  expect(later.order).toMatchObject({ edits: [{ action: "text", key: "p3", text: "later" }] });
  stored(editor, later, 6);
  expect(editor.next()).toBeNull();
  expect(editor.conflicts.get("p1")?.mine).toBe("mine");
});

test("what builds on the passage in conflict waits, and goes after it", () => {
  const editor = refused();
  editor.edit({ kind: "split", key: "p1", at: 2, newKey: "p1b" });
  typed(editor, "p1b", "new half");
  editor.edit({ kind: "speak", keys: ["p1"], speaker: "new-1" });
  editor.edit({ kind: "rename", speaker: "new-1", name: "Cem" });
  expect(editor.next()).toBeNull();
  editor.decide("p1", "mine");
  const mine = sendable(editor);
  expect(mine.order).toMatchObject({ edits: [{ key: "p1", text: "mine" }] });
  expect(mine.seen["p1"]).toBe(5);
});

test("a second conflict leaves the first one open, and each is decided alone", () => {
  const editor = refused();
  typed(editor, "p2", "also mine");
  editor.refused(sendable(editor), changedElsewhere("p2"));
  expect([...editor.conflicts.keys()]).toEqual(["p1", "p2"]);
  editor.decide("p2", "theirs");
  expect(passageOf(editor.transcript, "p2")?.text).toBe("three four");
  expect(written(editor.transcript)).toContain("Ada: mine");
  expect(editor.next()).toBeNull();
  editor.decide("p1", "mine");
  expect(sendable(editor).order).toMatchObject({ edits: [{ key: "p1", text: "mine" }] });
});

test("undo of a change in conflict is sent once its own text was chosen", () => {
  const editor = refused();
  editor.undo();
  expect(editor.next()).toBeNull();
  editor.decide("p1", "mine");
  stored(editor, sendable(editor), 6);
  expect(sendable(editor).request).toMatchObject({ to: "undo", body: { undo_of: 6 } });
});

test("undo of a stored change is sent by the page that is opened after this one", () => {
  const text = "Ada: one two";
  const editor = new Editor(transcript(text));
  typed(editor, "p1", "one");
  stored(editor, sendable(editor), 6);
  editor.undo();
  const kept = structuredClone(editor.pending); // as the browser keeps it
  const next = sendable(new Editor(transcript(text), kept));
  expect(next.request).toMatchObject({ to: "undo", body: { undo_of: 6 } });
});

test("what was written in both halves of a refused split is kept, and each half is decided", () => {
  const editor = new Editor(transcript("Ada: one two / Bo: three"));
  editor.edit({ kind: "split", key: "p1", at: 4, newKey: "new" });
  typed(editor, "p1", "first");
  typed(editor, "new", "second");
  typed(editor, "new", "second half");
  editor.refused(sendable(editor), changedElsewhere("p1"));
  expect([...editor.conflicts.values()]).toMatchObject([
    { key: "p1", mine: "first", theirs: "one two" },
    { key: "new", mine: "second half", theirs: null },
  ]);
  expect(editor.conflictsOfRemoved.map(({ key }) => key)).toEqual(["new"]); // nowhere in the text
  expect(editor.next()).toBeNull(); // half of a passage is not stored as all of it
  editor.decide("new", "theirs");
  editor.decide("p1", "theirs");
  expect([editor.conflicts.size, editor.pending.length]).toEqual([0, 0]);
  expect(written(editor.transcript)).toBe("Ada: one two / Bo: three");
});

test("a text in a passage that somebody removed is shown with a choice", () => {
  const editor = new Editor(transcript("Ada: one two / Bo: three"));
  typed(editor, "p2", "mine");
  const removal = { changed: [], removed: ["p2"], placed: {}, changes: [] };
  editor.adopt({ version: 1, revision: 3, ...removal } as never);
  expect(editor.next()).toBeNull();
  expect(editor.conflictsOfRemoved).toMatchObject([{ key: "p2", mine: "mine", theirs: null }]);
  editor.decide("p2", "theirs");
  expect(editor.conflictsOfRemoved).toEqual([]);
  expect(editor.pending).toEqual([]);
});

test("theirs drops all that was typed in the passage since", () => {
  const editor = refused();
  typed(editor, "p1", "mine, and more");
  editor.decide("p1", "theirs");
  expect(editor.next()).toBeNull();
  expect(written(editor.transcript)).toContain("Ada: one two");
});
