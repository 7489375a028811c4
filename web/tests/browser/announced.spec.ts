import { type Page, expect } from "@playwright/test";

import { sound } from "./sounds.ts";
import { expecting, test } from "./test.ts";

/** What a screen reader says by itself: the words of live regions, as they change. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const live = "[role=status], [role=alert], [role=log], output";
    const hear = (node: Node) => {
      const element = node instanceof Element ? node : node.parentElement;
      const region = element?.closest(live) ?? element?.querySelector("[role=alert]");
      const text = region?.textContent?.replace(/\s+/g, " ").trim();
      if (text && said.at(-1) !== text) said.push(text);
    };
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes)
        for (const node of [target, ...addedNodes]) hear(node);
    }).observe(document, { childList: true, characterData: true, subtree: true });
  });
  await page.reload();
  return () => page.evaluate(() => (window as unknown as { said: string[] }).said);
}

test("an upload, its end and a failure are said", async ({ person: { page }, address }) => {
  test.setTimeout(120_000);
  expecting("status of 415");
  const said = await listen(page);
  await page.getByLabel("Choose files").setInputFiles(await sound(address, "talk.wav", 5));
  await expect.poll(said).toContain("1 recording is being uploaded");
  await expect.poll(said, { timeout: 90_000 }).toContain("talk.wav is ready.");
  const letter = { name: "letter.wav", mimeType: "audio/wav", buffer: Buffer.from("Dear Ada") };
  await page.getByLabel("Choose files").setInputFiles(letter);
  await expect
    .poll(async () => (await said()).join(" "), { timeout: 30_000 })
    .toMatch(/letter\.wav could not be transcribed|not .*(audio|recording|media)/i);
});

test("progress is said at each quarter, and the end", async ({
  reader: { page, recording },
  address,
}) => {
  // As it is while its job runs.
  const about = new RegExp(`/api/v1/transcriptions/${recording}(\\?|$)`);
  await page.route(about, async (route) => {
    const answer = await route.fetch();
    const known = (await answer.json()) as object;
    await route.fulfill({ json: { ...known, version: null, status: "running" } });
  });
  let send: (event: object) => void = () => undefined;
  await page.routeWebSocket(/api\/v1\/ws/, (socket) => {
    socket.connectToServer();
    send = (event) => socket.send(JSON.stringify({ seq: 0, subject_id: recording, ...event }));
  });
  const said = await listen(page);
  await expect(page.getByRole("progressbar", { name: "Progress" })).toBeVisible();
  for (const done of [5, 20, 26, 30, 55, 80, 100]) {
    send({ type: "progress", stage: "transcribe", done: done * 1000, total: 100_000 });
    await expect(
      page.getByText(
        `Heard ${done < 60 ? `0:${String(done).padStart(2, "0")}` : `1:${done - 60}`} of 1:40`,
      ),
    ).toBeVisible();
  }
  const quarters = async () => (await said()).filter((each) => each.includes("transcribed."));
  expect(await quarters()).toEqual(
    [25, 50, 75].map((percent) => `A long day: ${percent}% transcribed.`),
  );
  await page.unroute(about);
  send({ type: "job_complete", operation: "transcribe" });
  await expect.poll(said).toContain("A long day is ready.");
  expect(page.url()).toContain(address);
});
