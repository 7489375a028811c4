"""Text as readers see it: characters, width, script and direction; and its clean-up."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from wcwidth import iter_graphemes, wcswidth

# Scripts without spaces, in which a line may end between any two characters (except kinsoku).
_IDEOGRAPHIC = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f"
    "\U00020000-\U0003ffff]"
)
_FULL_WIDTH_MARKS = re.compile("[\u3000-\u3004\u3008-\u3020\u3030\uff01-\uff65\u30fb\u2026]")
# Thai, Lao, Myanmar, Khmer: no spaces either, but only a dictionary finds the ends of words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uaa60-\uaa7f]")
# Embeddings, overrides and isolates: an unclosed one reverses the following lines.
_DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"[\s\u2028\u2029\u0085]+")
RIGHT_TO_LEFT_MARK = "\u200f"
# Marks that are kept on one letter. Cantillated Hebrew and Tibetan stacks have up to five, the flag
# of a region has six invisible characters. Hundreds are abuse, and take quadratic time to shape.
MARKS_MAX = 8
_MARKS = frozenset({"Mn", "Me", "Cf"})


def clean(text: str) -> str:
    """One line of visible text.

    Control characters, surrogates, direction overrides, and more than ``MARKS_MAX`` accents or
    invisible characters in a row are removed.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    characters = []
    marks = 0
    for character in _SPACES.sub(" ", _DIRECTION_CONTROLS.sub("", text)):
        category = unicodedata.category(character)
        # U+FFFE and U+FFFF are allowed in no XML document; other non-characters display nothing.
        if category in {"Cc", "Cs"} or ord(character) & 0xFFFE == 0xFFFE:
            continue
        marks = marks + 1 if category in _MARKS else 0
        if marks <= MARKS_MAX:
            characters.append(character)
    return " ".join("".join(characters).split())


def clusters(text: str) -> list[str]:
    """Grapheme clusters: a letter with its accents, an emoji family, a flag."""
    return list(text) if text.isascii() else list(iter_graphemes(text))


def count(text: str) -> int:
    """The number of grapheme clusters."""
    return len(text) if text.isascii() else len(clusters(text))


def width(text: str) -> int:
    """Columns in a terminal: 1 for a Latin letter, 2 for a full-width one, 0 for an accent."""
    return len(text) if text.isascii() else max(0, wcswidth(text))


def is_ideographic(text: str) -> bool:
    return _IDEOGRAPHIC.search(text) is not None


def is_unspaced(text: str) -> bool:
    return _UNSPACED.search(text) is not None


def wide_and_all(text: str) -> tuple[int, int]:
    """The number of characters with two columns, and of all characters, without spaces."""
    if text.isascii():
        return 0, len("".join(text.split()))
    visible = [c for c in clusters(text) if not c.isspace()]
    return sum(unicodedata.east_asian_width(c[0]) in "WF" for c in visible), len(visible)


def is_right_to_left(text: str) -> bool:
    """Whether more letters are written from right to left than from left to right."""
    if text.isascii():
        return False
    directions = [unicodedata.bidirectional(c) for c in text]
    return sum(d in {"R", "AL"} for d in directions) > directions.count("L")


def directed(line: str) -> str:
    """The line in logical order, with direction marks that keep punctuation on the correct side."""
    if not is_right_to_left(line):
        return line
    return f"{RIGHT_TO_LEFT_MARK}{line}{RIGHT_TO_LEFT_MARK}"


def needs_space(left: str, right: str) -> bool:
    """Whether two texts are joined by a space; Chinese and Japanese characters are not."""
    if not left or not right:
        return False
    if right[0].isascii():  # the usual case
        return True
    return not (is_full_width(left[-1]) and is_full_width(right[0]))


def is_full_width(character: str) -> bool:
    """Whether it is a Chinese or Japanese character or punctuation mark."""
    return is_ideographic(character) or _FULL_WIDTH_MARKS.match(character) is not None


def letters(text: str) -> str:
    """The letters and digits in lower case, to compare what is written with different marks."""
    return "".join(character for character in text.casefold() if character.isalnum())


def joined(texts: Iterable[str]) -> str:
    parts = [text for text in texts if text]
    if not parts:
        return ""
    spaced = [(" " if needs_space(a, b) else "") + b for a, b in pairwise(parts)]
    return parts[0] + "".join(spaced)


def shortened(text: str, limit: int, *, characters_max: int | None = None) -> str:
    """At most ``limit`` columns; a longer text is cut between characters and ends in an ellipsis.

    ``characters_max``: of the result, as a column may have many of them: a letter and its marks.
    """
    most = len(text) if characters_max is None else characters_max
    if width(text) <= limit and len(text) <= most:
        return text
    columns, length, kept = 0, 1, []
    for cluster in iter_graphemes(text):
        columns += width(cluster)
        length += len(cluster)
        if columns >= limit or length > most:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + "…"
