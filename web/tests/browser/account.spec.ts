import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { PASSWORD } from "./service.ts";
import { logIn, test } from "./test.ts";

test("preferences follow the account to another browser, which can be signed out @slow", async ({
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
  await expect(page.getByText(/use \d/)).toBeVisible(); // the storage

  const other = await (await browser.newContext({ colorScheme: "light" })).newPage();
  await other.goto(`${address}/account`);
  await logIn(other, email);
  await expect(other.getByLabel("Colours")).toHaveValue("dark");
  await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");

  await page.getByLabel("Colours").selectOption("Use system setting");
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

test("a webhook is added, tried, sent again and deleted @slow", async ({
  person: { page },
  address,
}) => {
  await page.goto(`${address}/keys`);
  await expect(page.getByText("No webhooks yet.")).toBeVisible();
  const url = `${address}/hook`; // the service itself, which answers that there is no such address
  await page.getByLabel("URL of your server").fill(url);
  await page.getByRole("button", { name: "Add the webhook" }).click();
  await page.getByRole("button", { name: `Messages: ${url}` }).click();
  const dialog = page.getByRole("dialog", { name: "Messages" });
  await expect(dialog.getByText("No messages yet.")).toBeVisible();
  await dialog.getByRole("button", { name: "Send a test message" }).click();
  const messages = dialog.getByRole("row", { name: /^Test message/ });
  await expect(messages).toHaveCount(1);
  const again = dialog.getByRole("button", { name: /^Send again/ });
  await expect(again).toBeVisible({ timeout: 30_000 });
  await again.click();
  await expect(messages).toHaveCount(2);
  await expectAccessible(page, "webhook-messages");
  await page.keyboard.press("Escape");
  await page.getByRole("checkbox", { name: `Active: ${url}` }).uncheck();
  await expectAccessible(page, "webhooks");
  await page.getByRole("button", { name: `Delete: ${url}` }).click();
  await expect(page.getByText("No webhooks yet.")).toBeVisible();
});

test("an account takes its data along, and ends @slow", async ({
  person: { page, email },
  address,
}) => {
  await page.goto(`${address}/account`);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download everything" }).click();
  expect((await download).suggestedFilename()).toBe("mp4totext-account.zip");
  await page.getByRole("button", { name: "Delete the account" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete the account" });
  await expectAccessible(page, "account-end");
  test.info().annotations.push({ type: "expected", description: "422" });
  await dialog.getByLabel("Current password").fill("not the password");
  await dialog.getByRole("button", { name: "Delete the account" }).click();
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices.getByText("The current password is wrong.")).toBeVisible();
  await dialog.getByLabel("Current password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Delete the account" }).click();
  const signIn = page.getByRole("dialog", { name: "Sign in" });
  await expect(signIn).toBeVisible();
  test.info().annotations.push({ type: "expected", description: "401" });
  await signIn.getByLabel("E-mail").fill(email);
  await signIn.getByLabel("Password").fill(PASSWORD);
  await signIn.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("This account is deactivated")).toBeVisible();
});
