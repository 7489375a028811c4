"""Accepted strings in requests."""

from typing import Annotated

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from mp4totext.kit.text import CleanStr, CleanText, ExactStr

LINE = TypeAdapter(CleanStr)
LINES = TypeAdapter(CleanText)
EXACT = TypeAdapter(ExactStr)


@pytest.mark.parametrize("text", ["", "Ana", "Übung", "録音", "שלום", "🎙️", "a‍b", "e\u0301"])
def test_words_of_all_scripts_are_kept(text: str) -> None:
    for adapter in (LINE, LINES, EXACT):
        assert adapter.validate_python(text) == text


def test_ends_are_stripped_except_where_they_count() -> None:
    assert LINE.validate_python(" a b ") == "a b"
    assert LINES.validate_python("\na\n\tb\r\n") == "a\n\tb"
    assert EXACT.validate_python(" a\t") == " a\t"


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\x85", "\ud800"])
def test_controls_and_half_characters_are_refused(character: str) -> None:
    for adapter in (LINE, LINES):
        with pytest.raises(ValidationError, match=f"U\\+{ord(character):04X}|unicode"):
            adapter.validate_python(f"a{character}b")


@pytest.mark.parametrize("character", ["\n", "\t", "\r"])
def test_a_line_is_one_line(character: str) -> None:
    with pytest.raises(ValidationError):
        LINE.validate_python(f"a{character}b")


@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_exact_text_can_be_stored(character: str) -> None:
    with pytest.raises(ValidationError, match="not allowed"):
        EXACT.validate_python(f"a{character}b")


def test_only_spaces_are_nothing() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Annotated[CleanStr, Field(min_length=1)]).validate_python("   ")
