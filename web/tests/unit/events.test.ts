import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Events } from "../../src/api/events.svelte.ts";

class Socket {
  static all: Socket[] = [];
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  onclose?: () => void;

  constructor() {
    Socket.all.push(this);
  }

  close(): void {
    this.onclose?.();
  }
}

const listeners = new Map<string, () => void>(); // of the window

beforeEach(() => {
  vi.useFakeTimers();
  Socket.all = [];
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("document", { baseURI: "http://localhost/", addEventListener: () => {} });
  listeners.clear();
  vi.stubGlobal("addEventListener", (type: string, listener: () => void) =>
    listeners.set(type, listener),
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The pauses before a new connection, when each is opened and closed. */
async function pauses(times: number, said: string[]): Promise<number[]> {
  const measured: number[] = [];
  for (let n = 0; n < times; n++) {
    const { length } = Socket.all;
    const socket = Socket.all[length - 1];
    socket?.onopen?.();
    for (const data of said) socket?.onmessage?.({ data });
    socket?.onclose?.();
    const before = Date.now();
    while (Socket.all.length === length) await vi.advanceTimersByTimeAsync(100);
    measured.push(Date.now() - before);
  }
  return measured;
}

test("the pause grows while the service opens connections only to close them", async () => {
  const events = new Events();
  events.start();
  const error = JSON.stringify({ type: "error", code: "too_many_streams" });
  expect(await pauses(4, [error])).toEqual([500, 1_000, 2_000, 4_000]);
  expect(await pauses(3, [])).toEqual([8_000, 15_000, 15_000]);
  expect(await pauses(2, [JSON.stringify({ type: "ping" })])).toEqual([500, 500]);
});

test("without a network the page soon says that the service cannot be reached", async () => {
  const events = new Events();
  events.start();
  Socket.all[0]?.onopen?.();
  listeners.get("offline")?.(); // the socket that is open stays silent
  Socket.all[1]?.onclose?.();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(events.isAway).toBe(true);
});

test("a service on this machine is still there without a network", async () => {
  const events = new Events();
  events.start();
  Socket.all[0]?.onopen?.();
  listeners.get("offline")?.();
  Socket.all[1]?.onopen?.();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(events.isAway).toBe(false);
});
