"""Cuts text into cues and cues into lines with the lowest total cost, in linear time.

Ten hours of speech have 100,000 words. Each may begin a cue of up to twenty words, with line breaks
at any of them. So the costs of all cues of one length are computed together in NumPy arrays; only
the search for the cheapest sequence of cues loops over the words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import add
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mp4totext.exports import phrases
from mp4totext.exports.presets import CaptionPreset
from mp4totext.exports.timed_pieces import Piece
from mp4totext.kit import unicode

# Costs for choosing cues, in the units of phrases.break_cost.
_PER_CUE, _SECOND_SENTENCE, _CUT_SENTENCE, _TINY = 20, 12, 30, 10
_IMPOSSIBLE = 10**12  # more than the total cost of all cues of a recording
AT_ONCE = 8_192  # pieces; arrays of this size stay in the processor's cache

_Ints = NDArray[np.int64]
_Flags = NDArray[np.bool_]
_Number = TypeVar("_Number", int, _Ints)


@dataclass(frozen=True, slots=True)
class Measured:
    """Pieces with the measures for the search. Item k of a sum covers the pieces before piece k."""

    pieces: Sequence[Piece]
    preset: CaptionPreset
    until_ms: int  # end of the recording
    run_ends: Sequence[int]  # for each piece: the end of its run, which no cue crosses
    marks: Sequence[int]  # width of the speaker's mark before the first piece of a run, else 0
    costs: Sequence[int]  # of a break before piece k
    columns: Sequence[int]  # sums of the widths, each with the space before
    wide: Sequence[int]  # sums of wide characters
    shown: Sequence[int]  # sums of characters
    sentences: Sequence[int]  # sums of sentence ends

    def width(self, start: int, stop: int) -> int:
        leading = self.pieces[start].spaced
        return self.columns[stop] - self.columns[start] - leading + self.marks[start]

    def is_wide(self, start: int, stop: int) -> bool:
        return (self.wide[stop] - self.wide[start]) * 2 > self.shown[stop] - self.shown[start]


@dataclass(frozen=True, slots=True)
class _Shape:
    width: int
    wide: int
    shown: int
    ends_sentence: bool

    @classmethod
    def of(cls, text: str) -> "_Shape":
        return cls(unicode.width(text), *unicode.wide_and_all(text), phrases.ends_sentence(text))


def measured(
    pieces: Sequence[Piece], marks: dict[int, str], preset: CaptionPreset, *, until_ms: int
) -> Measured:
    """Measure the pieces. ``marks``: the first piece of each run, and its speaker's mark."""
    borders = [*marks, len(pieces)]
    breaks = (
        phrases.break_cost(
            a.text, b.text, language=b.language, spaced=b.spaced, word_edge=b.word_edge
        )
        for a, b in pairwise(pieces)
    )
    # Most words occur many times: each is measured once.
    shape_of = {text: _Shape.of(text) for text in {piece.text for piece in pieces}}
    shapes = [shape_of[piece.text] for piece in pieces]
    widths = (shape.width + p.spaced for p, shape in zip(pieces, shapes, strict=True))
    return Measured(
        pieces,
        preset,
        until_ms,
        [stop for start, stop in pairwise(borders) for _ in range(start, stop)],
        [unicode.width(marks.get(at, "")) for at in range(len(pieces))],
        [0, *breaks, 0],
        list(accumulate(widths, initial=0)),
        list(accumulate((shape.wide for shape in shapes), initial=0)),
        list(accumulate((shape.shown for shape in shapes), initial=0)),
        list(accumulate((shape.ends_sentence for shape in shapes), initial=0)),
    )


