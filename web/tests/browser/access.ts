import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { type Page, expect, test } from "@playwright/test";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary: string }[];
}

const WIDTHS = [1280, 360] as const;
const THEMES = ["light", "dark"] as const;
const LOOK_MS = 15_000;
const COLOURS: readonly string[] = ["color-contrast", "link-in-text-block"];

/** What a page must hold as it is now: in both themes and widths, for axe and for a narrow window. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  test.setTimeout(test.info().timeout + LOOK_MS); // a test may look at many states
  await page.evaluate(AXE);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      await settled(page);
      const where = `${name}, ${width} px, ${theme}`;
      // Only colours differ between the themes.
      const rules = theme === "light" ? null : COLOURS;
      expect.soft(await violations(page, rules), where).toEqual([]);
      expect.soft(await tooWide(page), `${where}: scrolls sideways`).toEqual([]);
      await shot(page, `${name}-${width}-${theme}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light", forcedColors: "active" });
  expect.soft(await violations(page, COLOURS), `${name}, forced colours`).toEqual([]);
  await shot(page, `${name}-forced`);
  await page.emulateMedia({ forcedColors: "none" });
  await expectRoomForLargeText(page, name);
  await page.setViewportSize({ width: 1280, height: 800 });
}

const USUAL_PX = 16;

/** With letters twice as large, as the browser's settings have them, nothing scrolls sideways. */
async function expectRoomForLargeText(page: Page, name: string): Promise<void> {
  const client = await page.context().newCDPSession(page);
  const setText = (standard: number) =>
    client.send("Page.setFontSizes", { fontSizes: { standard, fixed: standard } });
  await setText(USUAL_PX * 2);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    await settled(page);
    await shot(page, `${name}-${width}-large`);
    const where = `${name}, ${width} px, text twice as large`;
    expect.soft(await tooWide(page), `${where}: scrolls sideways`).toEqual([]);
  }
  await setText(USUAL_PX);
  await client.detach();
}

/** What a page must hold in every language: nothing scrolls sideways, and no word is cut. */
export async function expectFitting(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    await settled(page);
    await shot(page, `${name}-${width}`);
    expect.soft(await tooWide(page), `${name}, ${width} px: scrolls sideways`).toEqual([]);
    expect.soft(await cutWords(page), `${name}, ${width} px: is cut`).toEqual([]);
  }
  await page.setViewportSize({ width: WIDTHS[0], height: 800 });
}

/** Of what the page itself says: texts that are wider than their place, or that leave the window. */
function cutWords(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, h1, h2, h3, label, [role=tab], nav a, th")]
      .filter((each) => each.checkVisibility() && each.clientWidth > 1 && each.textContent?.trim())
      .filter((each) => !each.matches("[dir=auto], :has([dir=auto])")) // somebody's own words
      .filter((each) => {
        const { left, right } = each.getBoundingClientRect();
        const scrolls = each.closest("[data-scrolls], table, pre") !== null;
        const isOutside = !scrolls && right > 0 && (left < 0 || right > innerWidth + 1);
        return each.scrollWidth > each.clientWidth + 1 || isOutside;
      })
      .filter((each) => getComputedStyle(each).display !== "inline")
      .map((each) => each.textContent?.trim() ?? ""),
  );
}

async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env["SHOTS"];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

/** Of these rules of axe; null: of all. */
async function violations(page: Page, rules: readonly string[] | null): Promise<string[]> {
  const found = await page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as {
      axe: { run: (options: object) => Promise<{ violations: Violation[] }> };
    };
    return (await axe.run(runOnly ? { runOnly } : {})).violations;
  }, rules);
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${JSON.stringify(node.target)} ${node.failureSummary}`),
  );
}

/** If the page is wider than the window: by how much, and the innermost elements that leave it. */
export function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const px = document.documentElement.scrollWidth - innerWidth;
    if (px <= 0) return [];
    // What lies in a part that scrolls by itself widens only that part.
    const isFree = (each: Element): boolean =>
      !each.parentElement ||
      each.parentElement === document.body ||
      (getComputedStyle(each.parentElement).overflowX === "visible" && isFree(each.parentElement));
    const leaves = (each: Element) => {
      const { left, right } = each.getBoundingClientRect();
      return each.checkVisibility() && (left < -1 || right > innerWidth + 1) && isFree(each);
    };
    const outside = [...document.querySelectorAll("body *")]
      .filter((each) => leaves(each) && ![...each.children].some(leaves))
      .map((each) => each.outerHTML.slice(0, 160));
    return [`${px} px`, ...outside.slice(0, 8)];
  });
}

/** Fades have ended, fonts are there. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.allSettled(document.getAnimations().map((each) => each.finished));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
}
