import { type Page, test as base } from "@playwright/test";

export { expect } from "@playwright/test";

export const PASSWORD = "correct horse battery";
let people = 0;

interface Fixtures {
  /** Where the service is. */
  address: string;
  /** A new account, signed in at the library. */
  person: { email: string; page: Page };
  quiet: undefined;
}

export const test = base.extend<Fixtures>({
  address: async ({}, use) => {
    await use(process.env["PAGE_ADDRESS"] ?? "");
  },

  person: async ({ page, address }, use) => {
    const email = await newAccount(address);
    await signIn(page, address, email);
    await use({ email, page });
  },

  // In every test: no request to another address, no error on the console, no report of the policy.
  quiet: [
    async ({ page, address }, use, info) => {
      const faults: string[] = [];
      watch(page, address, faults);
      page.context().on("page", (other) => watch(other, address, faults));
      await use(undefined);
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

export async function newAccount(address: string): Promise<string> {
  people += 1;
  const email = `person${people}-${process.pid}@example.com`;
  const response = await fetch(`${address}/api/v1/auth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password: PASSWORD, full_name: "Ada Lindqvist" }),
  });
  if (!response.ok) throw new Error(`No account: ${response.status} ${await response.text()}`);
  return email;
}

export async function signIn(page: Page, address: string, email: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: "Account and settings" }).waitFor();
}

function watch(page: Page, address: string, faults: string[]): void {
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(blob|data):/.test(url)) faults.push(`asked ${url}`);
  });
}
