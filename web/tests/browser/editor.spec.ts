import { type Locator, type Page, expect } from "@playwright/test";

import { PASSWORD } from "./service.ts";
import { expecting, opened, test } from "./test.ts";

const saved = (page: Page) => page.getByRole("main").getByText("Saved", { exact: true });

/** Types at the end of a passage, and leaves it. */
async function append(page: Page, passage: Locator, text: string): Promise<void> {
  await passage.dblclick({ position: { x: 20, y: 12 } });
  await page.keyboard.press("End");
  await page.keyboard.press("Control+End");
  await page.keyboard.type(text);
  await expect(passage).toContainText(text);
}

test("a click on a word seeks to it, and marks it", async ({ reader: { page, passages } }) => {
  await passages.nth(2).click({ position: { x: 200, y: 12 } });
  const position = page.getByRole("slider", { name: "Position" });
  await expect(position).not.toHaveValue("0");
  const marked = () => page.evaluate(() => [...(CSS.highlights.get("spoken") ?? [])].length);
  await expect.poll(marked).toBe(1); // the words come behind the text
});

test("without highlights, boxes stand around the spoken word and what was found", async ({
  reader: { page, passages },
}) => {
  await page.addInitScript(() => Reflect.deleteProperty(CSS, "highlights"));
  await page.reload();
  await passages.nth(2).click({ position: { x: 200, y: 12 } });
  const boxAt = async (name: string) => page.locator(`[data-frame=${name}]`).boundingBox();
  await expect.poll(async () => (await boxAt("spoken"))?.width ?? 0).toBeGreaterThan(5);
  const [box, passage] = [await boxAt("spoken"), await passages.nth(2).boundingBox()];
  expect(box?.y).toBeGreaterThanOrEqual(passage?.y ?? Infinity);
  expect(box?.y).toBeLessThan((passage?.y ?? 0) + (passage?.height ?? 0));
  await page.keyboard.press("Control+f");
  const first = (await passages.first().textContent())?.split(" ")[0] ?? "";
  await page.getByRole("textbox", { name: "Find" }).fill(first);
  await expect(page.locator("[data-frame=hit-here]")).toHaveCount(1);
  const [moved, below] = [await boxAt("spoken"), await passages.nth(2).boundingBox()];
  expect((moved?.y ?? 0) - (below?.y ?? 0)).toBeCloseTo((box?.y ?? 0) - (passage?.y ?? 0), 0);
  await page.keyboard.press("Escape");
  await expect(page.locator("[data-frame=hit-here]")).toHaveCount(0);
});

test("an edit is stored by itself, and is there after loading again", async ({
  address,
  reader: { page, passages, email, recording },
}) => {
  await append(page, passages.first(), " And more.");
  await expect(saved(page)).toBeVisible();
  const again = await opened(page, address, { email, recording });
  await expect(again.passages.first()).toContainText(" And more.");
});

test("Enter splits, Backspace at the start merges, and both are undone", async ({
  reader: { page, passages },
}) => {
  await expect(passages).toHaveCount(5);
  const text = (await passages.first().textContent()) ?? "";
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Passage being edited" })).toBeFocused();
  await page.keyboard.press("Control+ArrowRight");
  await page.keyboard.press("Control+ArrowRight");
  await page.keyboard.press("Enter");
  await expect(passages).toHaveCount(6);
  await expect(passages.nth(1)).toBeFocused();
  await page.keyboard.press("Backspace");
  await expect(passages).toHaveCount(5);
  await expect(passages.first()).toHaveText(text);
  await page.keyboard.press("Control+z");
  await expect(passages).toHaveCount(6);
  await page.keyboard.press("Control+z");
  await expect(passages).toHaveCount(5);
  await expect(passages.first()).toHaveText(text);
  await expect(passages.first()).toBeFocused(); // its second half had been, and is no more
  await page.keyboard.press("Enter"); // splits at the same place
  await expect(passages).toHaveCount(6);
  await expect(passages.nth(1)).toBeFocused();
  await page.keyboard.press("Control+z");
  await expect(passages.first()).toHaveText(text);
  await expect(saved(page)).toBeVisible();
});

