"""Text fields without control characters and lone surrogates, which databases and files refuse."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_LINE_BREAKS = frozenset("\n\r\t")


def _refuse_unprintable(text: str) -> str:
    _refuse(text, allowed=frozenset())
    return text


def _refuse_unprintable_in_lines(text: str) -> str:
    _refuse(text, allowed=_LINE_BREAKS)
    return text


def _refuse_unstorable(text: str) -> str:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("NUL and unpaired surrogates are not allowed")
    return text


def _refuse(text: str, *, allowed: frozenset[str]) -> None:
    for position, character in enumerate(text):
        if character in allowed:
            continue
        if unicodedata.category(character) in ("Cc", "Cs"):  # controls, unpaired surrogates
            raise ValueError(
                f"the character U+{ord(character):04X} at position {position} is not allowed"
            )


# One line: names, titles, search terms.
CleanStr = Annotated[
    str, StringConstraints(strip_whitespace=True), AfterValidator(_refuse_unprintable)
]
# Like ``Line``, including spaces at the ends: text to search for and replace.
ExactLine = Annotated[str, AfterValidator(_refuse_unprintable)]
# Several lines: prompts, edited segments.
CleanText = Annotated[
    str, StringConstraints(strip_whitespace=True), AfterValidator(_refuse_unprintable_in_lines)
]
# Spaces at the ends are part of passwords and tokens.
ExactStr = Annotated[str, AfterValidator(_refuse_unstorable)]
