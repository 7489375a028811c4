import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../../src/api/client.ts";
import type { Drafts } from "../../src/api/drafts.ts";
import { Editor } from "../../src/transcript/editor.svelte.ts";
import { Saver } from "../../src/transcript/saver.svelte.ts";
import { transcript } from "./transcripts.ts";

afterEach(() => vi.useRealTimers());

const drafts = { put: async () => {}, clear: async () => {} } as unknown as Drafts;
const made = (data: object) => ({ data, response: new Response() });
const nothing = { version: 1, revision: 0, changed: [], changes: [], removed: [], placed: {} };

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

test("what was typed a moment before the window is left is kept, and sent, at once", async () => {
  vi.useFakeTimers();
  const steps: string[] = [];
  const noted = { put: async () => void steps.push("kept") } as unknown as Drafts;
  const patch = () => new Promise(() => void steps.push("sent"));
  const api = { PATCH: patch } as unknown as Api;
  const editor = new Editor(transcript("Ada: one two"));
  const saver = new Saver({ api, drafts: noted, recording: "trn_1", editor, onlost: vi.fn() });

  editor.type("p1", "one two three", 0);
  saver.leave();
  expect(steps[0]).toBe("kept");
  await vi.advanceTimersByTimeAsync(0);
  expect(steps).toContain("sent");
});

const segment = (id: string, text: string, revision: number) => ({
  ...{ id, text, revision, start_ms: 0, end_ms: 2_000, speaker: null, language: null },
  ...{ recognised_text: null, checked: false, confidence: null, words: null },
});

/** A service at which another editor changes p2, at the revision before or after the own change. */
function sharedWith(other: "before" | "after") {
  const theirs = other === "before" ? 1 : 2;
  const mine = 3 - theirs;
  const asked: number[] = [];
  let told: () => void = () => undefined;
  const patch = async () => {
    told(); // of their change, before the answer arrives
    const changed = [segment("p1", "mine", mine)];
    return made({ ...nothing, revision: mine, changed });
  };
  const changes = async (_: string, { params }: { params: { query: { since: number } } }) => {
    const { since } = params.query;
    asked.push(since);
    const changed = theirs > since ? [segment("p2", "theirs", theirs)] : [];
    return made({ ...nothing, revision: 2, changed });
  };
  const api = { PATCH: patch, GET: changes } as unknown as Api;
  const editor = new Editor(transcript("Ada: one / Bo: two"));
  const saver = new Saver({ api, drafts, recording: "trn_1", editor, onlost: vi.fn() });
  told = () => saver.catchUpSoon(theirs);
  return { editor, asked };
}

test.each(["before", "after"] as const)(
  "what somebody else changed just %s the own change is read",
  async (other) => {
    vi.useFakeTimers();
    const { editor, asked } = sharedWith(other);

    editor.type("p1", "mine", 0);
    await vi.advanceTimersByTimeAsync(2_000);

    expect(editor.transcript.passages.map(({ text }) => text)).toEqual(["mine", "theirs"]);
    expect(asked).toHaveLength(1);
  },
);

test("the answer to a repeated request brings back no older text", () => {
  const editor = new Editor(transcript("Ada: one / Bo: two"));
  editor.type("p1", "one, two", 0);
  const change = editor.next();
  editor.adopt({ ...nothing, revision: 2, changed: [segment("p1", "one, two, three", 2)] });

  editor.confirmed(change!, { ...nothing, revision: 1, changed: [segment("p1", "one, two", 1)] });

  expect(editor.transcript.passages[0]?.text).toBe("one, two, three");
});
