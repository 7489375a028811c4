"""Every regular expression takes linear time for any text.

Each is searched for in short texts first. Those that take it longest are made longer, and then four
times as long as that: a quadratic expression takes sixteen times as long for them.
"""

import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

import mp4totext

CHARS = 1_000  # of the texts that all are tried with
LONGER = 4
GROWTH = 4
GROWTH_OF_TIME_MAX = 10  # between 4 and 16, as times on a busy machine vary
QUICK_S = 0.000_3  # a quadratic one needs 5 ms for four times as much
SLOWEST = 6  # texts of each expression that are looked at again
EXTRAS = {"numba", "modal", "torch", "pyannote", "whisper", "ctranslate2", "faster_whisper"}
# What words, numbers, addresses, marks and spaces are made of, in several scripts, and the words
# that ours look for.
SEEDS = (
    *(
        "a",
        "A",
        "1",
        " ",
        ".",
        ",",
        "-",
        "'",
        '"',
        "[",
        "(",
        ")",
        "@",
        ":",
        "/",
        "…",
        "“",
        "„",
        "«",
    ),
    *("「", "\n", "\t", "\u3000", "千", "一", "年", "ก", "é", "a\u0301", "”", "!", "。", "<", "$"),
    *("a ", "1 ", "1,", "1.", "1'", "a.", "a-", "A-", "a@", "a@a.", "A. ", " \n", ", ", "..", "(1"),
    *(
        "s1,",
        "+1 ",
        "$1",
        "12:",
        "20 ",
        "and ",
        "one ",
        "of ",
        "de ",
        "the ",
        "to ",
        "so, ",
        "May ",
    ),
    *(
        "January ",
        "hundred ",
        "twenty-",
        " dot ",
        " at ",
        "http://",
        "www.",
        "next ",
        "I'm ",
        "Van ",
    ),
)


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every compiled pattern of the package that reads text, by the place of its first user."""
    seen: set[re.Pattern[str]] = set()
    for module in pkgutil.walk_packages(mp4totext.__path__, "mp4totext."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        try:
            members = vars(importlib.import_module(module.name))
        except ModuleNotFoundError as error:
            if error.name not in EXTRAS:  # of engines that are not installed here
                raise
            continue
        for name, value in members.items():
            for number, pattern in enumerate(compiled(value)):
                if isinstance(pattern.pattern, str) and pattern not in seen:
                    seen.add(pattern)
                    place = module.name.removeprefix("mp4totext.")
                    yield f"{place}.{name}.{number}", pattern


def compiled(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict) and depth < 4:
        yield from compiled(tuple(value.values()), depth)
    elif isinstance(value, tuple | list | frozenset) and depth < 4:
        for item in value:
            yield from compiled(item, depth + 1)


def texts(chars: int) -> Iterator[str]:
    for seed in SEEDS:
        repeated = (seed * chars)[:chars]
        yield repeated
        yield from (repeated[:-1] + end for end in ("!", "x"))
    for first, second in itertools.permutations(SEEDS[:20], 2):
        yield ((first + second) * chars)[:chars]


@cache
def all_texts(chars: int) -> tuple[str, ...]:
    return tuple(texts(chars))


def search_s(pattern: re.Pattern[str], text: str) -> float:
    began = time.process_time()
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - began


def best_of_three_s(pattern: re.Pattern[str], text: str) -> float:
    return min(search_s(pattern, text) for _ in range(3))


def worst_growth(pattern: re.Pattern[str]) -> tuple[float, str]:
    """How many times as long the longer text takes at most, and the beginning of such a text."""
    times = [(search_s(pattern, text), number) for number, text in enumerate(all_texts(CHARS))]
    worst = (0.0, "")
    for short_s, number in sorted(times)[-SLOWEST:]:
        if short_s > QUICK_S:
            worst = max(worst, (growth(pattern, number), all_texts(20)[number]))
    return worst


def growth(pattern: re.Pattern[str], number: int, *, chars: int = CHARS * LONGER) -> float:
    text, longer = all_texts(chars)[number], all_texts(chars * GROWTH)[number]
    return best_of_three_s(pattern, longer) / best_of_three_s(pattern, text)


@pytest.mark.slow
def test_every_expression_takes_time_in_proportion_to_its_text() -> None:
    growths = {place: worst_growth(pattern) for place, pattern in patterns()}
    assert len(growths) > 50
    slow = {place: worst for place, worst in growths.items() if worst[0] > GROWTH_OF_TIME_MAX}
    assert slow == {}


def test_a_quadratic_expression_is_noticed() -> None:
    assert growth(re.compile(r"(a|b)+x"), 0, chars=1_000) > GROWTH_OF_TIME_MAX
