"""Widths, clusters and directions of text, and cleaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.kit import unicode
from tests.support.processor_time import processor_time


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("e\u0301", 1),
        ("字", 2),
        ("한국", 4),
        ("ﾃﾞ", 2),
        ("👩\u200d👩\u200d👧", 2),
        ("", 0),
    ],
)
def test_width_is_in_columns(text: str, columns: int) -> None:
    assert unicode.width(text) == columns


def test_characters_drawn_together_are_one() -> None:
    assert unicode.clusters("e\u0301👩\u200d👧🇹🇷क्") == ["e\u0301", "👩\u200d👧", "🇹🇷", "क्"]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("今日は。", "「元気」", "今日は。「元気」"),
        ("one", "two", "one two"),
        ("한국어", "자막", "한국어 자막"),
        ("今日は", "MP4", "今日は MP4"),
        ("", "two", "two"),
    ],
)
def test_texts_are_joined_as_their_script_asks(left: str, right: str, expected: str) -> None:
    assert unicode.joined([left, right]) == expected


def test_nothing_needs_no_space() -> None:
    assert not unicode.needs_space("", "a")
    assert unicode.joined([]) == ""


@pytest.mark.parametrize(
    ("line", "right_to_left"),
    [("مرحبا MP4", True), ("MP4 مرحبا بكم", True), ("MP4toText مرح", False), ("123", False)],
)
def test_direction_is_that_of_most_letters(line: str, right_to_left: bool) -> None:
    assert unicode.is_right_to_left(line) is right_to_left
    assert unicode.directed(line).startswith(unicode.RIGHT_TO_LEFT_MARK) is right_to_left


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Ada", 3, "Ada"),
        ("Grace Hopper", 8, "Grace H…"),
        ("Grace Hopper", 7, "Grace…"),
        ("字字字字", 6, "字字…"),
    ],
)
def test_shortening_shows_that_something_is_missing(text: str, limit: int, expected: str) -> None:
    assert unicode.shortened(text, limit) == expected


def test_shortening_takes_no_longer_for_a_longer_text() -> None:
    with processor_time() as spent:
        assert unicode.shortened("漢" * 100_000, 100) == "漢" * 49 + "…"
    assert spent.s < 0.2


def test_shortening_counts_characters_where_it_is_told_to() -> None:
    marked = "a" + "\u0301" * 8
    assert unicode.shortened(marked * 20, 100) == marked * 20
    assert unicode.shortened(marked * 20, 100, characters_max=30) == marked * 3 + "…"


@given(text=st.text())
def test_cleaned_text_is_one_printable_line_and_stays_as_it_is(text: str) -> None:
    cleaned = unicode.clean(text)
    assert cleaned.splitlines() in ([], [cleaned])
    assert cleaned == cleaned.strip()
    assert unicode.clean(cleaned) == cleaned
    cleaned.encode()


@pytest.mark.parametrize("mark", ["\u0301", "\u200b", "\u20dd"], ids=["accent", "space", "circle"])
def test_a_pile_of_marks_on_one_letter_is_cut_down(mark: str) -> None:
    assert unicode.clean(f"a{mark * 500}b") == f"a{mark * unicode.MARKS_MAX}b"


@pytest.mark.parametrize(
    "text",
    [
        "בְּרֵאשִׁ֖ית",
        "བསྒྲུབས",
        "👩‍👩‍👧‍👦",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_marks_that_a_script_uses_are_kept(text: str) -> None:
    assert unicode.clean(text) == text
