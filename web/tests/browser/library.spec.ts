import { type Page, expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { made, newPerson, readPrepared } from "./service.ts";
import { logIn, signIn, special, test } from "./test.ts";

const rows = (page: Page) => page.getByRole("list", { name: "Recordings" }).getByRole("listitem");
const titles = (page: Page) => rows(page).getByRole("link");

async function act(page: Page, title: string, action: string): Promise<void> {
  await page.getByRole("button", { name: `Actions for ${title}` }).click();
  await page.getByRole("menuitem", { name: action, exact: true }).click();
}

// One account, whose recordings each test leaves as it found them.
test.beforeEach(async ({ page, address }) => {
  await page.goto(address);
  await logIn(page, special("SHELF").email);
  await expect(titles(page)).toHaveCount(4);
});

test("tags are made, given, filtered by, changed and deleted @slow", async ({ page }) => {
  await act(page, "Board meeting", "Tags");
  await page.getByRole("textbox", { name: "New tag" }).fill("Minutes");
  await page.getByRole("radio", { name: "Colour 3" }).check();
  await page.getByRole("button", { name: "Add a tag" }).click();
  await expect(page.getByRole("checkbox", { name: "Minutes" })).toBeChecked();
  await expectAccessible(page, "library-tag");
  await page.keyboard.press("Escape");
  await expect(rows(page).filter({ hasText: "Board meeting" })).toContainText("Minutes");
  await page.getByLabel("Tag", { exact: true }).selectOption("Minutes");
  await expect(titles(page)).toHaveText(["Board meeting"]);
  await page.reload(); // the filter is in the address
  await expect(titles(page)).toHaveText(["Board meeting"]);
  await expectAccessible(page, "library-filtered");
  await page.getByLabel("Tag", { exact: true }).selectOption("All tags");
  await page.getByLabel("Tag", { exact: true }).selectOption("Manage tags …");
  await expectAccessible(page, "library-tags");
  await page.getByRole("textbox", { name: "Name of the tag Minutes" }).fill("Protocols");
  await page.getByRole("textbox", { name: "Name of the tag Minutes" }).press("Tab");
  await expect(rows(page).filter({ hasText: "Board meeting" })).toContainText("Protocols");
  await page.getByRole("button", { name: "Delete the tag Protocols" }).click();
  await page.keyboard.press("Escape");
  await expect(rows(page).filter({ hasText: "Board meeting" })).not.toContainText("Protocols");
});

test("archived and binned recordings are elsewhere, and come back @slow", async ({ page }) => {
  await act(page, "Lecture 7", "Archive");
  await expect(titles(page)).toHaveCount(3);
  await page.getByLabel("Where").selectOption("Archive");
  await expect(titles(page)).toHaveText(["Lecture 7"]);
  await act(page, "Lecture 7", "Move to the bin");
  await expect(page.getByText("Nothing is archived.")).toBeVisible();
  await page.getByLabel("Where").selectOption("Bin");
  await expect(titles(page)).toHaveText(["Lecture 7"]);
  await expect(page.getByText("permanently deleted after 30 days.")).toBeVisible();
  await expect(rows(page).first()).toContainText("Deleted in 30 days");
  await expectAccessible(page, "library-bin");
  await act(page, "Lecture 7", "Delete permanently");
  await expect(page.getByRole("dialog")).toContainText("This cannot be undone.");
  await expectAccessible(page, "library-delete");
  await page.getByRole("button", { name: "Cancel" }).click();
  await act(page, "Lecture 7", "Restore");
  await expect(page.getByText("The bin is empty.")).toBeVisible();
  await page.getByLabel("Where").selectOption("Archive"); // where it was before
  await act(page, "Lecture 7", "Unarchive");
  await expect(page.getByText("Nothing is archived.")).toBeVisible();
  await page.getByLabel("Where").selectOption("Library");
  await expect(titles(page)).toHaveCount(4);
});

test("what goes to the bin by mistake comes back by Undo", async ({ page }) => {
  await act(page, "Lecture 7", "Move to the bin");
  await expect(titles(page)).toHaveCount(3);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(titles(page)).toHaveCount(4);
});

test("several are selected by keys alone, and exported in one file @slow", async ({ page }) => {
  const toolbar = page.getByRole("toolbar", { name: "Selected recordings" });
  // A page that has just opened takes the focus once more, for screen readers.
  await expect(async () => {
    await page.getByRole("main").focus();
    await page.keyboard.press("ArrowDown");
    await expect(titles(page).first()).toBeFocused({ timeout: 1_000 });
  }).toPass();
  await page.keyboard.press("x");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("x");
  await expect(toolbar).toContainText("2 selected");
  await expectAccessible(page, "library-selected");
  await page.keyboard.press("Escape");
  await expect(toolbar).toHaveCount(0);
  await page.keyboard.press("Control+a");
  await expect(toolbar).toContainText("4 selected");
  await toolbar.getByRole("button", { name: "Export" }).click();
  await page.getByLabel("Format").selectOption({ label: "Plain text (.txt)" });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("transcripts.zip");
});

test("the down key goes on to recordings that are not shown yet", async ({ page, address }) => {
  const { id, email } = await newPerson(address);
  const { folder } = readPrepared(test.info().parallelIndex);
  const orders = Array.from({ length: 52 }, (_, index) => `${id} 20 nothing Meeting ${index + 1}`);
  await made(folder, orders);
  await page.context().clearCookies();
  await signIn(page, address, email);
  const meeting = (number: number) =>
    page.getByRole("link", { name: `Meeting ${number}`, exact: true });
  await meeting(3).focus(); // the last of fifty
  await page.keyboard.press("ArrowDown");
  await expect(meeting(2)).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(meeting(1)).toBeFocused();
});

test("a click with Shift selects all rows in between", async ({ page }) => {
  await rows(page).nth(0).getByRole("checkbox").click();
  await rows(page)
    .nth(2)
    .getByRole("checkbox")
    .click({ modifiers: ["Shift"] });
  await expect(page.getByRole("toolbar", { name: "Selected recordings" })).toContainText(
    "3 selected",
  );
});

test("a list is sorted and filtered by keys, and the address keeps how", async ({ page }) => {
  const sort = page.getByLabel("Sort");
  const byTitle = [
    "Archive interview, 12 May",
    "Board meeting",
    "Call with the printers",
    "Lecture 7",
  ];
  await sort.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(titles(page)).toHaveText(byTitle);
  await expect(sort).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter"); // Language and date
  await expect(page.getByLabel("Language")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("Language")).toBeFocused();
  await page.keyboard.type("Engl");
  await expect(page).toHaveURL(/sort=title/);
  await expect(page).toHaveURL(/language=en/);
  await expect(page.getByLabel("Language")).toBeFocused();
  await expect(titles(page)).toHaveText(byTitle);
  // Later than today in any time zone.
  const later = new Date(Date.now() + 2 * 86_400_000).toLocaleDateString("sv");
  await page.getByLabel("Added until").fill(later);
  await page.reload();
  await expect(titles(page)).toHaveText(byTitle);
  await expect(page.getByLabel("Added until")).toHaveValue(later);
  await expectAccessible(page, "library-sorted");
  await page.getByLabel("Added from").fill(later);
  await expect(page.getByText("No matching recordings.")).toBeVisible();
  await page.getByLabel("Added from").fill("");
  await expect(titles(page)).toHaveText(byTitle);
});
