"""Blocks of a document, without markup, that every format for reading can render."""

from dataclasses import dataclass
from enum import StrEnum

from mp4totext.kit import unicode


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
