import { expect, test } from "vitest";

import { type Query, hitFrom, hitsOf, replaced } from "../../src/transcript/find.ts";
import { sectioned } from "../../src/transcript/sections.ts";
import { transcript } from "./transcripts.ts";

const query = (text: string, part: Partial<Query> = {}): Query => ({
  text,
  matchCase: false,
  wholeWords: false,
  ...part,
});

const { passages } = transcript("The roof. / the roofs / a ROOF-top / Überdachung (a.b)*");

function found(text: string, part: Partial<Query> = {}): string[] {
  return hitsOf(passages, query(text, part)).map(({ key, begin }) => `${key}:${begin}`);
}

test("finds whatever the case, and only that case when asked", () => {
  expect(found("roof")).toEqual(["p1:4", "p2:4", "p3:2"]);
  expect(found("roof", { matchCase: true })).toEqual(["p1:4", "p2:4"]);
  expect(found("über")).toEqual(["p4:0"]);
});

test("whole words end at letters and digits of any script", () => {
  expect(found("roof", { wholeWords: true })).toEqual(["p1:4", "p3:2"]);
  expect(found("dachung", { wholeWords: true })).toEqual([]);
});

test("signs stand for themselves, a space for any white space, nothing for nothing", () => {
  expect(found("(a.b)*")).toEqual(["p4:12"]);
  expect(found("a.top")).toEqual([]);
  expect(found("")).toEqual([]);
  expect(hitsOf(transcript("two  spaces").passages, query("two spaces"))).toHaveLength(1);
});

test("replaces every hit, and takes signs of a pattern literally", () => {
  expect(replaced("the roof, the Roof", query("roof"), "$& house")).toBe(
    "the $& house, the $& house",
  );
});

test("the next hit is the one at or behind the caret, then the first", () => {
  const hits = hitsOf(passages, query("roof"));
  const order = new Map(passages.map((passage, index) => [passage.key, index]));
  expect(hitFrom(hits, order, { key: "p2", offset: 0 })).toBe(1);
  expect(hitFrom(hits, order, { key: "p2", offset: 5 })).toBe(2);
  expect(hitFrom(hits, order, { key: "p4", offset: 0 })).toBe(0);
});

test("an edit leaves all sections but its own as they are", () => {
  const many = transcript(Array.from({ length: 220 }, () => "some words").join(" / ")).passages;
  const before = sectioned(many, []);
  expect(before.map((section) => section.passages.length)).toEqual([50, 50, 50, 50, 20]);
  const edited = many.map((passage, index) => (index === 60 ? { ...passage, text: "x" } : passage));
  const after = sectioned(edited, before);
  expect(after.map((section, index) => section === before[index])).toEqual([
    true,
    false,
    true,
    true,
    true,
  ]);
});

test("a section that grows is cut, one that loses its first passage goes on", () => {
  const many = transcript(Array.from({ length: 100 }, () => "some words").join(" / ")).passages;
  const before = sectioned(many, []);
  const [first] = many;
  if (!first) throw new Error("a passage is there");
  const inserted = Array.from({ length: 60 }, (_, n) => ({ ...first, key: `n${n}` }));
  const grown = sectioned([first, ...inserted, ...many.slice(1)], before);
  expect(Math.max(...grown.map((section) => section.passages.length))).toBeLessThanOrEqual(100);
  expect(grown.flatMap((section) => section.passages)).toHaveLength(160);
  const without = sectioned(many.slice(1), before);
  expect(without.flatMap((section) => section.passages)).toHaveLength(99);
});