test("undo after the service has stored it is stored, too @slow", async ({
  address,
  reader: { page, passages, email, recording },
}) => {
  const text = (await passages.nth(1).textContent()) ?? "";
  await append(page, passages.nth(1), " wrong");
  await page.keyboard.press("Control+Enter");
  await expect(saved(page)).toBeVisible();
  await page.keyboard.press("Control+z");
  await expect(passages.nth(1)).toHaveText(text);
  await expect(saved(page)).toBeVisible();
  const again = await opened(page, address, { email, recording });
  await expect(again.passages.nth(1)).toHaveText(text);
});

test("two tabs change different passages, and both have both @slow", async ({
  address,
  context,
  reader,
}) => {
  const other = await opened(await context.newPage(), address, reader);
  await append(reader.page, reader.passages.first(), " first tab");
  await append(other.page, other.passages.nth(1), " second tab");
  await expect(other.passages.first()).toContainText("first tab");
  await expect(reader.passages.nth(1)).toContainText("second tab");
  await expect(reader.passages.first()).toContainText("first tab");
});

test("without the service edits are kept, and arrive when it is back", async ({
  context,
  address,
  reader: { page, passages, email, recording },
}) => {
  test.info().annotations.push({ type: "expected", description: "ERR_INTERNET_DISCONNECTED" });
  await context.setOffline(true);
  await append(page, passages.first(), " offline");
  await expect(page.getByText("Saved on this device")).toBeVisible();
  const away = page.getByText("The service cannot be reached.");
  await expect(away).toBeVisible(); // though the connection of the events is still open
  await context.setOffline(false);
  await expect(saved(page)).toBeVisible({ timeout: 20_000 });
  await expect(away).toBeHidden();
  const again = await opened(page, address, { email, recording });
  await expect(again.passages.first()).toContainText(" offline");
});

test("a change whose answer never came is not made twice, and not taken back", async ({
  address,
  reader: { page, passages, email, recording },
}) => {
  const path = "**/api/v1/transcriptions/*/segments";
  const made = new Promise<number>((resolve) => {
    void page.route(path, async (route) => resolve((await route.fetch()).status()));
  });
  await append(page, passages.first(), " Once.");
  expect(await made).toBe(200);
  await page.keyboard.type(" Twice.");
  await expect.poll(() => draftsIn(page)).toContain("Once. Twice.");
  await page.unroute(path);
  const again = await opened(page, address, { email, recording });
  await expect(again.passages.first()).toContainText(" Once. Twice.");
  await expect(saved(page)).toBeVisible();
  await expect(page.getByText("was not accepted")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Take theirs" })).toHaveCount(0);
});

/** What the browser keeps of changes that the service has not confirmed. */
function draftsIn(page: Page): Promise<string> {
  return page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const opening = indexedDB.open("mp4totext");
        opening.onsuccess = () => {
          const rows = opening.result.transaction("drafts").objectStore("drafts").getAll();
          rows.onsuccess = () => resolve(JSON.stringify(rows.result));
        };
      }),
  );
}

test("finds, counts and replaces everywhere in one step", async ({
  reader: { page, passages },
}) => {
  const before = await passages.allTextContents();
  const word = before[0]?.split(" ")[0] ?? "";
  await page.keyboard.press("Control+h");
  const find = page.getByRole("textbox", { name: "Find" });
  await find.fill(word);
  await page.keyboard.press("Tab");
  await page.keyboard.type("ZEBRA");
  await expect(page.getByRole("deletion")).toHaveText(word); // what would become of it, before
  await expect(page.getByRole("insertion")).toHaveText("ZEBRA");
  for (let n = 0; n < 2; n++) await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: /^Replace all/ })).toBeFocused();
  await page.keyboard.press("Enter"); // the button's key, and not the passage's
  await expect(passages.first()).toContainText("ZEBRA");
  await page.keyboard.press("Escape"); // also on a button of the bar
  await expect(find).toHaveCount(0);
  await page.getByRole("button", { name: "Add to names and terms" }).click();
  const kept = () => page.evaluate(() => localStorage["mp4totext.preferences"] as string);
  expect(await kept()).toContain('"vocabulary":["ZEBRA"]');
  await page.getByRole("main").focus();
  await page.keyboard.press("Control+z");
  await expect.poll(() => passages.allTextContents()).toEqual(before);
});

