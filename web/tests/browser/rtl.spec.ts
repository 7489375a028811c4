import { type Locator, type Page, expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { type Reader, test } from "./test.ts";

test.describe("in Arabic", () => {
  test("the library is mirrored", async ({ reader: { page } }) => {
    await inArabic(page);
    await page.getByRole("link", { name: "المكتبة", exact: true }).first().click();
    const row = page.getByRole("link", { name: "A long day" });
    await expect(row).toBeVisible();
    const menu = page.getByRole("button", { name: "الحساب والإعدادات" });
    await expectOrder(menu, page.getByRole("link", { name: "MP4toText" }));
    await expectOrder(page.getByRole("button", { name: "إجراءات" }), row);
    await expectAccessible(page, "ar-library");
    await page.getByText("تغيير", { exact: true }).click();
    await expect(page.getByLabel("المحرّك")).toBeVisible();
    await expectAccessible(page, "ar-library-options");
  });

  test("the transcript keeps the direction of what is spoken", async ({ reader }) => {
    const { page, passages } = reader;
    await inArabic(page);
    await expect(passages.first()).toHaveCSS("direction", "ltr");
    const [name, text] = [
      page.getByRole("button", { name: "Speaker 1" }).first(),
      passages.first(),
    ];
    await expectOrder(name, text);
    const back = page.getByRole("main").getByRole("link", { name: "المكتبة" });
    await expect(back.locator("svg")).toHaveCSS("scale", "-1 1");
    await expectOrder(
      page.getByRole("tab", { name: "للمراجعة" }),
      page.getByRole("tab", { name: "المتحدثون" }),
    );
    await expectAccessible(page, "ar-transcript");
    await page.keyboard.press("Control+e");
    await expect(page.getByRole("dialog", { name: "تصدير" })).toBeVisible();
    await expectAccessible(page, "ar-export");
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 360, height: 800 });
    await page.getByRole("button", { name: "المتحدثون والمزيد" }).click();
    await expectAccessible(page, "ar-rail");
  });

  test("time runs from left to right, and arrow keys go where they point", async ({ reader }) => {
    const { page } = reader;
    await inArabic(page);
    const position = page.getByRole("slider", { name: "الموضع" });
    const length = Number(await position.getAttribute("max"));
    const { width = 0, height = 0 } = (await position.boundingBox()) ?? {};
    await position.click({ position: { x: width / 4, y: height / 2 } });
    const quarter = Number(await position.inputValue());
    expect(quarter).toBeGreaterThan(length * 0.15);
    expect(quarter).toBeLessThan(length * 0.35);
    await page.getByRole("main").focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => position.inputValue().then(Number)).toBeGreaterThanOrEqual(quarter + 2);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => position.inputValue().then(Number)).toBeLessThan(quarter + 2);
    const speakers = page.getByRole("tab", { name: "المتحدثون" });
    await speakers.focus();
    await page.keyboard.press("ArrowLeft");
    await expect(page.getByRole("tab", { name: "للمراجعة" })).toHaveAttribute(
      "aria-selected",
      "true",
    );
  });

  test("the account @slow", async ({ reader: { page } }) => {
    await inArabic(page);
    await page.getByRole("button", { name: "الحساب والإعدادات" }).click();
    await page.getByRole("menuitem", { name: "الحساب", exact: true }).click();
    await expect(page.getByRole("heading", { name: "الحساب", level: 1 })).toBeVisible();
    await page.getByText("تغيير المفاتيح").click();
    await expectAccessible(page, "ar-account");
  });
});

test("a passage in Arabic runs from right to left in an English page, and so do its words", async ({
  reader,
}) => {
  const { page, passages } = reader;
  const passage = passages.first();
  await passage.dblclick({ position: { x: 40, y: 12 } });
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText("احتفظنا بأجهزة التسجيل القديمة");
  await expect(passage).toHaveCSS("direction", "rtl");
  await passages.nth(1).click({ position: { x: 40, y: 12 } });
  const { left, right } = await edgesOfText(passage);
  const atEnd = await positionAfterClick(reader, { x: left + 10, y: 14 });
  const atStart = await positionAfterClick(reader, { x: right - 10, y: 14 });
  expect(atStart).toBeLessThan(atEnd);
});

// As a person does it: the page is in English until Arabic is chosen from the menu.
async function inArabic(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Language" }).click();
  await page.getByRole("menuitemradio", { name: "العربية" }).click();
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await expect(page.locator("html")).toHaveAttribute("lang", "ar");
}

/** Of the first line, from the passage's own edge. */
async function edgesOfText(passage: Locator): Promise<{ left: number; right: number }> {
  return passage.evaluate((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getClientRects()[0] ?? range.getBoundingClientRect();
    const from = node.getBoundingClientRect().left;
    return { left: text.left - from, right: text.right - from };
  });
}

/** On the screen, the one ends before the other begins. */
async function expectOrder(left: Locator, right: Locator): Promise<void> {
  const [one, other] = [await left.boundingBox(), await right.boundingBox()];
  expect((one?.x ?? NaN) + (one?.width ?? NaN)).toBeLessThanOrEqual(other?.x ?? NaN);
}

/** Where in the recording, in seconds, a click into the first passage leads; not where it was. */
async function positionAfterClick(
  { page, passages }: Reader,
  position: { x: number; y: number },
): Promise<number> {
  const slider = page.getByRole("slider", { name: "Position" });
  const before = await slider.inputValue();
  await passages.first().click({ position });
  await expect(slider).not.toHaveValue(before);
  return Number(await slider.inputValue());
}
