import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { openRecording, special, test } from "./test.ts";

test("the page has its name before its scripts are there", async ({ page, address }) => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/*.js", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(address, { waitUntil: "commit" });
  const name = page.getByRole("paragraph").filter({ hasText: /^MP4toText$/ });
  await expect(name).toBeVisible();
  release();
  await expect(page.getByLabel("E-mail")).toBeVisible();
  await expect(name).toHaveCount(0);
});

test("a text is written without a model, and its citations lead to their places", async ({
  reader: { page },
}) => {
  await page.getByRole("link", { name: "Texts", exact: true }).click();
  await expect(page.getByLabel("Kind", { exact: true })).toBeVisible();
  await expectAccessible(page, "texts-write");
  await page.getByLabel("Style").selectOption("Bullet points");
  await expect(page.getByText(/At most/)).toBeVisible();
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await expect(page.getByRole("button", { name: "Write again" })).toBeVisible({ timeout: 30_000 });
  await expectAccessible(page, "texts-summary");
  const citation = page.getByRole("article").getByRole("link").first();
  const time = await citation.textContent();
  await citation.click();
  await expect(page.getByRole("slider", { name: "Position" })).toHaveAttribute(
    "aria-valuetext",
    new RegExp(`^${time} of`),
  );
});

test("a question finds the passages that answer it", async ({ reader: { page, passages } }) => {
  const word = (await passages.first().textContent())?.match(/\w{7,}/)?.[0] ?? "";
  await page.getByRole("link", { name: "Ask" }).click();
  await page.getByLabel("Question").fill(word);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(page.getByRole("link", { name: /A long day/ }).first()).toBeVisible();
  await expect(page.getByRole("searchbox", { name: "Search transcripts" })).toHaveValue("");
  await expectAccessible(page, "ask");
  await page.getByLabel("Question").fill("xylophonists");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(page.getByText("No answer in your recordings.")).toBeVisible();
});

test("jobs, credits and the account @slow", async ({ reader: { page } }) => {
  const menu = page.getByRole("button", { name: "Account and settings" });
  await menu.click();
  await page.getByRole("menuitem", { name: "Jobs" }).click();
  await expect(page.getByRole("heading", { name: "Jobs" })).toBeVisible();
  const files = page.getByRole("row", { name: /^Playback files/ });
  const background = page.getByRole("checkbox", { name: /^Show background jobs .*Playback files/ });
  await expect(background).not.toBeChecked();
  await expect(files).toHaveCount(0);
  await expect(page.getByText("No jobs yet.")).toBeVisible(); // and no head of an empty table
  await background.check();
  await expect(files.getByText("A long day")).toBeVisible();
  await expectAccessible(page, "jobs");
  await menu.click();
  await page.getByRole("menuitem", { name: "Credits" }).click();
  await expect(page.getByText(/\d available/)).toBeVisible();
  await expectAccessible(page, "credits");
  await menu.click();
  await page.getByRole("menuitem", { name: "Keys and webhooks" }).click();
  await page.getByLabel("Name").fill("backup");
  await page.getByRole("button", { name: "Create a key" }).click();
  const dialog = page.getByRole("dialog", { name: "The new key" });
  await expect(dialog.locator("code")).toContainText("mp4");
  await page.keyboard.press("Escape");
  await expectAccessible(page, "keys-and-webhooks");
  await page.getByRole("button", { name: "Revoke backup" }).click();
  await expect(page.getByRole("button", { name: "Revoke backup" })).toHaveCount(0);
  await menu.click();
  await page.getByRole("menuitem", { name: "Account", exact: true }).click();
  await page.getByText("Change the keys").click();
  await expectAccessible(page, "account");
});

test("a key can be changed, and then does what it says", async ({ reader: { page } }) => {
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Account", exact: true }).click();
  await page.getByText("Change the keys").click();
  await page.getByRole("button", { name: "Change the key of: Export" }).click();
  await page.keyboard.press("F9");
  await page.goBack();
  await page.locator("p[data-passage]").first().waitFor();
  await page.keyboard.press("F9");
  await expect(page.getByRole("dialog", { name: "Export" })).toBeVisible();
});

test("a page that is returned to is where it was left, and a new one at its top @slow", async ({
  page,
  address,
}) => {
  const { passages } = await openRecording(page, address, special("LONG"));
  await page.mouse.move(600, 400);
  await page.mouse.wheel(0, 6_000);
  const inSight = () =>
    passages.evaluateAll((all) => all.findIndex((each) => each.getBoundingClientRect().top > 200));
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(5_900);
  const left = await inSight();
  const texts = page.getByRole("link", { name: "Texts", exact: true });
  await texts.dispatchEvent("click"); // a real one would scroll it into sight first
  await expect(page.getByLabel("Kind", { exact: true })).toBeVisible({ timeout: 30_000 }); // of ten hours
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await page.goBack();
  await passages.first().waitFor();
  await expect.poll(async () => Math.abs((await inSight()) - left)).toBeLessThan(3);
});