test("Enter replaces the match that is shown, and shows the next", async ({
  reader: { page, passages },
}) => {
  const before = await passages.allTextContents();
  const word = before[0]?.split(" ")[0] ?? "";
  await page.keyboard.press("Control+h");
  await page.keyboard.type(word);
  await expect(page.getByRole("search").getByRole("status")).toHaveText(/^1 of \d/);
  await page.keyboard.press("Tab");
  await page.keyboard.type("ZEBRA");
  await page.keyboard.press("Enter");
  await expect(passages.first()).toContainText("ZEBRA");
  expect((await passages.allTextContents()).slice(1)).toEqual(before.slice(1));
});

test("doubtful words are written over one after the other", async ({
  reader: { page, passages },
}) => {
  const selected = () => page.evaluate(() => getSelection()?.toString() ?? "");
  await page.keyboard.press("Enter");
  await expect(passages.first()).toBeFocused();
  await page.keyboard.press("Alt+ArrowRight");
  const first = await selected();
  expect(first).toMatch(/^\S+$/);
  await page.keyboard.type("Zebra");
  await page.keyboard.press("Alt+ArrowRight");
  const second = await selected();
  expect(second).toMatch(/^\S+$/);
  await page.keyboard.type("Gnu");
  await page.keyboard.press("Alt+ArrowRight");
  await page.keyboard.press("Alt+ArrowLeft"); // the two that were written are doubtful no more
  expect(await selected()).not.toMatch(/Zebra|Gnu/);
  await expect(page.getByRole("main")).toContainText("Zebra");
  await expect(page.getByRole("main")).toContainText("Gnu");
  await expect(page).toHaveURL(/\/r\/\w+$/); // not back to another page
});

test("find, opened while a passage is edited, goes back to editing where it found", async ({
  reader: { page, passages },
}) => {
  await page.keyboard.press("Enter");
  await expect(passages.first()).toBeFocused();
  const text = (await passages.nth(3).textContent()) ?? "";
  await page.keyboard.press("Control+f");
  await page.getByRole("textbox", { name: "Find" }).fill(text.slice(0, 60));
  await page.keyboard.press("Escape");
  await expect(passages.nth(3)).toBeFocused();
  await page.keyboard.type("Here: ");
  await expect(passages.nth(3)).toHaveText(`Here: ${text}`);
});

test("a long text that is pasted ends above the player, and its undo is seen", async ({
  reader: { page, passages },
}) => {
  const caret = () =>
    page.evaluate(() => {
      const { bottom = 0 } = getSelection()?.getRangeAt(0).getBoundingClientRect() ?? {};
      const player = document.querySelector("section[aria-label=Player]");
      return bottom > 0 && bottom < (player?.getBoundingClientRect().top ?? 0);
    });
  await page.keyboard.press("Enter");
  await page.keyboard.press("End");
  await page.keyboard.insertText(" a long day".repeat(300));
  await expect.poll(caret).toBe(true);
  await page.keyboard.press("Control+z");
  await expect(passages.first()).toBeFocused();
  await expect.poll(caret).toBe(true);
});

