import { writeFileSync } from "node:fs";

import { type BrowserContext, type Page, expect } from "@playwright/test";

import { cuttingLine } from "./cutting.ts";
import { Service, newPerson } from "./service.ts";
import { noise, sound } from "./sounds.ts";
import { expecting, signIn, test } from "./test.ts";

const SLOW = 600_000; // bytes a second
const DISCONNECTED = "ERR_INTERNET_DISCONNECTED";
const rows = (page: Page) => page.getByRole("list", { name: "Recordings" });

interface Line {
  readonly open: () => Promise<void>;
  readonly cut: () => Promise<void>;
}

/** A connection so slow that an upload can be cut in the middle. */
async function slowLine(context: BrowserContext, page: Page): Promise<Line> {
  const client = await context.newCDPSession(page);
  const set = (uploadThroughput: number, offline: boolean) =>
    client.send("Network.emulateNetworkConditions", {
      offline,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await client.send("Network.enable");
  await set(SLOW, false);
  return {
    open: async () => void (await set(-1, false)),
    cut: async () => void (await set(0, true)),
  };
}

/** What is quickest to transcribe. */
async function askForEnglish(page: Page): Promise<void> {
  await page.getByText("Change", { exact: true }).click();
  await page.getByLabel("Language").selectOption("English");
  await page.getByLabel("Speakers").selectOption("Do not identify");
}

test("an upload that is cut goes on by itself", async ({ context, address, person: { page } }) => {
  test.info().annotations.push({ type: "expected", description: DISCONNECTED });
  const line = await slowLine(context, page);
  await page.getByLabel("Choose files").setInputFiles(await sound(address, "cut.wav"));
  await expect(page.getByText(/[1-9][\d.]* MB of/)).toBeVisible({ timeout: 20_000 });
  await line.cut();
  await expect(page.getByText(/Interrupted at/)).toBeVisible();
  await line.open();
  await expect(rows(page).getByText("cut.wav", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(rows(page).getByRole("listitem")).toHaveCount(1);
});

test("an upload that is cut at twenty places arrives once, and byte by byte @slow", async ({
  address,
  person: { page, email },
}) => {
  test.setTimeout(180_000);
  const line = await cuttingLine(address, 20, 300_000);
  expecting(line.address); // which is no other service
  expecting("ERR_CONNECTION");
  expecting("ERR_EMPTY_RESPONSE");
  expecting("status of 409"); // bytes of a broken connection arrived after the next had asked
  await signIn(page, line.address, email);
  await askForEnglish(page);
  const file = noise("cut-often.wav", 12);
  await page.getByLabel("Choose files").setInputFiles(file);
  await expect(rows(page).getByText("cut-often.wav", { exact: true })).toBeVisible({
    timeout: 150_000,
  });
  expect(line.cuts()).toBe(20);
  await expect(rows(page).getByRole("listitem")).toHaveCount(1);
  const listed = await page.request.get(`${address}/api/v1/transcriptions`);
  const { items } = (await listed.json()) as { items: { id: string }[] };
  const media = await page.request.get(`${address}/api/v1/transcriptions/${items[0]?.id}/media`);
  expect((await media.body()).equals(file.buffer)).toBe(true);
  line.close();
});

test("an upload of a closed tab goes on in another, with the same file @slow", async ({
  context,
  address,
  person: { page, email },
}) => {
  await slowLine(context, page);
  const file = test.info().outputPath("closed.wav"); // on a disk: it is the same one later
  writeFileSync(file, (await sound(address, "closed.wav")).buffer);
  await page.getByLabel("Choose files").setInputFiles(file);
  await expect(page.getByText(/[1-9][\d.]* MB of/)).toBeVisible({ timeout: 20_000 });
  const other = await context.newPage();
  await page.close();
  await signIn(other, address, email);
  await expect(other.getByText(/are stored. Choose the file again/)).toBeVisible();
  await other.getByLabel("Choose the file").setInputFiles(file);
  await expect(rows(other).getByText("closed.wav", { exact: true })).toBeVisible();
  await expect(rows(other).getByRole("listitem")).toHaveCount(1);
});

test("twenty files at once all become transcripts @slow", async ({ address, person: { page } }) => {
  test.setTimeout(150_000);
  await askForEnglish(page);
  const files = await Promise.all(
    Array.from({ length: 20 }, (_, n) => sound(address, `part-${n + 1}.wav`, 2)),
  );
  await page.getByLabel("Choose files").setInputFiles(files);
  await expect(rows(page).getByText("Ready")).toHaveCount(20, { timeout: 120_000 });
  for (const { name } of files) {
    await expect(rows(page).getByText(name, { exact: true })).toHaveCount(1);
  }
});

test("a service that is killed in the middle loses nothing, and does nothing twice @slow", async ({
  browser,
}) => {
  test.setTimeout(150_000);
  // How long after a death somebody else takes its job.
  const service = new Service({ JOB_LEASE_S: "10", JOB_SWEEP_S: "2" });
  await service.start();
  try {
    const { email } = await newPerson(service.address);
    expecting(`asked ${service.address}/`); // it has a service of its own
    expecting("ERR_CONNECTION"); // while that is dead
    expecting("ERR_EMPTY_RESPONSE");
    const page = await browser.newPage();
    await signIn(page, service.address, email);
    await askForEnglish(page);
    const file = await sound(service.address, "killed.wav");
    await page.getByLabel("Choose files").setInputFiles(file);
    await expect(rows(page).getByText("killed.wav", { exact: true })).toBeVisible();
    await service.kill();
    await service.start();
    await page.reload();
    await expect(rows(page).getByText("Ready")).toBeVisible({ timeout: 90_000 });
    await expect(rows(page).getByRole("listitem")).toHaveCount(1);
  } finally {
    await service.remove();
  }
});
