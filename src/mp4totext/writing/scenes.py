"""Divides a transcript into scenes that begin at the ends of phrases. Pure.

It uses dynamic programming over the places between words. Cuts cost less at sentence ends, pauses
and preferred places. A scene costs the square of log(length / target length).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mp4totext.transcript import Transcript

LEAST_MS = 1_000  # of a scene, unless the recording is shorter

_SENTENCE_ENDS, _PHRASE_ENDS = ".?!…。？！", ",;:—，、"
_QUOTES = "\"'”’)»"
_PAUSE_MS = 180  # shortest pause between words that ends a phrase without punctuation
_FULL_PAUSE_MS = 1_200  # a longer pause does not reduce the cost further
_INTO_PAUSE_MS = 250  # a picture changes at most this long before the next word
_BORDER_NEAR_MS = 1_500
_CUT_COST = 0.8  # of any cut
_LENGTH_WEIGHT = 2.0
_OUT_OF_RANGE_COST = 8.0


@dataclass(frozen=True, slots=True)
class _Place:
    at_ms: int
    pull: float  # how good a cut is here


def scene_borders(
    transcript: Transcript,
    *,
    target_ms: int,
    shortest_ms: int,
    longest_ms: int,
    preferred_ms: Sequence[int] = (),
) -> list[int]:
    """The borders of the scenes, from 0 to the transcript's length.

    A stretch without a place to cut stays one scene. ``preferred_ms``: places where something new
    begins, such as a chapter.
    """
    end_ms = transcript.duration_ms
    inner = (
        p for p in _places(transcript, preferred_ms) if LEAST_MS <= p.at_ms <= end_ms - LEAST_MS
    )
    places = [_Place(0, 0.0), *inner, _Place(end_ms, 3.0)]
    best = [0.0] + [math.inf] * (len(places) - 1)
    previous = [0] * len(places)
    for to in range(1, len(places)):
        for start in range(to - 1, -1, -1):
            length_ms = places[to].at_ms - places[start].at_ms
            if length_ms > 2 * longest_ms and best[to] < math.inf:
                break
            if length_ms < LEAST_MS and len(places) > 2:
                continue
            off = math.log(max(length_ms, 1) / target_ms)
            cost = best[start] + _LENGTH_WEIGHT * off * off + _CUT_COST - places[to].pull
            if not shortest_ms <= length_ms <= longest_ms:
                cost += _OUT_OF_RANGE_COST
            if cost < best[to]:
                best[to], previous[to] = cost, start
    borders = [len(places) - 1]
    while borders[-1]:
        borders.append(previous[borders[-1]])
    return [places[number].at_ms for number in reversed(borders)]


def phrase_ends(transcript: Transcript) -> list[int]:
    """All times at which a scene may begin, in order."""
    return [place.at_ms for place in _places(transcript, ())]


def border_ms(end_ms: int, next_ms: int) -> int:
    """The time of a change of picture between words that end and begin at these times."""
    return max(end_ms, next_ms - min(max(0, next_ms - end_ms) // 2, _INTO_PAUSE_MS))


def _places(transcript: Transcript, preferred_ms: Sequence[int]) -> Iterator[_Place]:
    units = sorted(
        (unit.start_ms, unit.end_ms, unit.text)
        for segment in transcript.segments
        for unit in (segment.words or (segment,))
        if unit.text.strip()
    )
    last_ms = end_ms = 0
    text = ""
    for (_, unit_end_ms, unit_text), (next_ms, _, _) in pairwise(units):
        if unit_end_ms >= end_ms:
            end_ms, text = unit_end_ms, unit_text
        pause_ms = next_ms - end_ms
        if pause_ms < 0:  # another person is still speaking
            continue
        mark = text.rstrip(_QUOTES)[-1:] or "x"
        pull = 1.0 if mark in _SENTENCE_ENDS else 0.45 if mark in _PHRASE_ENDS else 0.0
        pull += min(pause_ms, _FULL_PAUSE_MS) / _FULL_PAUSE_MS
        if pull < 0.35 and pause_ms < _PAUSE_MS:
            continue
        at_ms = border_ms(end_ms, next_ms)
        if at_ms <= last_ms:
            continue
        last_ms = at_ms
        near = any(abs(at_ms - border) < _BORDER_NEAR_MS for border in preferred_ms)
        yield _Place(at_ms, pull + 2.5 * near)