def reading_ms(characters: _Number, preset: CaptionPreset, *, wide: bool) -> _Number:
    """The shortest time in which ``characters`` can be read, rounded up."""
    speed = preset.wide_characters_per_second if wide else preset.characters_per_second
    return -(-characters * 1000 // speed)


def line_limit(preset: CaptionPreset, *, wide: bool) -> int:
    return preset.wide_characters * 2 if wide else preset.max_columns


def cuts(text: Measured, *, at_once: int = AT_ONCE) -> list[tuple[int, int]]:
    """Start and stop of each cue: the shortest path over all places to cut."""
    best = [0]  # the least cost of the pieces before each piece
    by_stop = list(_costs_by_stop(text, at_once))
    for costs in by_stop:
        best.append(min(map(add, best[-len(costs) :], costs)))
    cues, stop = [], len(text.pieces)
    while stop:  # backwards from the end, along the starts of the best cues
        costs = by_stop[stop - 1]
        first = stop - len(costs)
        start = first + list(map(add, best[first:stop], costs)).index(best[stop])
        cues.append((start, stop))
        stop = start
    return cues[::-1]


def line_starts(text: Measured, start: int, stop: int) -> list[int]:
    """The first piece of each line of a cue that ``cuts`` chose."""
    limit = line_limit(text.preset, wide=text.is_wide(start, stop))
    broken = _broken(text, start, stop, limit, text.preset.max_lines)
    assert broken is not None  # only what fits was chosen
    return broken[1]


def _broken(
    text: Measured, start: int, stop: int, limit: int, lines: int
) -> tuple[int, list[int]] | None:
    """The cost and the first pieces of the best lines; None if the pieces do not fit."""
    if text.width(start, stop) <= limit or stop - start == 1:
        return 0, [start]
    best: tuple[int, list[int]] | None = None
    for at in range(start + 1, stop) if lines > 1 else ():
        second = text.width(at, stop)
        if lines == 2 and second > limit and stop - at > 1:
            continue  # the last line would be too long
        first = text.width(start, at)
        if first > limit and at - start > 1:
            break
        following = _broken(text, at, stop, limit, lines - 1)
        if following is not None:
            cost = following[0] + text.costs[at] + _unevenness(first - second)
            if best is None or cost < best[0]:
                best = cost, [start, *following[1]]
    return best


def _unevenness(difference: _Number) -> _Number:
    """The cost of unequal lines. Balanced lines read faster; the longer one should be below."""
    return abs(difference) // 6 + (difference > 0)


def _costs_by_stop(text: Measured, at_once: int) -> Iterator[list[int]]:
    """For each end: the costs of all possible cues that end there, the longest first."""
    count = len(text.pieces)
    for low in range(0, count, at_once):
        high = min(count, low + at_once)
        # The longest cue that ends in this range begins at most this many pieces before it.
        begin = max(0, low - _most_pieces(text.preset))
        by_length = list(_Stretch(text, begin, high).cues())
        table = np.full((high - low, len(by_length)), _IMPOSSIBLE)
        for length, costs in enumerate(by_length, 1):
            first_row = max(0, length - 1 - (low - begin))
            table[first_row:, -length] = costs[-(high - low - first_row) :]
        possible = np.maximum.accumulate(table < _IMPOSSIBLE, axis=1)
        costs_in_order = table[possible].tolist()
        stops = possible.sum(axis=1).cumsum().tolist()
        for start, stop in pairwise([0, *stops]):
            yield costs_in_order[start:stop]


def _widest(preset: CaptionPreset) -> int:
    """The most columns that a cue can have."""
    return preset.max_lines * max(preset.max_columns, preset.wide_characters * 2)


def _most_pieces(preset: CaptionPreset) -> int:
    """The most pieces of a cue: twice its columns, as marks may have no width."""
    return 2 * _widest(preset)


class _Stretch:
    """The pieces from ``low`` to ``high`` in arrays, to compute many cues at once.

    An array for cues of one length has one item for each piece that can begin such a cue.
    """

    def __init__(self, text: Measured, low: int, high: int) -> None:
        self._preset = text.preset
        pieces = text.pieces[low:high]
        following = text.pieces[high].start_ms if high < len(text.pieces) else text.until_ms
        self._start_ms = np.array([*(piece.start_ms for piece in pieces), following])
        self._end_ms = np.array([piece.end_ms for piece in pieces])
        self._leading = np.array([piece.spaced for piece in pieces], np.int64)
        self._run_ends = np.array(text.run_ends[low:high]) - low
        self._marks = np.array(text.marks[low:high])
        self._columns = np.array(text.columns[low : high + 1])
        self._wide = np.array(text.wide[low : high + 1])
        self._shown = np.array(text.shown[low : high + 1])
        self._sentences = np.array(text.sentences[low : high + 1])
        self.breaks = np.array(text.costs[low : high + 1])

    def cues(self) -> Iterator[_Ints]:
        """The costs of cues of 1, 2, ... pieces; ``_IMPOSSIBLE`` where they do not fit."""
        kinds = (False, True) if self._wide[-1] > self._wide[0] else (False,)
        limits = [line_limit(self._preset, wide=wide) for wide in kinds]
        lines = [_Lines(self, limit, self._preset.max_lines) for limit in limits]
        possible, length = np.ones(len(self._end_ms), np.bool_), 1
        while possible.any() and length <= _most_pieces(self._preset):
            is_wide = _over(self._wide, length) * 2 > _over(self._shown, length)
            line_costs = [broken.add(length) for broken in lines]
            costs = np.where(is_wide, line_costs[-1], line_costs[0]) + self._costs(length, is_wide)
            yield np.where(possible, np.minimum(costs, _IMPOSSIBLE), _IMPOSSIBLE)
            # A cue is only possible if the shorter one with the same end is.
            length += 1
            possible = possible[1:] & self._possible(length)

    def widths(self, length: int) -> _Ints:
        count = len(self._end_ms) - length + 1
        return np.asarray(
            _over(self._columns, length) - self._leading[:count] + self._marks[:count]
        )

    def _possible(self, length: int) -> _Flags:
        count = len(self._end_ms) - length + 1
        spoken_ms = self._end_ms[length - 1 :] - self._start_ms[:count]
        in_run = np.arange(length, length + count) <= self._run_ends[:count]
        narrow = self.widths(length) <= _widest(self._preset)
        return np.asarray(in_run & narrow & (spoken_ms <= self._preset.max_ms))

    def _costs(self, length: int, wide: _Flags) -> _Ints:
        """The cost of cues of ``length`` pieces, without the cost of their lines."""
        count, preset = len(self._end_ms) - length + 1, self._preset
        characters = _over(self._columns, length)
        free_ms = np.minimum(_over(self._start_ms, length) - preset.gap_ms, preset.max_ms)
        needed_ms = np.where(
            wide,
            reading_ms(characters // 2, preset, wide=True),
            reading_ms(characters, preset, wide=False),
        )
        hurry_ms = np.maximum(needed_ms, preset.min_ms) - free_ms
        costs = _PER_CUE + np.maximum(hurry_ms, 0) // 40
        # A cue with more than one sentence in it, or part of one.
        last = self._run_ends[:count] == np.arange(length, length + count)
        ended = np.diff(self._sentences) > 0
        first = np.ones(len(ended), np.bool_)
        first[1:] = self._run_ends[1:] != self._run_ends[:-1]
        first[1:] |= ended[:-1]
        begun = self._sentences[length - 1 : -1] - self._sentences[:count]
        whole = (last | ended[length - 1 :]) & first[:count]
        costs += begun * np.where(whole, _SECOND_SENTENCE, _CUT_SENTENCE)
        # What follows in the same run.
        pause_ms = np.clip(self._start_ms[length:] - self._end_ms[length - 1 :], 0, 600)
        onward = 2 * self.breaks[length:] - pause_ms // 60
        onward += _TINY * ((characters < 10) & ~ended[length - 1 :])
        return np.asarray(costs + np.where(last, 0, onward))


class _Lines:
    """The cheapest lines no wider than ``limit`` for cues of a stretch, length after length."""

    def __init__(self, stretch: _Stretch, limit: int, most: int) -> None:
        self._stretch, self._limit = stretch, limit
        self._widths: list[_Ints] = []  # of cues of 1, 2, ... pieces
        # What at most 1, 2, ... lines cost for cues of 1, 2, ... pieces.
        self._costs: list[list[_Ints]] = [[] for _ in range(most)]

    def add(self, length: int) -> _Ints:
        """The costs for cues one piece longer than in the call before."""
        widths = self._stretch.widths(length)
        self._widths.append(widths)
        fits = (widths <= self._limit) | (length == 1)
        for lines, by_length in enumerate(self._costs):
            costs = self._broken(length, lines) if lines and not fits.all() else _IMPOSSIBLE
            by_length.append(np.where(fits, 0, costs))
        return self._costs[-1][-1]

    def _broken(self, length: int, lines: int) -> _Ints:
        """The cost with a first line of each possible length, and the rest in ``lines`` lines."""
        best = np.full(len(self._widths[-1]), _IMPOSSIBLE)
        for first in range(1, length):
            rest = self._costs[lines - 1][length - first - 1][first:]
            widths = self._widths[first - 1][: len(rest)]
            fits = (widths <= self._limit) | (first == 1)
            if not fits.any():
                break
            uneven = _unevenness(widths - self._widths[length - first - 1][first:])
            costs = rest + self._stretch.breaks[first : first + len(rest)] + uneven
            best = np.minimum(best, np.where(fits, costs, _IMPOSSIBLE))
        return best


def _over(sums: _Ints, length: int) -> _Ints:
    """The growth of the sums over ``length`` pieces, from each piece on."""
    return sums[length:] - sums[:-length]
