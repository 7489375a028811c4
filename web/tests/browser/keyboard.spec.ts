import { type Locator, type Page, expect } from "@playwright/test";

import { sound } from "./sounds.ts";
import { test } from "./test.ts";

/** Presses Tab until something has the focus; wherever the focus is on the way, it is seen. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const name = String(target);
  await expect(target, name).toBeVisible();
  for (let pressed = 0; pressed < 60; pressed += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
    expect(await unseenFocus(page), `on the way to ${name}`).toBe("");
  }
  throw new Error(`Tab does not reach ${name}`);
}

/** What has the focus without a sign of it, or outside of the window. */
function unseenFocus(page: Page): Promise<string> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    if (!(focused instanceof HTMLElement) || focused === document.body) return "";
    const isOutlined = (element: Element | null) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(element ?? focused);
      return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
    };
    // A hidden field shows it at its label.
    const shown = [focused, focused.closest("label")].find((each) => each && isOutlined(each));
    const box = (shown ?? focused).getBoundingClientRect();
    const isInside =
      box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return shown && isInside ? "" : focused.outerHTML.slice(0, 120);
  });
}

test("from a file to a document, a link and an answer, without a mouse @slow", async ({
  person: { page },
  address,
}) => {
  test.setTimeout(150_000);
  const { keyboard } = page;
  const button = (name: string) => page.getByRole("button", { name, exact: true });

  const chosen = page.waitForEvent("filechooser");
  await tabTo(page, page.getByLabel("Choose files"));
  await keyboard.press("Space");
  await (await chosen).setFiles([await sound(address, "A task.wav")]);
  const row = page.getByRole("link", { name: "A task.wav" });
  await expect(row).toBeVisible({ timeout: 90_000 });
  await tabTo(page, row);
  await keyboard.press("Enter");

  // Edited where the sound is, and the next passage.
  const passages = page.locator("p[data-passage]");
  await expect(passages.first()).toContainText("It was the best of times", { timeout: 10_000 });
  await keyboard.press("Enter");
  await expect(passages.first()).toBeFocused();
  await keyboard.press("Home");
  await keyboard.type("Chapter one. ");
  await keyboard.press("Enter");
  await keyboard.press("Control+Enter");
  await expect(passages.first()).toHaveText("Chapter one.");
  await keyboard.press("Escape"); // the sound
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();

  await tabTo(page, page.getByLabel("Name of Speaker 1"));
  await keyboard.type("Ada Lindqvist");
  await keyboard.press("Enter");
  await expect(passages.first().locator("xpath=..")).toContainText("Ada Lindqvist");

  await keyboard.press("Control+e");
  const download = page.waitForEvent("download");
  await tabTo(page, button("Download"));
  await keyboard.press("Enter");
  expect((await download).suggestedFilename()).toBe("A task.docx");

  await tabTo(page, button("Share"));
  await keyboard.press("Enter");
  await tabTo(page, button("Create a link"));
  await keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Notices" })).toContainText("The link was created");
  await expect(button("Create a link")).toBeFocused(); // it was disabled meanwhile
  await keyboard.press("Escape");
  await expect(button("Share")).toBeFocused();

  await keyboard.press("Control+k");
  await keyboard.type("Ask");
  await expect(page.getByRole("option", { name: "A task.wav" })).toBeVisible(); // after the page
  await keyboard.press("Enter");
  await tabTo(page, page.getByRole("textbox", { name: /question/i }));
  await keyboard.type("What kind of times were they?");
  await keyboard.press("Enter");
  await expect(page.getByRole("main")).toContainText("It was the best of times");
});

test("from a tab beside the text, the next doubtful word is edited", async ({
  reader: { page, passages },
}) => {
  await tabTo(page, page.getByRole("tab", { name: "Speakers" }));
  await page.keyboard.press("d");
  await page.keyboard.press("Enter"); // the text's, not the tab's
  await expect(passages.and(page.getByRole("textbox"))).toBeFocused();
});

test("with less motion nothing moves by itself", async ({ reader: { page } }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const moving = () =>
    page.evaluate(() =>
      [...document.querySelectorAll("*")].flatMap((each) => {
        const { transitionDuration, animationDuration } = getComputedStyle(each);
        const most = Math.max(
          ...`${transitionDuration}, ${animationDuration}`.split(", ").map(Number.parseFloat),
        );
        return most > 0.001 ? [each.outerHTML.slice(0, 80)] : [];
      }),
    );
  expect(await moving()).toEqual([]);
  await page.keyboard.press("Control+e");
  await expect(page.getByRole("dialog", { name: "Export" })).toBeVisible();
  expect(await moving()).toEqual([]);
});

test("Enter that ends a conversion of an input method chooses nothing", async ({
  reader: { page },
}) => {
  const client = await page.context().newCDPSession(page);
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog", { name: "Go to" });
  await expect(dialog.getByRole("option").first()).toBeVisible();
  const text = "Shared links";
  await client.send("Input.imeSetComposition", { text, selectionStart: 12, selectionEnd: 12 });
  await expect(dialog.getByRole("option", { name: text })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).not.toHaveURL(/shares$/);
  await expect(dialog).toBeVisible();
  await client.send("Input.insertText", { text });
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/shares$/);
});
