import { type Page, expect } from "@playwright/test";

import { ROUTES } from "../../src/routes.ts";
import { tooWide } from "./access.ts";
import { ADMIN } from "./service.ts";
import { sound } from "./sounds.ts";
import { expecting, signIn, test } from "./test.ts";
import { expectSpoken, treeOf } from "./tree.ts";

const PHONE_ON_ITS_SIDE = { width: 740, height: 360 };
const PARTS = ["users", "prices", "models", "providers", "jobs", "audit"];

/** The page as it is when all that it reads is there. */
async function opened(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(page.getByRole("main")).toHaveCount(1);
  await expect(page.locator(".skeleton")).toHaveCount(0);
  await page.waitForLoadState("networkidle");
}

async function walk(page: Page, address: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await page.setViewportSize({ width: 1280, height: 800 });
    await opened(page, address + path);
    await expectSpoken(page, path);
    await page.setViewportSize(PHONE_ON_ITS_SIDE);
    await expectSpoken(page, `${path} on a phone's side`);
    expect.soft(await tooWide(page), `${path} on a phone's side: scrolls sideways`).toEqual([]);
    expect
      .soft(await covered(page), `${path} on a phone's side: share that is covered`)
      .toBeLessThan(0.5);
  }
}

/** The share of the window's height that stays in place while the page scrolls. */
function covered(page: Page): Promise<number> {
  return page.evaluate(() => {
    const stays = [...document.querySelectorAll("body *")].filter((each) => {
      const { position } = getComputedStyle(each);
      const { top, bottom, width } = each.getBoundingClientRect();
      const isStuck = position === "fixed" || (position === "sticky" && bottom > innerHeight - 1);
      return isStuck && each.checkVisibility() && width > innerWidth / 2 && bottom > top;
    });
    const px = stays.reduce((sum, each) => sum + each.getBoundingClientRect().height, 0);
    return px / innerHeight;
  });
}

test("every page tells a screen reader what is on it, also on a phone that lies on its side @slow", async ({
  reader: { page, recording },
  address,
}) => {
  test.setTimeout(180_000);
  expecting("status of 404"); // of an address that leads nowhere
  const made = await page.request.post(`${address}/api/v1/transcriptions/${recording}/shares`, {
    data: {},
    headers: { Origin: address },
  });
  const { token } = (await made.json()) as { token: string };
  const paths = ROUTES.filter(({ name, path }) => name !== "admin" && !path.includes("{text}")).map(
    ({ path }) => path.replace("{id}", recording).replace("{token}", token),
  );
  await walk(page, address, [...paths, "/search?q=the", "/ask?q=the", "/nowhere"]);
});

test("every page of the administration tells a screen reader what is on it @slow", async ({
  page,
  address,
}) => {
  test.setTimeout(120_000);
  await signIn(page, address, ADMIN);
  await walk(page, address, ["/admin", ...PARTS.map((part) => `/admin/${part}`)]);
});

test("the tree has an upload, its progress, its end and its failure @slow", async ({
  context,
  person: { page },
  address,
}) => {
  test.setTimeout(120_000);
  expecting("status of 415");
  const client = await context.newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 400_000, // so slow that it can be looked at
  });
  const spoken = async () =>
    (await treeOf(page)).filter(({ live }) => live).map(({ name }) => name);
  await page.getByLabel("Choose files").setInputFiles(await sound(address, "talk.wav"));
  await expect.poll(spoken).toContain("1 recording is being uploaded");
  const bars = async () => (await treeOf(page)).filter(({ role }) => role === "progressbar");
  await expect.poll(bars).toHaveLength(1);
  expect((await bars())[0]?.name).toContain("talk.wav");
  await expect.poll(async () => Number((await bars())[0]?.value)).toBeGreaterThan(0);
  await expect.poll(spoken, { timeout: 90_000 }).toContain("talk.wav is ready.");
  expect((await treeOf(page)).find(({ name }) => name === "talk.wav is ready.")?.live).toBe(
    "polite",
  );

  const letter = { name: "letter.wav", mimeType: "audio/wav", buffer: Buffer.from("Dear Ada") };
  await page.getByLabel("Choose files").setInputFiles(letter);
  const urgent = async () =>
    (await treeOf(page)).filter(({ live }) => live === "assertive").map(({ name }) => name);
  await expect
    .poll(async () => (await urgent()).join(" "), { timeout: 30_000 })
    .toMatch(/not .*(audio|recording|media)/i);
});
