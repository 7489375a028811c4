import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Api } from "../../src/api/client.ts";
import { metadataOf } from "../../src/api/resumable.ts";
import { Uploads } from "../../src/api/uploads.svelte.ts";

test("an upload tells its name in base 64 of its UTF-8", () => {
  expect(metadataOf({ filename: "Zürich 会議.mp3", filetype: "audio/mpeg" })).toBe(
    "filename WsO8cmljaCDkvJrorbAubXAz,filetype YXVkaW8vbXBlZw==",
  );
  expect(metadataOf({ filename: "a.wav", filetype: "" })).toBe("filename YS53YXY=,filetype ");
});

const SAVED = {
  key: "key",
  name: "talk.wav",
  bytes: 1000,
  modifiedMs: 0,
  sent: 1000,
  url: "https://service.example/api/v1/uploads/upl_1",
  options: {},
};

beforeEach(() => {
  const stored = new Map([["mp4totext.uploads", JSON.stringify([SAVED])]]);
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, value: string) => stored.set(name, value),
  });
  vi.stubGlobal("navigator", {
    locks: { query: () => Promise.resolve({ held: [] }), request: () => Promise.resolve() },
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A service that answers the request to transcribe an upload. */
function answering(status: number): { api: Api; asked: unknown[] } {
  const asked: unknown[] = [];
  const POST = (_: string, { body }: { body: unknown }) => {
    asked.push(body);
    const response = new Response(null, { status });
    return Promise.resolve({ response, ...(status < 300 ? { data: { id: "trn_1" } } : {}) });
  };
  return { api: { POST } as unknown as Api, asked };
}

test("an upload that is stored whole goes on after the page was closed, without its file", async () => {
  const { api, asked } = answering(202);
  const uploads = new Uploads(api);
  const accepted = new Promise((done) => uploads.onaccepted(done));
  await uploads.restore();
  expect(await accepted).toEqual({ id: "trn_1" });
  expect(asked).toEqual([{ upload_id: "upl_1", options: {} }]);
  expect(uploads.all).toEqual([]);
});

test("one that is refused again says so, and one that has expired asks for its file", async () => {
  for (const [status, state] of [
    [402, "refused"],
    [404, "needs-file"],
  ] as const) {
    const uploads = new Uploads(answering(status).api);
    await uploads.restore();
    await vi.waitFor(() => expect(uploads.all.map((each) => each.now.state)).toEqual([state]));
  }
});
