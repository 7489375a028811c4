import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { test } from "./test.ts";

test("a search finds what was said, plays it, and opens it at its place", async ({
  reader: { page, passages },
}) => {
  const text = (await passages.nth(3).textContent()) ?? "";
  const word = text.match(/\p{L}{7,}/gu)?.at(-1) ?? "";
  await page.getByRole("searchbox", { name: "Search transcripts" }).fill(word);
  await page.keyboard.press("Enter");
  const found = page.getByRole("region", { name: "A long day" });
  await expect(async () => {
    const again = page.getByRole("button", { name: "Search again" });
    if (await again.isVisible()) await again.click();
    await expect(found.locator("mark").first()).toHaveText(word);
  }).toPass();
  await found
    .getByRole("button", { name: /^Play from/ })
    .first()
    .click();
  await expect(found.getByRole("button", { name: "Stop" })).toBeVisible();
  await expectAccessible(page, "search");
  await found.getByRole("link").filter({ hasText: word }).first().click();
  await expect(page.getByRole("slider", { name: "Position" })).not.toHaveValue("0");
  await page.goBack();
  await page.getByRole("searchbox", { name: "Search terms" }).fill("xylophonists");
  await page.keyboard.press("Enter");
  await expect(page.getByText("No matches in your recordings.")).toBeVisible();
  await expect(page.getByText("have a similar meaning")).toHaveCount(0);
});
