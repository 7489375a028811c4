"""Parses Markdown into blocks without markup, which every format for reading can render."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from mp4totext.exports.blocks import Block, Run, Style
from mp4totext.kit import unicode

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_DEEPEST = 6  # headings, as in HTML


def parsed(markdown: str, *, below: int) -> list[Block]:
    """The blocks of a text. Its highest headings are one level below ``below``."""
    tokens = _MARKDOWN.parse(markdown)
    highest = min((int(t.tag[1:]) for t in tokens if t.type == "heading_open"), default=1)
    found = _blocks(SyntaxTreeNode(tokens), below - highest + 1)
    return [block for block in found if block.text.strip()]


def _blocks(parent: SyntaxTreeNode, below: int) -> Iterator[Block]:
    for node in parent.children:
        match node.type:
            case "heading":
                level = min(_DEEPEST, below + int(node.tag[1:]))
                yield Block(style=Style.HEADING, runs=_runs(node), level=level)
            case "paragraph":
                yield Block(style=Style.PARAGRAPH, runs=_runs(node))
            case "bullet_list" | "ordered_list":
                yield from _items(node, below, depth=0)
            case _:
                yield from _framed(node, below)


def _framed(node: SyntaxTreeNode, below: int) -> Iterator[Block]:
    match node.type:
        case "blockquote":
            for block in _blocks(node, below):
                yield replace(block, style=Style.QUOTE)
        case "table":
            for row in (node for node in node.walk() if node.type == "tr"):
                yield Block(style=Style.ITEM, runs=_cells(row), mark="•")
        case "fence" | "code_block":
            for line in node.content.splitlines():
                yield Block(style=Style.CODE, runs=(Run(text=unicode.clean(line)),))


def _items(items: SyntaxTreeNode, below: int, *, depth: int) -> Iterator[Block]:
    first = int(items.attrs.get("start", 1))
    for number, node in enumerate(items.children, first):
        mark = f"{number}." if items.type == "ordered_list" else "•"
        for part in node.children:
            if part.type in ("bullet_list", "ordered_list"):
                yield from _items(part, below, depth=depth + 1)
            elif part.type == "paragraph" and mark:
                mark, runs = _task(mark, _runs(part))
                yield Block(style=Style.ITEM, runs=runs, level=depth, mark=mark)
                mark = ""
            else:
                yield from _blocks(SyntaxTreeNode(part.to_tokens()), below)


def _cells(row: SyntaxTreeNode) -> tuple[Run, ...]:
    cells = [_runs(cell) for cell in row.children]
    between = [(Run(text=" · "),)] * len(cells)
    return tuple(chain.from_iterable(chain(*zip(between, cells, strict=True))))[1:]


def _runs(parent: SyntaxTreeNode) -> tuple[Run, ...]:
    """The text of a block as runs with their emphasis."""
    return tuple(
        run
        for inline in parent.children
        for node in inline.children
        for run in _spans(node, Run(text=""))
    )


def _spans(node: SyntaxTreeNode, around: Run) -> Iterator[Run]:
    match node.type:
        case "softbreak" | "hardbreak":
            yield Run(text=" ")
        case "strong":
            around = replace(around, bold=True)
        case "em":
            around = replace(around, italic=True)
        case _ if not node.children and node.content:
            yield replace(around, text=_line(node.content))
    for child in node.children:
        yield from _spans(child, around)


def _line(text: str) -> str:
    """Visible text, with the spaces at its ends that separate two runs."""
    shown = unicode.clean(text)
    before = " " if text[:1].isspace() else ""
    after = " " if shown and text[-1:].isspace() else ""
    return f"{before}{shown}{after}"


def _task(mark: str, runs: tuple[Run, ...]) -> tuple[str, tuple[Run, ...]]:
    """The mark and text of a task list item."""
    for written, box in (("[ ] ", "☐"), ("[x] ", "☑"), ("[X] ", "☑")):
        if runs and runs[0].text.startswith(written):
            return box, (replace(runs[0], text=runs[0].text.removeprefix(written)), *runs[1:])
    return mark, runs
