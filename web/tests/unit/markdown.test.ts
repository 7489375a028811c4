import { describe, expect, test } from "vitest";

import { type Block, blocksOf } from "../../src/text/blocks.ts";
import { type Inline, inlinesOf } from "../../src/text/inlines.ts";

/** As a person reads it: `strong(a)`, `ul(li(p(a)))`. */
function shown(pieces: readonly Inline[]): string {
  return pieces
    .map((piece) => {
      if (typeof piece === "string") return piece;
      if (piece.kind === "break") return "↵";
      if (piece.kind === "code") return `code(${piece.text})`;
      const children = shown(piece.children);
      return piece.kind === "link"
        ? `link(${children} → ${piece.href})`
        : `${piece.kind}(${children})`;
    })
    .join("");
}

function drawn(blocks: readonly Block[], isTight = false): string {
  return blocks
    .map((block) => {
      switch (block.kind) {
        case "paragraph":
          return isTight ? shown(block.inlines) : `p(${shown(block.inlines)})`;
        case "heading":
          return `h${block.level}(${shown(block.inlines)})`;
        case "quote":
          return `quote(${drawn(block.blocks)})`;
        case "code":
          return `pre(${block.text})`;
        case "rule":
          return "hr";
        case "table":
          return `table(${block.rows.map((row) => row.map(shown).join("|")).join("/")})`;
        case "list": {
          const items = block.items.map((item) => `li(${drawn(item, block.isTight)})`);
          return `${block.start === null ? "ul" : `ol${block.start}`}(${items.join(" ")})`;
        }
      }
    })
    .join(" ");
}

describe("a line", () => {
  test.each([
    ["plain words", "plain words"],
    ["**bold** and *soft*", "strong(bold) and em(soft)"],
    ["***both***", "em(strong(both))"],
    ["__bold__ and _soft_", "strong(bold) and em(soft)"],
    ["a snake_case_name and 2 * 3 * 4", "a snake_case_name and 2 * 3 * 4"],
    ["**bold *soft* bold**", "strong(bold em(soft) bold)"],
    ["*not closed and **neither", "*not closed and **neither"],
    ["日本語は**強い**です", "日本語はstrong(強い)です"],
    ["`a < b` and ``a ` b``", "code(a < b) and code(a ` b)"],
    ["`not closed", "`not closed"],
    ["`*not soft*`", "code(*not soft*)"],
    ["\\*not soft\\* \\a", "*not soft* \\a"],
    ["one  \ntwo\\\nthree\nfour", "one↵two↵three\nfour"],
    ["AT&amp;T &copy; &#8212; &lt;b&gt;", "AT&T &copy; — <b>"],
    ["[1:05](r/trn_1?at=65000) said", "link(1:05 → r/trn_1?at=65000) said"],
    ['[*a* b](<https://e.org/x y> "title")', "link(em(a) b → https://e.org/x y)"],
    ["[wiki](https://e.org/a_(b))", "link(wiki → https://e.org/a_(b))"],
    [
      "<https://e.org/?q=1> and <mailto:a@e.org>",
      "link(https://e.org/?q=1 → https://e.org/?q=1) and link(mailto:a@e.org → mailto:a@e.org)",
    ],
    ["[only] brackets [s12]", "[only] brackets [s12]"],
    ["[out [in](a) side](b)", "[out link(in → a) side](b)"],
    ["![a cat](https://e.org/cat.png)", "a cat"],
  ])("%s", (source, expected) => {
    expect(shown(inlinesOf(source))).toBe(expected);
  });
});

describe("a text", () => {
  test.each([
    ["one\ntwo\n\nthree", "p(one\ntwo) p(three)"],
    [
      "# Title #\n## Part\ntext\n\nOld\n===\nOlder\n---",
      "h1(Title) h2(Part) p(text) h1(Old) h2(Older)",
    ],
    ["#no heading", "p(#no heading)"],
    ["- a\n- b\n  more\n* c", "ul(li(a) li(b\nmore)) ul(li(c))"],
    ["Points:\n- a\n- b", "p(Points:) ul(li(a) li(b))"],
    ["1. a\n2. b\n   - c\n   - d\n3. e", "ol1(li(a) li(b ul(li(c) li(d))) li(e))"],
    ["1. a\n  - indented by two\n2. b", "ol1(li(a ul(li(indented by two))) li(b))"],
    ["3) a\n4) b", "ol3(li(a) li(b))"],
    ["- a\n\n- b\n\nafter", "ul(li(p(a)) li(p(b))) p(after)"],
    ["- a\n\n  second\n- b", "ul(li(p(a) p(second)) li(p(b)))"],
    ["In 1984. It was\n1984. a year", "p(In 1984. It was\n1984. a year)"],
    ["> said\n> **twice**\n\nend", "quote(p(said\nstrong(twice))) p(end)"],
    ["```js\nif (a < b) {\n\n}\n```\nafter", "pre(if (a < b) {\n\n}) p(after)"],
    ["```\nnever closed", "pre(never closed)"],
    ["a\n\n---\n\n* * *\nb", "p(a) hr hr p(b)"],
    [
      "| a | b |\n|---|:-:|\n| 1 | **2** |\n| x \\| y | z |\n\nend",
      "table(a|b/1|strong(2)/x | y|z) p(end)",
    ],
    ["a | b\nno table", "p(a | b\nno table)"],
    ["", ""],
    ["-", "ul(li())"],
  ])("%j", (source, expected) => {
    expect(drawn(blocksOf(source))).toBe(expected);
  });
});

describe("what is hostile stays text", () => {
  test.each([
    ["<script>alert(1)</script>", "p(<script>alert(1)</script>)"],
    ["<img src=x onerror=alert(1)>", "p(<img src=x onerror=alert(1)>)"],
    ["[a](javascript:alert(1))", "p(a)"],
    ["[a](JavaScript:alert%281%29)", "p(a)"],
    ["[a](data:text/html,x) [b](vbscript:x)", "p(a b)"],
    ["<javascript:alert(1)>", "p(<javascript:alert(1)>)"],
    ["[a](&#106;avascript:x)", "p(link(a → &#106;avascript:x))"], // an address of this service
  ])("%s", (source, expected) => {
    expect(drawn(blocksOf(source))).toBe(expected);
  });

  test.each([
    "[",
    "![",
    "*a ",
    "**",
    "_a",
    "`",
    "> ",
    "- ",
    "<",
    "&#",
    "|-",
    "(",
    "[a](",
    "\\",
    "  - a\n",
  ])("%j a hundred thousand times takes no long time", (piece) => {
    const began = performance.now();
    blocksOf(piece.repeat(100_000 / piece.length));
    expect(performance.now() - began).toBeLessThan(1_500);
  });
});
