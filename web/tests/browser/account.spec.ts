import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { logIn, test } from "./test.ts";

test("preferences follow the account to another browser, which can be signed out", async ({
  person: { page, email },
  address,
  browser,
}) => {
  await page.goto(`${address}/account`);
  const kept = page.waitForRequest(
    (request) => request.method() === "PUT" && request.url().endsWith("/auth/me/preferences"),
  );
  await page.getByLabel("Colours").selectOption("Dark");
  await kept;
  await expect(page.getByText(/take \d/)).toBeVisible(); // the storage

  const other = await (await browser.newContext({ colorScheme: "light" })).newPage();
  await other.goto(`${address}/account`);
  await logIn(other, email);
  await expect(other.getByLabel("Colours")).toHaveValue("dark");
  await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");

  await page.getByLabel("Colours").selectOption("Colours of the system");
  await page.reload(); // at once: what was changed last is kept all the same
  await expect(page.getByLabel("Colours")).toHaveValue("system");
  await expect(page.getByText("This device")).toBeVisible();
  await expectAccessible(page, "account-devices");
  await page.getByRole("button", { name: /^Sign out: / }).click();
  await expect(page.getByRole("button", { name: /^Sign out: / })).toHaveCount(0);
  test.info().annotations.push({ type: "expected", description: "401" });
  await other.reload();
  await expect(other.getByRole("dialog", { name: "Sign in" })).toBeVisible();
  await other.close();
});
