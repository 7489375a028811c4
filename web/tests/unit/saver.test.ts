import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../../src/api/client.ts";
import type { Drafts } from "../../src/api/drafts.ts";
import { Editor } from "../../src/transcript/editor.svelte.ts";
import { Saver } from "../../src/transcript/saver.svelte.ts";
import { transcript } from "./transcripts.ts";

afterEach(() => vi.useRealTimers());

const drafts = { put: async () => {}, clear: async () => {} } as unknown as Drafts;
const made = (data: object) => ({ data, response: new Response() });
const nothing = { version: 1, revision: 0, changed: [], removed: [], placed: {} };

test("an open conflict does not stop the saving of other passages", async () => {
  vi.useFakeTimers();
  const sent: string[] = [];
  const patch = async (_: string, { body }: { body: { edits: { id: string }[] } }) => {
    const [{ id } = { id: "" }] = body.edits;
    sent.push(id);
    if (id !== "p1") return made({ ...nothing, revision: 1 });
    const segments = [{ id, current: { text: "theirs" }, revision: 5 }];
    const error = { code: "edit_conflict", detail: "Changed elsewhere.", segments };
    return { error, response: new Response(null, { status: 409 }) };
  };
  const api = { PATCH: patch, GET: async () => made(nothing) } as unknown as Api;
  const editor = new Editor(transcript("Ada: one two / Bo: three four / Ada: five six"));
  const lost = vi.fn();
  const saver = new Saver({ api, drafts, recording: "trn_1", editor, onlost: lost });

  editor.type("p1", "mine", 0);
  editor.type("p2", "typed before the answer", 10_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toEqual(["p1", "p2"]);
  editor.type("p3", "typed after it", 20_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toEqual(["p1", "p2", "p3"]);
  expect(editor.pending).toHaveLength(1);
  expect(saver.now.state).toBe("conflict");
  expect(lost).not.toHaveBeenCalled();
});

test("a request is in the browser's copy before it is sent, and so the same when it is repeated", async () => {
  vi.useFakeTimers();
  const steps: unknown[] = [];
  const slow = {
    put: async (_: string, { changes }: { changes: { request: unknown }[] }) => {
      await new Promise((kept) => setTimeout(kept, 300));
      steps.push(changes[0]?.request ? "kept with its request" : "kept");
    },
    clear: async () => {},
  } as unknown as Drafts;
  const patch = async () => {
    steps.push("sent");
    return made({ ...nothing, revision: 1 });
  };
  const api = { PATCH: patch, GET: async () => made(nothing) } as unknown as Api;
  const editor = new Editor(transcript("Ada: one two"));
  new Saver({ api, drafts: slow, recording: "trn_1", editor, onlost: vi.fn() });

  editor.type("p1", "one two three", 0);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(steps).toEqual(["kept", "kept with its request", "sent"]);
});
