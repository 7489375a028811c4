import { type Inline, inlinesOf } from "./inlines.ts";

/** A Markdown text as models write it, by CommonMark's rules without HTML, and with tables. */
export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly inlines: readonly Inline[] }
  | { readonly kind: "paragraph"; readonly inlines: readonly Inline[] }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "rule" }
  | List
  | { readonly kind: "table"; readonly rows: readonly (readonly Inline[][])[] };

export interface List {
  readonly kind: "list";
  readonly start: number | null; // null: of bullets
  readonly items: readonly (readonly Block[])[];
  readonly isTight: boolean; // no paragraphs: one line after the other
}

type Read = { readonly block: Block; readonly next: number };

const DEEPEST = 16; // lists in quotes in lists: what is deeper is text

export function blocksOf(source: string): Block[] {
  return blocksIn(source.replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n"), 0);
}

function blocksIn(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at]?.trim()) {
      at += 1;
      continue;
    }
    const { block, next }: Read =
      codeAt(lines, at) ??
      headingAt(lines, at) ??
      ruleAt(lines, at) ??
      (depth < DEEPEST ? (quoteAt(lines, at, depth) ?? listAt(lines, at, depth)) : null) ??
      tableAt(lines, at) ??
      paragraphAt(lines, at);
    blocks.push(block);
    at = next;
  }
  return blocks;
}

function codeAt(lines: readonly string[], at: number): Read | null {
  const [, indent = "", fence = ""] = /^( {0,3})(`{3,}|~{3,})[^`]*$/.exec(lines[at] ?? "") ?? [];
  if (!fence) return null;
  let next = at + 1;
  const isEnd = (line: string) =>
    line.trim().startsWith(fence) && !line.trim().replaceAll(fence[0] ?? "", "");
  while (next < lines.length && !isEnd(lines[next] ?? "")) next += 1;
  const inside = lines.slice(at + 1, next).map((line) => without(line, indent.length));
  return { block: { kind: "code", text: inside.join("\n") }, next: next + 1 };
}

function headingAt(lines: readonly string[], at: number): Read | null {
  const [marks, hashes = ""] = /^ {0,3}(#{1,6})(?= |$)/.exec(lines[at] ?? "") ?? [];
  if (marks === undefined) return null;
  const text = (lines[at] ?? "")
    .slice(marks.length)
    .trim()
    .replace(/(?:^| )#+$/, "");
  return {
    block: { kind: "heading", level: hashes.length, inlines: inlinesOf(text.trim()) },
    next: at + 1,
  };
}

function ruleAt(lines: readonly string[], at: number): Read | null {
  const marks = (lines[at] ?? "").replaceAll(" ", "");
  const isRule = /^(?:-{3,}|\*{3,}|_{3,})$/.test(marks);
  return isRule ? { block: { kind: "rule" }, next: at + 1 } : null;
}

function quoteAt(lines: readonly string[], at: number, depth: number): Read | null {
  let next = at;
  while (/^ {0,3}>/.test(lines[next] ?? "")) next += 1;
  if (next === at) return null;
  const inside = lines.slice(at, next).map((line) => line.replace(/^ {0,3}> ?/, ""));
  return { block: { kind: "quote", blocks: blocksIn(inside, depth + 1) }, next };
}

interface Marker {
  readonly indent: number;
  readonly width: number; // to where the item's text begins
  readonly kind: string; // items with another one are another list
  readonly start: number | null;
}

function markerOf(line: string): Marker | null {
  const match = /^( {0,3})([-*+]|(\d{1,9})([.)]))( {1,4}(?=[^ ])| *$| )/.exec(line);
  if (!match) return null;
  const [whole, indent = "", mark = "", number, end = mark, space = ""] = match;
  const width = space.trim() || !space ? whole.length + 1 : whole.length;
  return {
    indent: indent.length,
    width,
    kind: end,
    start: number === undefined ? null : Number(number),
  };
}

function listAt(lines: readonly string[], at: number, depth: number): Read | null {
  const first = markerOf(lines[at] ?? "");
  if (!first || ruleAt(lines, at)) return null;
  const items: Block[][] = [];
  let isTight = true;
  let next = at;
  for (;;) {
    const marker = markerOf(lines[next] ?? "");
    if (!marker || marker.kind !== first.kind || ruleAt(lines, next)) break;
    const end = endOfItem(lines, next, marker.indent);
    const [line = "", ...more] = lines.slice(next, end);
    const inside = [line.slice(marker.width), ...more.map((each) => without(each, marker.width))];
    const isLast = markerOf(lines[end] ?? "")?.kind !== first.kind;
    while (isLast && inside.length > 1 && !inside.at(-1)?.trim()) inside.pop();
    isTight &&= inside.every((each, index) => index === 0 || each.trim() !== "");
    items.push(blocksIn(inside, depth + 1));
    next = end;
  }
  return { block: { kind: "list", start: first.start, items, isTight }, next };
}

/** What is indented belongs to the item, and so do lines that go on with its paragraph. */
function endOfItem(lines: readonly string[], at: number, indent: number): number {
  let next = at + 1;
  let isBlank = false;
  while (next < lines.length) {
    const line = lines[next] ?? "";
    const isInside = line.length - line.trimStart().length >= indent + 2;
    const isNext = markerOf(line) !== null || beginsBlock(lines, next);
    if (line.trim() && !isInside && (isBlank || isNext)) break;
    isBlank = !line.trim();
    next += 1;
  }
  return next;
}

function tableAt(lines: readonly string[], at: number): Read | null {
  const isRuled = cellsOf(lines[at + 1] ?? "").every((cell) => /^:?-+:?$/.test(cell));
  if (!lines[at]?.includes("|") || !lines[at + 1]?.includes("-") || !isRuled) return null;
  let next = at + 2;
  while (lines[next]?.includes("|")) next += 1;
  const rows = [lines[at] ?? "", ...lines.slice(at + 2, next)].map((line) =>
    cellsOf(line).map(inlinesOf),
  );
  return { block: { kind: "table", rows }, next };
}

function cellsOf(line: string): string[] {
  const cells = line.trim().split(/(?<!\\)\|/);
  if (!cells[0]?.trim()) cells.shift();
  if (!cells.at(-1)?.trim()) cells.pop();
  return cells.map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function paragraphAt(lines: readonly string[], at: number): Read {
  let next = at + 1;
  let level = 0;
  while (next < lines.length && lines[next]?.trim()) {
    const [underline] = /^ {0,3}(?:=+|-+) *$/.exec(lines[next] ?? "") ?? [];
    if (underline) {
      level = underline.includes("=") ? 1 : 2;
      break;
    }
    if (beginsBlock(lines, next)) break;
    next += 1;
  }
  const text = lines.slice(at, next).map((line) => line.trimStart());
  const inlines = inlinesOf(text.join("\n").trimEnd());
  if (level) return { block: { kind: "heading", level, inlines }, next: next + 1 };
  return { block: { kind: "paragraph", inlines }, next };
}

/** Whether a line ends the paragraph before it. A number does only as a list's first. */
function beginsBlock(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? "";
  const marker = markerOf(line);
  const isList = marker !== null && line.trim().length > 2 && (marker.start ?? 1) === 1;
  return isList || /^ {0,3}(?:>|#{1,6}(?: |$)|`{3}|~{3})/.test(line) || ruleAt(lines, at) !== null;
}

/** Without so many spaces before it, as far as there are any. */
function without(line: string, spaces: number): string {
  const indent = line.length - line.trimStart().length;
  return line.slice(Math.min(indent, spaces));
}
