"""The search for cues finds the optimum of all possible cuts in linear time."""

import random
from functools import cache
from itertools import pairwise

import pytest

from mp4totext.exports import phrases
from mp4totext.exports.captions import build
from mp4totext.exports.cue_cuts import (
    Measured,
    cuts,
    line_limit,
    line_starts,
    measured,
    reading_ms,
)
from mp4totext.exports.presets import DEFAULT, PRESETS, CaptionPreset
from mp4totext.exports.timed_pieces import Piece
from tests.exports.samples import spoken, transcript

WORDS = [
    *("so", "and", "because", "the", "of", "to", "Mr", "it", "really", "Mediterranean,", "25"),
    *("people", "said,", "well,", "no.", "yes!", "Ada", "Brown", "over", "bridge.", "(slowly)"),
    *("supercalifragilisticexpialidocious", "字", "幕", "の", "規", "則。"),
]


def pieces(chosen: random.Random, count: int) -> list[Piece]:
    made: list[Piece] = []
    at = 0
    for _ in range(count):
        at += chosen.choice([0, 40, 120, 700])
        text = chosen.choice(WORDS)
        end = at + chosen.choice([0, 60, 250, 900])
        made.append(
            Piece(
                text=text,
                start_ms=at,
                end_ms=end,
                speaker=None,
                language="en",
                spaced=bool(made),
                word_edge=True,
            )
        )
        at = end
    return made


def cue_cost(text: Measured, start: int, stop: int) -> int | None:
    """Written down plainly: what the search minimises."""
    preset = text.preset
    last = stop == text.run_ends[start]
    spoken_ms = text.pieces[stop - 1].end_ms - text.pieces[start].start_ms
    widest = preset.max_lines * max(preset.max_columns, preset.wide_characters * 2)
    if stop - start > 1 and (text.width(start, stop) > widest or spoken_ms > preset.max_ms):
        return None
    wide = text.is_wide(start, stop)
    lines = line_cost(text, start, stop, line_limit(preset, wide=wide), preset.max_lines)
    if lines is None:
        return None
    until_ms = text.until_ms if stop == len(text.pieces) else text.pieces[stop].start_ms
    free_ms = min(until_ms - text.pieces[start].start_ms - preset.gap_ms, preset.max_ms)
    characters = text.columns[stop] - text.columns[start]
    needed_ms = reading_ms(characters // (2 if wide else 1), preset, wide=wide)
    cost = 20 + lines + max(0, max(preset.min_ms, needed_ms) - free_ms) // 40
    ended = phrases.ends_sentence(text.pieces[stop - 1].text)
    fresh = start == 0 or text.run_ends[start - 1] == start
    fresh = fresh or phrases.ends_sentence(text.pieces[start - 1].text)
    begun = sum(phrases.ends_sentence(piece.text) for piece in text.pieces[start : stop - 1])
    cost += begun * (12 if (last or ended) and fresh else 30)
    if not last:
        pause_ms = max(0, until_ms - text.pieces[stop - 1].end_ms)
        cost += 2 * text.costs[stop] - min(pause_ms, 600) // 60
        cost += 10 if characters < 10 and not ended else 0
    return cost


def line_cost(text: Measured, start: int, stop: int, limit: int, lines: int) -> int | None:
    if text.width(start, stop) <= limit or stop - start == 1:
        return 0
    costs = []
    for at in range(start + 1, stop) if lines > 1 else ():
        first = text.width(start, at)
        rest = line_cost(text, at, stop, limit, lines - 1)
        if rest is not None and (first <= limit or at - start == 1):
            uneven = first - text.width(at, stop)
            costs.append(rest + text.costs[at] + abs(uneven) // 6 + (uneven > 0))
    return min(costs, default=None)


def cheapest(text: Measured) -> int:
    @cache
    def up_to(stop: int) -> int:
        costs = []
        for start in range(stop):
            cost = cue_cost(text, start, stop) if stop <= text.run_ends[start] else None
            if cost is not None:
                costs.append(up_to(start) + cost)
        return min(costs, default=0)

    return up_to(len(text.pieces))


PRESETS_TRIED = [*PRESETS.values(), CaptionPreset(name="three", title="", max_lines=3)]


@pytest.mark.parametrize("preset", PRESETS_TRIED, ids=lambda preset: preset.name)
@pytest.mark.parametrize("seed", range(6))
def test_no_other_way_to_cut_is_cheaper(preset: CaptionPreset, seed: int) -> None:
    chosen = random.Random(seed)
    made = pieces(chosen, 24)
    marks = {0: "", chosen.randint(5, 19): "- "}
    text = measured(made, marks, preset, until_ms=made[-1].end_ms + 2_000)
    found = cuts(text)
    assert [start for start, _ in found] == [0, *(stop for _, stop in found[:-1])]
    costs = [cue_cost(text, start, stop) for start, stop in found]
    assert sum(cost for cost in costs if cost is not None) == cheapest(text)
    assert None not in costs


@pytest.mark.parametrize("preset", PRESETS_TRIED, ids=lambda preset: preset.name)
def test_no_other_lines_of_a_cue_are_cheaper(preset: CaptionPreset) -> None:
    made = pieces(random.Random(3), 400)
    text = measured(made, {0: ""}, preset, until_ms=made[-1].end_ms + 2_000)
    for start, stop in cuts(text):
        starts = line_starts(text, start, stop)
        assert len(starts) <= preset.max_lines
        limit = line_limit(preset, wide=text.is_wide(start, stop))
        borders = list(pairwise([*starts, stop]))
        assert all(b - a == 1 or text.width(a, b) <= limit for a, b in borders)
        differences = [
            text.width(a, b) - text.width(b, stop) for a, b in borders[:-1]
        ]  # as in line_cost
        cost = sum(text.costs[b] for _, b in borders[:-1])
        cost += sum(abs(each) // 6 + (each > 0) for each in differences)
        assert cost == line_cost(text, start, stop, limit, preset.max_lines)


@pytest.mark.slow
@pytest.mark.no_cover  # tracing would take longer than the work
def test_a_long_text_is_cut_the_same_however_much_is_computed_at_once() -> None:
    text = measured(pieces(random.Random(1), 700), {0: "", 300: "- "}, DEFAULT, until_ms=10**7)
    whole = cuts(text)
    assert all(cuts(text, at_once=count) == whole for count in (1, 7, 100, 699))


def test_marks_without_a_width_do_not_pile_up_in_one_cue() -> None:
    marks = " ".join(["\u0301"] * 500)
    cues = build(transcript(spoken(marks, character_ms=1)), DEFAULT)
    assert len(cues) > 1


@pytest.mark.parametrize("title", ["Mr.", "Dr.", "Prof.", "“Mrs."])
def test_a_title_stays_with_its_name(title: str) -> None:
    assert not phrases.ends_sentence(title)
    cost = phrases.break_cost(title, "Hale", language="en", spaced=True, word_edge=True)
    assert cost == phrases.AFTER_LINK
