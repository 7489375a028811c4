import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { test } from "./test.ts";

test("signing in", async ({ page, address }) => {
  await page.goto(address);
  await expect(page.getByRole("dialog", { name: "Sign in" })).toBeVisible();
  await expectAccessible(page, "sign-in");
});

test("an empty library, and its options", async ({ person: { page } }) => {
  await expect(page.getByRole("button", { name: "Try it with" })).toBeVisible();
  await expectAccessible(page, "library-empty");
  await page.getByText("Change", { exact: true }).click();
  await expect(page.getByLabel("Engine")).toHaveValue("auto");
  // A name for each language, none by its code.
  await expect(page.getByRole("option", { name: /^..$/ })).toHaveCount(0);
  await page.getByText("Requirements of other engines").click();
  await expectAccessible(page, "library-options");
});

test("a library with a recording", async ({ reader: { page } }) => {
  await page.getByRole("link", { name: "Library", exact: true }).first().click();
  await expect(page.getByRole("link", { name: "A long day" })).toBeVisible();
  await expectAccessible(page, "library");
});

test("a transcript: read, edited, searched, exported", async ({ reader: { page, passages } }) => {
  await expectAccessible(page, "transcript");
  await page.getByRole("tab", { name: "To check" }).click();
  await expectAccessible(page, "transcript-check");
  await passages.nth(1).dblclick({ position: { x: 40, y: 12 } });
  await expectAccessible(page, "transcript-editing");
  await page.keyboard.press("Control+h");
  await page.getByRole("textbox", { name: "Find" }).fill("the");
  await expectAccessible(page, "transcript-find");
  await page.keyboard.press("Control+e");
  await expect(page.getByRole("dialog", { name: "Export" })).toBeVisible();
  await expectAccessible(page, "transcript-export");
});

test("the rail of a narrow window, and the list of keys @slow", async ({ reader: { page } }) => {
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await expectAccessible(page, "keys");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 360, height: 800 });
  await page.getByRole("button", { name: "Speakers and more" }).click();
  await expectAccessible(page, "rail-narrow");
});

test("an address that leads nowhere", async ({ person: { page }, address }) => {
  test.info().annotations.push({ type: "expected", description: "404" });
  await page.goto(`${address}/nowhere`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expectAccessible(page, "nowhere");
});
