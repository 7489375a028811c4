import { type Page, expect } from "@playwright/test";

/** What a screen reader is given of an element. */
export interface Said {
  readonly role: string;
  readonly name: string;
  readonly value: string; // of a slider or a progress bar, as it is read
  readonly level: number; // of a heading; else 0
  readonly live: string; // of the live region that it is in: "", "polite" or "assertive"
  readonly isFocusable: boolean;
}

const NAMED: ReadonlySet<string> = new Set(
  (
    "alertdialog button checkbox combobox dialog grid heading image img link listbox menu menuitem " +
    "menuitemcheckbox menuitemradio meter option progressbar radio region searchbox slider " +
    "spinbutton switch tab tablist table textbox"
  ).split(" "),
);
/** What may have the focus without a name of its own: the page, and what only scrolls. */
const NAMELESS: ReadonlySet<string> = new Set(["RootWebArea", "main", "paragraph", "generic"]);
const UNFIT = /undefined|null|NaN|\[object|^[^\p{L}\p{N}?]*$|^(trn|job|vid|img|txt)_/u;

/** The browser's accessibility tree, from top to bottom: what assistive technology reads. */
export async function treeOf(page: Page): Promise<Said[]> {
  const client = await page.context().newCDPSession(page);
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  await client.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const own = (node: (typeof nodes)[number], name: string) =>
    node.properties?.find((each) => each.name === name)?.value.value as unknown;
  const liveOf = (node: (typeof nodes)[number] | undefined): string => {
    if (!node) return "";
    const live = own(node, "live");
    return typeof live === "string" && live !== "off"
      ? live
      : liveOf(byId.get(node.parentId ?? ""));
  };
  return nodes
    .filter(({ ignored }) => !ignored)
    .map((node) => ({
      role: String(node.role?.value ?? ""),
      name: String(node.name?.value ?? "").trim(),
      value: String(own(node, "valuetext") || (node.value?.value ?? "")),
      level: Number(own(node, "level") ?? 0),
      live: liveOf(node),
      isFocusable: own(node, "focusable") === true,
    }));
}

/** What a page must give to a screen reader: landmarks, headings in order, a fit name for all. */
export async function expectSpoken(page: Page, where: string): Promise<void> {
  const tree = await treeOf(page);
  const of = (...roles: string[]) => tree.filter(({ role }) => roles.includes(role));
  expect.soft(of("main"), `${where}: one main landmark`).toHaveLength(1);
  expect
    .soft(
      tree.some(({ live }) => live === "polite"),
      `${where}: a live region`,
    )
    .toBe(true);
  const faults = tree.flatMap(({ role, name, isFocusable }) => {
    const needsName = NAMED.has(role) || (isFocusable && !NAMELESS.has(role));
    return needsName && UNFIT.test(name) ? [`${role} "${name}"`] : [];
  });
  expect.soft(faults, `${where}: without a fit name`).toEqual([]);
  const levels = of("heading").map(({ level }) => level);
  expect
    .soft(
      levels.filter((level) => level === 1),
      `${where}: one first heading`,
    )
    .toHaveLength(1);
  const skips = levels.flatMap((level, at) => (level > (levels[at - 1] ?? 0) + 1 ? [level] : []));
  expect.soft(skips, `${where}: headings skip a level: ${levels.join(" ")}`).toEqual([]);
  const landmarks = of("navigation", "region", "complementary").map((each) => JSON.stringify(each));
  expect.soft(new Set(landmarks).size, `${where}: landmarks of one name`).toBe(landmarks.length);
}
