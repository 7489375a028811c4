import { type Page, expect } from "@playwright/test";

import { special, openRecording, test } from "./test.ts";

const FRAME_MS = 20; // at 60 frames a second with a little room
const QUIET_FRAME_MS = 17;
const KEY_MS = 50;
const KEY_RATIO = 3; // where that is more: of what it takes in a short recording
const FRAMES = 0.95; // of all that must be within it

/** How long each frame took while something happened. */
async function framesDuring(page: Page, work: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(window, { frames: times });
    let before = performance.now();
    const frame = (now: number) => {
      times.push(now - before);
      before = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await work();
  const frames = await page.evaluate(() => (window as unknown as { frames: number[] }).frames);
  return frames.slice(2);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? Infinity;
}

test("a recording of ten hours opens, scrolls, is typed in and is searched without a wait @slow", async ({
  address,
  reader,
}) => {
  // What others do on this machine delays keys, too: a short recording shows how much.
  const text = "some words that are typed here";
  await reader.passages.first().dblclick({ position: { x: 40, y: 12 } });
  const inShort = percentile(await keysToPaint(reader.page, text), FRAMES);
  const { page, passages } = await openRecording(reader.page, address, special("LONG"));
  await expect(passages).toHaveCount(5_000);

  // What others do on this machine slows every frame: limits are of a quiet one, times that.
  const still = await framesDuring(page, () => page.waitForTimeout(1_000));
  const slowness = Math.max(1, percentile(still, FRAMES) / QUIET_FRAME_MS);

  const scrolled = await framesDuring(page, async () => {
    await page.evaluate(async () => {
      for (let step = 0; step < 120; step += 1) {
        scrollBy(0, 50); // 3,000 px a second
        await new Promise((done) => requestAnimationFrame(done));
      }
    });
  });
  expect(percentile(scrolled, FRAMES), "scrolling").toBeLessThanOrEqual(FRAME_MS * slowness);

  await page.evaluate(() => scrollTo(0, 0));
  await passages.nth(3).dblclick({ position: { x: 40, y: 12 } });
  const inLong = percentile(await keysToPaint(page, text), FRAMES);
  expect(inLong, "key to paint").toBeLessThanOrEqual(Math.max(KEY_MS, inShort * KEY_RATIO));

  await page.requestGC(); // what is in use, not what nobody has collected yet
  const heap = await page.evaluate(
    () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
  );
  expect(heap, "memory").toBeLessThan(60e6);
});

/** From each key until what it did is painted, as the browser itself measures it. */
async function keysToPaint(page: Page, text: string): Promise<number[]> {
  await page.evaluate(() => {
    const durations: number[] = [];
    Object.assign(window, { durations });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntriesByType("event")) {
        if (entry.name === "keydown") durations.push(entry.duration);
      }
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });
  await page.keyboard.type(text, { delay: 60 });
  const slowest = () => (window as unknown as { durations: number[] }).durations;
  await expect.poll(() => page.evaluate(slowest)).not.toHaveLength(0);
  const measured = await page.evaluate(slowest);
  // Faster ones than the browser reports are there, too.
  return [...measured, ...Array<number>(Math.max(0, text.length - measured.length)).fill(0)];
}
