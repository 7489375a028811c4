import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { expect, test } from "vitest";

import { directionOf } from "../../src/languages/direction.ts";
import { isolated } from "../../src/languages/isolated.ts";

const SOURCES = resolve(import.meta.dirname, "../../src");

// Of CSS: what names a side by the screen, and four lengths of which the second is not the fourth.
const PHYSICAL = /(?:^|[\s{;-])(?:left|right)\s*:|-(?:left|right)\b|:\s*(?:left|right)\s*;/;
const FOUR_LENGTHS = /^\s*(?:padding|margin|inset|border-\w+): (\S+) (\S+) (\S+) (\S+);/;

function styles(): [string, string][] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => /\.(?:css|svelte)$/.test(name))
    .map((name) => {
      const text = readFileSync(join(SOURCES, name), "utf8");
      const style = name.endsWith(".css") ? text : (/<style>[^]*<\/style>/.exec(text)?.[0] ?? "");
      return [name, style] as [string, string];
    });
}

/** Lines that look the same in both directions of writing, though they should not. */
function physicalLines(style: string): string[] {
  return style.split("\n").filter((line) => {
    const [, , second, , fourth] = FOUR_LENGTHS.exec(line) ?? [];
    return PHYSICAL.test(line) || second !== fourth;
  });
}

test("styles name the sides of a line, not of the screen", () => {
  const found = styles().flatMap(([name, style]) =>
    physicalLines(style).map((line) => `${name}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});

test("a side of the screen is noticed", () => {
  expect(
    physicalLines("  margin-left: 0;\n  left: 0;\n  text-align: right;\n  padding: 0 1px 0 2px;"),
  ).toHaveLength(4);
  expect(
    physicalLines("  margin-inline-start: 0;\n  text-align: end;\n  padding: 0 1px 2px 1px;"),
  ).toEqual([]);
});

test("a language is written in the direction of its script", () => {
  expect(["ar", "fa-AF", "he", "UR"].map(directionOf)).toEqual(["rtl", "rtl", "rtl", "rtl"]);
  expect(["en", "ja", "tr", "ms"].map(directionOf)).toEqual(["ltr", "ltr", "ltr", "ltr"]);
});

test("a name set apart is what it was, between signs that are not seen", () => {
  expect(isolated("lecture-07.mp3")).toMatch(/^\p{Cf}lecture-07\.mp3\p{Cf}$/u);
});
