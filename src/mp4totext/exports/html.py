"""Renders Markdown as safe HTML: HTML in the Markdown is escaped."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

# Of another host, or a place in a recording as the page's addresses have it.
_SAFE_LINK = re.compile(r"(?:https?://|mailto:)\S+|r/\w*\?at=\d+", re.IGNORECASE | re.ASCII)
_PLACE = "r/"
_ALIGNED = "text-align:"
_BOXES = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}
_DEEPEST = 6


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 (the package's name)
        return _SAFE_LINK.fullmatch(url) is not None


_MARKDOWN = _Markdown("commonmark", {"html": False}).enable("table")
_HTML = RendererHTML()


def rendered(markdown: str, *, below: int) -> str:
    """Render paragraphs, lists, headings, quotes, code, tables and links; other markup stays text.

    The highest headings are one level below ``below``. Pictures are replaced by their descriptions,
    as they would be loaded from other hosts. Links other than http, https, mailto and places in a
    recording stay text. Table cells use ``data-align``, as content policies forbid ``style``.
    """
    tokens = _MARKDOWN.parse(markdown)
    highest = min((int(t.tag[1:]) for t in tokens if t.type == "heading_open"), default=1)
    for index, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(_DEEPEST, below - highest + 1 + int(token.tag[1:]))}"
        token.info = ""  # of code: would be a class
        token.attrs = dict(_attributes(token))
        if token.children is not None:
            token.children = [_inline(child) for child in token.children]
            if index > 1 and tokens[index - 2].type == "list_item_open":
                _tick(token.children)
    return _HTML.render(tokens, _MARKDOWN.options, {}).strip()


def _inline(token: Token) -> Token:
    if token.type == "image":
        described = _HTML.renderInlineAsText(token.children, _MARKDOWN.options, {})
        return Token("text", "", 0, content=described)
    token.attrs = dict(_attributes(token))
    return token


def _attributes(token: Token) -> Iterator[tuple[str, str | int | float]]:
    """The known attributes; all others are left out."""
    if token.type == "ordered_list_open" and "start" in token.attrs:
        yield "start", token.attrs["start"]
    if token.type in ("th_open", "td_open") and "style" in token.attrs:
        yield "data-align", str(token.attrs["style"]).removeprefix(_ALIGNED)
    if token.type == "link_open":
        yield "href", token.attrs["href"]
        if not str(token.attrs["href"]).startswith(_PLACE):
            yield "rel", "noopener noreferrer nofollow"
            yield "target", "_blank"


def _tick(inline: list[Token]) -> None:
    """Replace the mark of a task list item by a checkbox character."""
    if inline and inline[0].type == "text":
        for written, box in _BOXES.items():
            if inline[0].content.startswith(written):
                inline[0].content = box + inline[0].content.removeprefix(written)
