import { expect, test, vi } from "vitest";

import { Events, type ServiceEvent } from "../../src/api/events.svelte.ts";
import { Paged } from "../../src/api/paged.svelte.ts";
import type { App } from "../../src/app.ts";
import { Pictures } from "../../src/pages/pictures/pictures.svelte.ts";
import { Videos } from "../../src/pages/video/videos.svelte.ts";
import { type Told, Works } from "../../src/studio/works.svelte.ts";

/** An app whose service answers empty lists, and its events as another tab causes them. */
function scripted(): { app: App; asked: string[]; tell: (event: Partial<ServiceEvent>) => void } {
  const asked: string[] = [];
  const listeners = new Map<string, ((event: ServiceEvent) => void)[]>();
  const events = Object.assign(new Events(), {
    on(type: string, listener: (event: ServiceEvent) => void) {
      listeners.set(type, [...(listeners.get(type) ?? []), listener]);
      return () => listeners.delete(type);
    },
  });
  const GET = async (path: string) => {
    asked.push(path);
    return { data: { items: [] }, response: new Response() };
  };
  const tell = (event: Partial<ServiceEvent>) => {
    const whole = { type: "", seq: 1, jobId: null, body: {}, ...event };
    for (const listener of listeners.get(whole.type) ?? []) listener(whole);
  };
  return { app: { api: { GET }, events, toasts: {} } as unknown as App, asked, tell };
}

test("pictures are read again when another tab adds or deletes one of this recording", async () => {
  const { app, asked, tell } = scripted();
  new Pictures(app, "trn_1").follow(() => expect.unreachable());
  tell({ type: "image", body: { transcription_id: "trn_2", change: "ready" } });
  expect(asked).toEqual([]);
  tell({ type: "image", body: { transcription_id: "trn_1", change: "deleted" } });
  await vi.waitFor(() =>
    expect(asked).toEqual(["/api/v1/images/transcription/{transcription_id}"]),
  );
});

test("videos are read again when another tab adds or deletes one of this recording", async () => {
  const { app, asked, tell } = scripted();
  new Videos(app, { id: "trn_1" }).follow(() => expect.unreachable());
  tell({ type: "video", body: { transcription_id: "trn_2", change: "ready" } });
  expect(asked).toEqual([]);
  tell({ type: "video", body: { transcription_id: "trn_1", change: "ready" } });
  await vi.waitFor(() =>
    expect(asked).toEqual(["/api/v1/transcriptions/{transcription_id}/videos"]),
  );
});

test("a job that another tab has ordered is shown from its first progress on", () => {
  const { app, asked, tell } = scripted();
  const works = new Works(app, { operation: "render_video", recording: "trn_1" });
  const told: Told[] = [];
  works.follow((each) => told.push(each));
  const body = { subject_id: "trn_1", stage: "scenes", done: 1, total: 4, eta_ms: 900 };
  for (let done = 1; done < 4; done++) {
    tell({ type: "progress", jobId: "job_1", body: { ...body, done } });
  }
  expect(told).toEqual(["begun"]);
  expect(asked).toEqual(["/api/v1/jobs"]);
  expect(works.stepOf("job_1")).toEqual({ stage: "scenes", done: 3, total: 4, etaMs: 900 });
});

test("a list that is read again has as many rows as were shown", async () => {
  const rows = [1, 2, 3, 4, 5];
  const paged = new Paged(async (cursor) => {
    const from = Number(cursor ?? 0);
    const next = from + 2 < rows.length ? String(from + 2) : null;
    return { items: rows.slice(from, from + 2), next_cursor: next };
  });
  await paged.list.load();
  expect(paged.list.value).toEqual({ items: [1, 2], next: "2" });
  await paged.more();
  rows.unshift(0);
  await paged.list.load();
  expect(paged.list.value).toEqual({ items: [0, 1, 2, 3], next: "4" });
});