test("what is being typed when a session ends is for no field of the dialog", async ({
  reader: { page, passages, email },
}) => {
  expecting("401");
  await passages.nth(1).dblclick();
  await page.keyboard.type("Zebra ");
  await page.context().clearCookies();
  await page.keyboard.type("and ");
  await expect(page.getByRole("dialog", { name: "Sign in" })).toBeVisible();
  await page.keyboard.type("more");
  await expect(page.getByLabel("E-mail")).toHaveValue(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(saved(page)).toBeVisible();
  await expect(passages.nth(1)).toContainText("Zebra");
});

test("a speaker is named, and another is the same", async ({ reader: { page, passages } }) => {
  await page.getByLabel("Name of Speaker 1").fill("Grace");
  await page.getByLabel("Name of Speaker 1").press("Enter");
  const names = page.locator(".margin button");
  await expect(names.first()).toHaveText("Grace");
  await expect(page.getByLabel("Name of Grace")).toBeFocused(); // its key keeps the place
  await page.getByLabel("Merge Speaker 2 into").selectOption("Grace");
  await expect(page.getByLabel("Name of Speaker 2")).toHaveCount(0);
  await expect(passages).toHaveCount(5);
  await expect(saved(page)).toBeVisible();
});

test("a speaker who is dragged onto another is the same", async ({ reader: { page } }) => {
  const rows = page.locator(".speakers li");
  await expect(rows).toHaveCount(3);
  await rows.nth(2).locator(".dot").dragTo(rows.nth(0));
  await expect(rows).toHaveCount(2);
  await expect(page.getByLabel("Name of Speaker 3")).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(rows).toHaveCount(3);
  await expect(saved(page)).toBeVisible();
});

test("a long name of a speaker takes two lines beside the text, and is whole in its title", async ({
  reader: { page },
}) => {
  const name = "Doña Maria Magdalena von Habsburg-Lothringen zu Hohenzollern, Vorsitzende";
  await page.getByLabel("Name of Speaker 1").fill(name);
  await page.getByLabel("Name of Speaker 1").press("Enter");
  const beside = page.locator(".margin button").first();
  await expect(beside).toHaveAttribute("title", name);
  // The dots that stand for the rest are drawn beside the last line, which ends at the edge.
  const room = await beside
    .locator("span")
    .evaluate((each) => getComputedStyle(each).paddingInlineEnd);
  expect(parseFloat(room)).toBeGreaterThanOrEqual(12);
  const { height = 0 } = (await beside.boundingBox()) ?? {};
  expect(height).toBeGreaterThan(30); // two lines of 20
  expect(height).toBeLessThan(42);
  await expect(page.getByLabel(`Name of ${name}`)).toHaveAttribute("title", name);
  const choices = page.getByLabel(/^Merge .+ into$/);
  const widths = await choices.evaluateAll((all) => all.map((each) => each.clientWidth));
  expect(widths).toHaveLength(3);
  expect(new Set(widths).size).toBe(1);
});

test("a passage is given to somebody new @slow", async ({ reader: { page } }) => {
  await page.keyboard.press("s");
  const dialog = page.getByRole("dialog", { name: "Who is speaking?" });
  await expect(dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("main").getByRole("link", { name: "Library" })).toBeFocused();
  await page.getByRole("main").focus();
  await page.keyboard.press("s");
  await dialog.getByLabel("Another speaker").check();
  await dialog.getByLabel("Name", { exact: true }).fill("Jonas");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Name of Jonas")).toBeVisible();
  await expect(saved(page)).toBeVisible();
  await expect(page.getByLabel("Name of Jonas")).toBeVisible();
});

test("an export is previewed and downloaded", async ({ reader: { page } }) => {
  await page.keyboard.press("Control+e");
  const dialog = page.getByRole("dialog", { name: "Export" });
  await expect(dialog.getByLabel("Preview")).toContainText(/A long day.*Duration: 00:00/s); // Word
  await dialog.getByLabel("Format").selectOption("srt");
  await expect(dialog.getByLabel("Preview")).toContainText("-->");
  const download = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Download" }).click();
  expect((await download).suggestedFilename()).toBe("A long day.srt");
});
