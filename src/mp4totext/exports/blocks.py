"""Markdown as blocks that every format for reading can draw: nothing in it is markup any more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mp4totext.kit import unicode

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_DEEPEST = 6  # headings, as in HTML


class Style(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    QUOTE = "quote"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    text: str  # one line; may begin or end with a space
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    style: Style
    runs: tuple[Run, ...]
    level: int = 0  # of a heading from 1; how deep an item lies, from 0
    mark: str = ""  # of an item: "•", "1.", "☐", "☑"

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


def heading(text: str, level: int) -> Block:
    return Block(style=Style.HEADING, runs=(Run(text=unicode.clean(text)),), level=level)


def paragraph(text: str) -> Block:
    return Block(style=Style.PARAGRAPH, runs=(Run(text=unicode.clean(text)),))


def item(text: str) -> Block:
    return Block(style=Style.ITEM, runs=(Run(text=unicode.clean(text)),), mark="•")


def parsed(markdown: str, *, below: int) -> list[Block]:
    """The blocks of a text whose highest headings stand one below a heading of a level."""
    tokens = _MARKDOWN.parse(markdown)
    highest = min((int(t.tag[1:]) for t in tokens if t.type == "heading_open"), default=1)
    return [block for block in _walk(tokens, below - highest + 1) if block.text.strip()]


def _walk(tokens: Sequence[Token], below: int) -> Iterator[Block]:
    numbers: list[int | None] = []  # of the lists around, the next item's; None: bullets
    mark, quotes, level = "", 0, 0
    cells: list[Run] = []  # of a table's row
    in_cell = False
    for token in tokens:
        match token.type:
            case "heading_open":
                level = min(_DEEPEST, below + int(token.tag[1:]))
            case "bullet_list_open":
                numbers.append(None)
            case "ordered_list_open":
                numbers.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                numbers.pop()
            case "list_item_open":
                number = numbers[-1]
                mark = "•" if number is None else f"{number}."
                numbers[-1] = None if number is None else number + 1
            case "blockquote_open" | "blockquote_close":
                quotes += 1 if token.nesting > 0 else -1
            case "td_open" | "th_open":
                in_cell = True
                cells += [Run(text=" · ")] if cells else []
            case "inline" if in_cell:
                cells += _runs(token)
                in_cell = False
            case "tr_close":
                yield Block(style=Style.ITEM, runs=tuple(cells), mark="•")
                cells = []
            case "inline":
                runs = tuple(_runs(token))
                if level:
                    yield Block(style=Style.HEADING, runs=runs, level=level)
                elif mark:
                    mark, runs = _task(mark, runs)
                    yield Block(style=Style.ITEM, runs=runs, level=len(numbers) - 1, mark=mark)
                else:
                    style = Style.QUOTE if quotes else Style.PARAGRAPH
                    yield Block(style=style, runs=runs)
                mark, level = "", 0
            case "fence" | "code_block":
                for line in token.content.splitlines():
                    yield Block(style=Style.CODE, runs=(Run(text=unicode.clean(line)),))


def _runs(inline: Token) -> Iterator[Run]:
    bold = italic = 0
    for token in inline.children or ():
        match token.type:
            case "strong_open" | "strong_close":
                bold += token.nesting
            case "em_open" | "em_close":
                italic += token.nesting
            case "softbreak" | "hardbreak":
                yield Run(text=" ")
            case _ if token.content:
                text = _line(token.content)
                yield Run(text=text, bold=bold > 0, italic=italic > 0)


def _line(text: str) -> str:
    """Visible text with the spaces at its ends, which stand between two runs."""
    shown = unicode.clean(text)
    before = " " if text[:1].isspace() else ""
    after = " " if shown and text[-1:].isspace() else ""
    return f"{before}{shown}{after}"


def _task(mark: str, runs: tuple[Run, ...]) -> tuple[str, tuple[Run, ...]]:
    """A list's item that begins with a box to tick."""
    first = runs[0].text if runs else ""
    for written, box in (("[ ] ", "☐"), ("[x] ", "☑"), ("[X] ", "☑")):
        if first.startswith(written):
            rest = Run(text=first.removeprefix(written), bold=runs[0].bold, italic=runs[0].italic)
            return box, (rest, *runs[1:])
    return mark, runs
