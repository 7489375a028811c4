import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Session } from "../../src/api/session.svelte.ts";

const ADA = { id: "usr_1", full_name: "Ada Lindqvist" };

let asked: string[];
let answers: Response[];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answers = [];
  vi.stubGlobal("document", { baseURI: "http://page/", documentElement: { lang: "en" } });
  vi.stubGlobal("location", { hash: "", pathname: "/", search: "" });
  vi.stubGlobal("history", { state: null, replaceState: () => undefined });
  vi.stubGlobal("fetch", (url: URL) => {
    asked.push(url.pathname);
    const next = answers.shift();
    return next ? Promise.resolve(next) : Promise.reject(new TypeError("no network"));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const busy = () => new Response("{}", { status: 503, headers: { "retry-after": "3" } });
const signedIn = () => new Response(JSON.stringify({ user: ADA }));

test("a service that restarts is asked again, and nobody has to sign in", async () => {
  answers = [busy(), signedIn()];
  const session = new Session();
  await session.start();
  expect(session.now).toMatchObject({ state: "unreachable", problem: { status: 503 } });
  await vi.advanceTimersByTimeAsync(2_900);
  expect(session.now.state).toBe("unreachable");
  await vi.advanceTimersByTimeAsync(200);
  expect(session.now).toEqual({ state: "signed-in", user: ADA });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(2);
});

test("without a network the pauses grow", async () => {
  const session = new Session();
  await session.start();
  await vi.advanceTimersByTimeAsync(15_000); // after 2, 4 and 8 seconds
  expect(asked).toHaveLength(4);
});

test("the code of a link is sent again to a service that was away", async () => {
  location.hash = "#code=abc";
  answers = [busy(), new Response(JSON.stringify(ADA))];
  const session = new Session();
  await session.start();
  location.hash = ""; // the page has removed it from the address
  await vi.advanceTimersByTimeAsync(3_100);
  expect(asked).toEqual(["/api/v1/auth/session/code", "/api/v1/auth/session/code"]);
  expect(session.user).toEqual(ADA);
});

test("a code that is refused asks who is there", async () => {
  location.hash = "#code=used";
  answers = [new Response("{}", { status: 401 })];
  const session = new Session();
  await session.start();
  expect(session.now).toMatchObject({ state: "signed-out", problem: { status: 401 } });
});
