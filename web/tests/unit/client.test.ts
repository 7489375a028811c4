import { afterEach, expect, test, vi } from "vitest";

import { type Call, addressOf, answer, createApi } from "../../src/api/client.ts";
import { Problem } from "../../src/api/problem.ts";
import type { Session } from "../../src/api/session.svelte.ts";

afterEach(() => vi.unstubAllGlobals());

/** An interface whose service gives these answers, and what it was asked. */
function answered(...answers: readonly Response[]) {
  const asked: Request[] = [];
  const left = [...answers];
  vi.stubGlobal("document", {
    baseURI: "https://a.example/words/",
    documentElement: { lang: "ja" },
  });
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(request);
    return Promise.resolve(left.shift());
  });
  const session = { refused: vi.fn() };
  return { asked, session, api: createApi(session as unknown as Session) as unknown as Untyped };
}

/** Calls of any path, which the document does not have. */
type Untyped = Record<"GET" | "POST" | "DELETE", (path: string, call?: Call) => Answer>;
type Answer = Promise<{ data?: unknown; error?: unknown; response: Response }>;

const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });

test("an address has its values encoded, lists repeated, and nothing that was not given", () => {
  const path = "/api/v1/transcriptions/{transcription_id}/words";
  expect(addressOf(path, { path: { transcription_id: "a/b ü" } })).toBe(
    "/api/v1/transcriptions/a%2Fb%20%C3%BC/words",
  );
  const query = {
    tag: ["red", "a&b"],
    q: "two words",
    from_ms: 0,
    all: false,
    none: null,
    un: undefined,
  };
  expect(addressOf("/x", { query })).toBe("/x?tag=red&tag=a%26b&q=two+words&from_ms=0&all=false");
  expect(addressOf("/x", { query: { tag: [] } })).toBe("/x");
  expect(addressOf("/x")).toBe("/x");
});

test("a request is below the page's base, in its language, with JSON and its headers", async () => {
  const { api, asked } = answered(json({ id: "whk_1" }, 201));
  const header = { "Idempotency-Key": "k", "X-None": undefined };
  const body = { url: "https://b.example/" };
  await answer(api.POST("/api/v1/webhooks", { body, params: { header } }));
  const request = asked[0]!;
  expect(request.url).toBe("https://a.example/words/api/v1/webhooks");
  expect(request.method).toBe("POST");
  expect(await request.json()).toEqual(body);
  expect(Object.fromEntries(request.headers)).toEqual({
    "accept-language": "ja",
    "content-type": "application/json",
    "idempotency-key": "k",
  });
});

test("a form is sent as one, without the type of JSON", async () => {
  const { api, asked } = answered(json({}));
  const form = new FormData();
  form.append("file", new Blob(["a"]), "a.png");
  await answer(api.POST("/x", { body: {}, bodySerializer: () => form }));
  expect(asked[0]!.headers.get("content-type")).toMatch(/^multipart\/form-data; boundary=/);
});

test("answers are JSON, bytes where they are asked for, or nothing", async () => {
  const { api } = answered(
    json({ n: 1 }),
    new Response("abc"),
    new Response(null, { status: 204 }),
  );
  expect(await answer(api.GET("/x"))).toEqual({ n: 1 });
  const bytes = await answer(api.GET("/x", { parseAs: "arrayBuffer" }));
  expect(new Uint8Array(bytes as ArrayBuffer)).toEqual(new Uint8Array([97, 98, 99]));
  expect(await answer(api.DELETE("/x"))).toBeUndefined();
});

test("an error is a problem, also a proxy's page, and 401 ends the session", async () => {
  const problem = json({ code: "insufficient_credits", detail: "Too few.", needed: 3 }, 402);
  const { api, session } = answered(
    problem,
    new Response("<h1>Bad", { status: 502 }),
    json({}, 401),
  );
  const refused = await answer(api.GET("/x")).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Problem);
  expect(refused).toMatchObject({ status: 402, code: "insufficient_credits", detail: "Too few." });
  await expect(answer(api.GET("/x"))).rejects.toMatchObject({ code: "http_502" });
  expect(session.refused).not.toHaveBeenCalled();
  await expect(answer(api.GET("/x"))).rejects.toMatchObject({ status: 401 });
  expect(session.refused).toHaveBeenCalledOnce();
});
