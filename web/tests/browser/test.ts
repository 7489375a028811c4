import { type BrowserContext, type Locator, type Page, test as base } from "@playwright/test";

import {
  PASSWORD,
  type Ready,
  type Special,
  newPerson,
  newReady,
  readPrepared,
  writePrepared,
} from "./service.ts";

export { expect } from "@playwright/test";

interface Fixtures {
  /** Where the service is. */
  address: string;
  /** A new account, signed in at the library. */
  person: { email: string; page: Page };
  /** An account whose recording is open: five passages by two speakers. */
  reader: Reader;
  quiet: undefined;
}

export interface Reader {
  readonly page: Page;
  readonly email: string;
  readonly recording: string;
  readonly passages: Locator;
}

export const test = base.extend<Fixtures>({
  address: async ({}, use) => {
    await use(readPrepared(base.info().parallelIndex).address);
  },

  person: async ({ page, address }, use) => {
    const { email } = await newPerson(address);
    await signIn(page, address, email);
    await use({ email, page });
  },

  reader: async ({ page, address }, use) => {
    await use(await opened(page, address, await takeReady()));
  },

  // In every test: no request to another address, no error on the console, no report of the policy.
  quiet: [
    async ({ browser, page, address }, use, info) => {
      const faults: string[] = [];
      watch(page, address, faults);
      const watchAll = (context: BrowserContext) =>
        context.on("page", (other) => watch(other, address, faults));
      watchAll(page.context());
      browser.on("context", watchAll); // of somebody else, as a visitor of a shared link
      await use(undefined);
      browser.off("context", watchAll);
      const expected = info.annotations
        .filter(({ type }) => type === "expected")
        .map((each) => each.description ?? "");
      const unexpected = faults.filter((fault) => !expected.some((text) => fault.includes(text)));
      base.expect(unexpected).toEqual([]);
    },
    { auto: true },
  ],
});

/** Says that a test provokes an error that the console reports, as a refused request. */
export function expecting(text: string): void {
  test.info().annotations.push({ type: "expected", description: text });
}

export async function signIn(page: Page, address: string, email: string): Promise<void> {
  await openSession(page, address, email);
  await page.goto(address);
  await logIn(page, email);
}

/** The cookie that the page's form gets, where there is none: a form for each test takes a second. */
async function openSession(page: Page, address: string, email: string): Promise<void> {
  const context = page.context();
  if ((await context.cookies(address)).some(({ name }) => name.startsWith("mp4totext-"))) return;
  const answer = await context.request.post(`${address}/api/v1/auth/session`, {
    data: { email, password: PASSWORD },
    headers: { Origin: address, "User-Agent": await page.evaluate(() => navigator.userAgent) },
  });
  base.expect(answer.status()).toBe(200);
}

/** At whatever address the page is: its dialog asks who is there. */
export async function logIn(page: Page, email: string): Promise<void> {
  const account = page.getByRole("button", { name: "Account and settings" });
  await account.or(page.getByLabel("E-mail")).first().waitFor();
  if (await account.isVisible()) return; // the session goes on after a reload
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  // The page may be in the language of the account by then, so its own buttons have other names.
  await page.getByLabel("E-mail").waitFor({ state: "hidden" });
}

/** One of 100,000 words, one with a picture, or one that no browser plays. */
export function special(name: Special): Ready {
  return readPrepared(base.info().parallelIndex).special[name];
}

/** Of an account of its own: whoever was signed in in the browser is so no more. */
export async function openRecording(page: Page, address: string, ready: Ready): Promise<Reader> {
  await page.goto("about:blank");
  await page.context().clearCookies();
  return opened(page, address, ready);
}

export async function opened(page: Page, address: string, ready: Ready): Promise<Reader> {
  await openSession(page, address, ready.email);
  await page.goto(`${address}/r/${ready.recording}`);
  await logIn(page, ready.email);
  const passages = page.getByRole("main").locator("p[data-passage]");
  await passages.first().waitFor();
  return { ...ready, page, passages };
}

/** From the accounts that the service was set up with; a worker may get more tests than those. */
async function takeReady(): Promise<Ready> {
  const { parallelIndex } = base.info();
  const prepared = readPrepared(parallelIndex);
  const taken = prepared.ready.shift();
  writePrepared(parallelIndex, prepared);
  return taken ?? newReady(prepared);
}

function watch(page: Page, address: string, faults: string[]): void {
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    faults.push(message.text() || `${message.type()} without a text at ${message.location().url}`);
  });
  page.on("pageerror", (error) => faults.push(error.stack || `${error.name}: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(blob|data):/.test(url)) faults.push(`asked ${url}`);
  });
}
