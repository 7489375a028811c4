import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { expecting, test } from "./test.ts";

test.use({ permissions: ["clipboard-read", "clipboard-write"] });

test("a link with a password is read by who has no account, until it is ended", async ({
  reader: { page, passages },
  browser,
}) => {
  const first = (await passages.first().textContent()) ?? "";
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Share A long day" });
  await expect(sheet.getByText("This recording is not shared.")).toBeVisible();
  await sheet.getByLabel("Ends").selectOption("After 30 days");
  await sheet.getByLabel("Password").fill("open sesame");
  await sheet.getByLabel("Allow downloads").check();
  await sheet.getByLabel("Include speaker names").uncheck();
  await sheet.getByRole("button", { name: "Create a link" }).click();
  const facts = /with a password, without speaker names, with downloads, not opened yet/;
  await expect(sheet.getByText(facts)).toBeVisible();
  await expectAccessible(page, "share");
  const link = await page.evaluate(() => navigator.clipboard.readText());

  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(link);
  expecting("403"); // the console tells of it
  await stranger.getByLabel("Password").fill("wrong");
  await stranger.getByRole("button", { name: "Open" }).click();
  await expect(stranger.getByText("Wrong password.")).toBeVisible();
  await expectAccessible(stranger, "shared-password");
  await stranger.getByLabel("Password").fill("open sesame");
  await stranger.getByRole("button", { name: "Open" }).click();
  await expect(stranger.getByRole("heading", { name: "A long day" })).toBeVisible();
  const text = stranger.locator("p[data-passage]");
  await expect(text.first()).toHaveText(first);
  await text.nth(2).click({ position: { x: 120, y: 12 } });
  await stranger.keyboard.press("Space");
  const position = stranger.getByRole("slider", { name: "Position" });
  await expect(position).not.toHaveValue("0");
  await stranger.keyboard.press("Space");
  await text.nth(1).dblclick({ position: { x: 40, y: 12 } });
  await expect(stranger.getByRole("textbox")).toHaveCount(0); // nothing can be edited
  await expectAccessible(stranger, "shared");
  const [download] = await Promise.all([
    stranger.waitForEvent("download"),
    stranger.getByRole("button", { name: "Download" }).click(),
  ]);
  expect(download.suggestedFilename()).toContain("A long day");

  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Shared links" }).click();
  await expect(page.getByText(/opened once/)).toBeVisible();
  await expectAccessible(page, "shares");
  await page.getByRole("button", { name: "End the link to A long day" }).click();
  await expect(page.getByText("Nothing is shared.")).toBeVisible();
  expecting("404");
  await stranger.reload();
  await expect(stranger.getByText("This link does not work")).toBeVisible();
  await stranger.close();
});

test("who has a link comments, and the owner answers and deletes @slow", async ({
  reader: { page },
  browser,
}) => {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Share A long day" });
  await sheet.getByLabel("Allow comments").check();
  await sheet.getByRole("button", { name: "Create a link" }).click();
  await expect(sheet.getByText(/with comments/)).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.keyboard.press("Escape");

  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(link);
  const comments = stranger.getByRole("region", { name: "Comments" });
  await expect(comments.getByText("No comments yet.")).toBeVisible();
  await stranger
    .locator("p[data-passage]")
    .nth(2)
    .click({ position: { x: 120, y: 12 } });
  await comments.getByLabel("Your name").fill("Grace <b>Hopper</b>");
  await comments.getByLabel("Comment", { exact: true }).fill("<img src=x onerror=alert(1)>\nYes!");
  await comments.getByRole("button", { name: /^Comment at 0:\d\d$/ }).click();
  await expect(comments.getByText("<img src=x onerror=alert(1)>")).toBeVisible();
  await expectAccessible(stranger, "shared-comments");
  await stranger.setViewportSize({ width: 360, height: 640 });
  await stranger.evaluate(() => scrollTo(0, 0));
  await expect(comments.getByLabel("Your name")).not.toBeInViewport();
  await stranger.getByRole("button", { name: "Comments", exact: true }).click();
  await expect(comments.getByText("<img src=x onerror=alert(1)>")).toBeInViewport();

  await page.getByRole("tab", { name: "Comments 1" }).click(); // an event brought it
  const own = page.getByRole("list", { name: "Comments" });
  await expect(own.getByText("Grace <b>Hopper</b>")).toBeVisible();
  await own.getByRole("button", { name: /^Reply/ }).click();
  await own.getByRole("textbox", { name: "Reply" }).fill("Thank you.");
  await own.getByRole("button", { name: "Save" }).click();
  await expect(own.getByText("Thank you.")).toBeVisible();
  await expectAccessible(page, "comments");
  await stranger.reload();
  await expect(comments.getByText("Thank you.")).toBeVisible();
  await own.getByRole("button", { name: /^Delete/ }).click();
  await expect(own.getByRole("listitem")).toHaveCount(0);
  await stranger.close();
});
