import { expect, test, vi } from "vitest";

import type { App } from "../../src/app.ts";
import { OrderPreview } from "../../src/pages/video/preview.svelte.ts";

type Asked = Parameters<OrderPreview["ask"]>[0];
const order = (title: string) =>
  ({ preset: "audiogram", title, transcription_id: "trn_1" }) as Asked;

/** A service that draws every order except one without a title. */
function scripted(): { preview: OrderPreview; asked: string[] } {
  const asked: string[] = [];
  const POST = async (_: string, { body }: { body: { title: string } }) => {
    asked.push(body.title);
    if (body.title) return { data: new ArrayBuffer(8), response: new Response() };
    const error = { code: "no_preview", status: 422, detail: "It is too large." };
    return { error, response: new Response(null, { status: 422 }) };
  };
  return { preview: new OrderPreview({ api: { POST } } as unknown as App), asked };
}

test("while somebody types, only the last order is drawn", async () => {
  const { preview, asked } = scripted();
  for (const title of ["T", "Ti", "Title"]) preview.ask(order(title))();
  preview.ask(order("Title"));
  await vi.waitFor(() => expect(preview.address).toMatch(/^blob:/));
  expect(asked).toEqual(["Title"]);
  expect(preview.isOld).toBe(false);
  preview.stop();
  expect(preview.address).toBeNull();
});

test("what cannot be drawn leaves the picture before it, and says why", async () => {
  const { preview } = scripted();
  preview.ask(order("Title"));
  await vi.waitFor(() => expect(preview.address).not.toBeNull());
  const before = preview.address;
  preview.ask(order(""));
  await vi.waitFor(() => expect(preview.problem?.detail).toBe("It is too large."));
  expect([preview.address, preview.isOld]).toEqual([before, true]);
  preview.ask(order("Another"));
  await vi.waitFor(() => expect(preview.problem).toBeNull());
  expect(preview.address).not.toBe(before);
});
