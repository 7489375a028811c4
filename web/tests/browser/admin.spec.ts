import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { ADMIN, PASSWORD } from "./service.ts";
import { signIn, test } from "./test.ts";

test.beforeEach(async ({ page, address }) => {
  await signIn(page, address, ADMIN);
  await page.goto(`${address}/admin`);
});

test("every part of the administration is readable @slow", async ({ page }) => {
  await expect(page.getByText("Hours of audio", { exact: true }).first()).toBeVisible();
  await expect(page.getByRole("img", { name: /^Jobs that succeeded: \d/ })).toBeVisible();
  await expectAccessible(page, "admin-numbers");
  for (const part of ["Users", "Prices", "Models", "Providers", "Jobs", "Audit"]) {
    await page.getByRole("navigation", { name: "Administration" }).getByText(part).click();
    await expect(
      page
        .getByRole("table")
        .or(page.getByText(/Nothing yet|No jobs/))
        .first(),
    ).toBeVisible();
    await expectAccessible(page, `admin-${part.toLowerCase()}`);
  }
  await expect(page.getByRole("columnheader", { name: "By" })).toBeVisible(); // of the audit log
});

test("who is invited chooses a password, and is signed in @slow", async ({ page, browser }) => {
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("button", { name: "Invite a user" }).click();
  await page.getByRole("textbox", { name: "E-mail" }).fill("grace@example.com");
  await page.getByLabel("Name", { exact: true }).fill("Grace");
  await expectAccessible(page, "admin-invite");
  await page.getByRole("dialog").getByRole("button", { name: "Invite a user" }).click();
  const dialog = page.getByRole("dialog", { name: "Link for grace@example.com" });
  const link = (await dialog.locator("code").textContent()) ?? "";
  await expectAccessible(page, "admin-link");

  const guest = await (await browser.newContext()).newPage();
  await guest.goto(link);
  await expect(guest.getByRole("dialog", { name: "Choose a password" })).toBeVisible();
  await expectAccessible(guest, "choose-password");
  await guest.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await guest.getByRole("button", { name: "Choose a password" }).click();
  await expect(guest.getByRole("button", { name: "Try it with" })).toBeVisible();
  await guest.close();
});

test("a model gets a last day, and is as released again", async ({ page }) => {
  await page.getByRole("link", { name: "Models" }).click();
  const date = page.getByLabel(/^The first day without/).first();
  const model =
    (await date.getAttribute("aria-label"))?.replace("The first day without ", "") ?? "";
  const before = await date.inputValue();
  await date.fill("2020-01-01");
  await date.blur();
  const row = page
    .getByRole("row")
    .filter({ has: page.getByLabel(`Offer ${model}`) })
    .first();
  await expect(row).toContainText("Discontinued");
  await row.getByRole("button", { name: `${model} as it was released` }).click();
  await expect(date).toHaveValue(before);
});
