"""Divides a transcript into chapters where its topic changes, and names them.

The segmentation is that of Utiyama and Isahara ("A Statistical Model for Domain-Independent Text
Segmentation", ACL 2001): the one whose word distributions make the text most probable, found by
dynamic programming, with a cost for each chapter. A pause before a sentence, and words that
announce a new topic, make a border there cheaper. So does a change of meaning, if an embedding
model is installed (`meaning.shifts`); it makes borders elsewhere more expensive.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mp4totext.kit import unicode
from mp4totext.writing.extractive import centrality, meaning, self_contained
from mp4totext.writing.extractive.highlights import key_phrases
from mp4totext.writing.extractive.meaning import Embed
from mp4totext.writing.extractive.terms import has_topic_words, topic_terms
from mp4totext.writing.quotes import quote
from mp4totext.writing.results import Chapter, Sentence

COST_FACTOR = 1.5
"""Times the logarithm of the number of words: the cost of a chapter. See docs/understanding.md."""

COST_FACTOR_WITH_MEANING = 2.0
"""With an embedding model, which makes right borders cheaper. Chosen on six languages."""

PAUSE_WEIGHT = 1.5  # reduction of a border's cost for each second of silence before it
PAUSE_CAP_S = 4.0
CUE_WEIGHT = 3.0  # reduction of a border's cost before "moving on" and the like
MEANING_WEIGHT = 3.0  # the same for each standard deviation of change in meaning
MIN_CHAPTER_MS = 45_000
WINDOW_MS = 60 * 60_000
"""Long recordings are segmented in windows: with the words of many hours in one vocabulary the
probabilities become flat and borders are missed (3 h in one piece: 33 % found, in windows 83 %)."""

MAX_UNITS = 600
"""The time grows with its square: in a window with more sentences, several form one unit."""

HEADLINE_CHARACTERS = 90

_CUE = re.compile(
    r"(?:(?:okay|ok|alright|all right|so|now|right|and|well)[,.]?\s+){0,4}"
    r"(?:moving on|let's (?:move on|turn to|talk about|start with|switch)|next (?:up|item|topic)"
    r"|the next (?:item|topic|point|question|part|chapter|section)|turning to|chapter \w+"
    r"|(?:our|my) (?:next|last|final|second|third)\b|in other news|welcome back"
    r"|(?:first|second|third|finally|lastly)\b,)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Unit:
    first: int  # index of its first sentence
    terms: tuple[str, ...]
    start_ms: int
    end_ms: int
    bonus: float  # reduction of the cost of a border before it; negative: an increase


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of all units in order, as numbers."""

    ids: NDArray[np.int64]
    times: NDArray[np.int64]  # how often each was said so far, itself included
    gains: NDArray[np.float64]  # for each number of times: what one more adds to the probability
    starts: tuple[int, ...]  # of each unit, and the end
    vocabulary: int

    @classmethod
    def of(cls, units: Sequence[_Unit]) -> Self:
        counts: dict[str, int] = {}
        numbers: dict[str, int] = {}
        ids, times, starts = [], [], [0]
        for unit in units:
            for term in unit.terms:
                counts[term] = counts.get(term, 0) + 1
                ids.append(numbers.setdefault(term, len(numbers)))
                times.append(counts[term])
            starts.append(len(ids))
        most = max(times, default=0)
        gains = [n * math.log(n + 1) - (n - 1) * math.log(n) for n in range(1, most + 1)]
        return cls(
            ids=np.array(ids, np.int64),
            times=np.array(times, np.int64),
            gains=np.array([0.0, *gains]),
            starts=tuple(starts),
            vocabulary=len(numbers),
        )


def chapters(sentences: Sequence[Sentence], *, embed: Embed | None = None) -> tuple[Chapter, ...]:
    """The chapters of a recording; empty if no sentence is in a language with topic words.

    ``embed``: the embedding model; None: not installed, so only words decide.
    """
    if not any(has_topic_words(sentence.language) for sentence in sentences):
        return ()
    stems = [topic_terms(sentence.text, language=sentence.language) for sentence in sentences]
    shifts, cost_factor = np.zeros(len(sentences)), COST_FACTOR
    if embed is not None and len(sentences) > 1:
        shifts = meaning.shifts(embed([sentence.text for sentence in sentences]))
        cost_factor = COST_FACTOR_WITH_MEANING
    borders = _all_borders(sentences, stems, shifts, cost_factor)
    rows = centrality.vectors(stems)
    document_counts = Counter(term for sentence in stems for term in set(sentence))
    ends = [*borders[1:], len(sentences)]
    return tuple(
        _chapter(sentences[at:to], rows[at:to], document_counts)
        for at, to in zip(borders, ends, strict=True)
    )


def _all_borders(
    sentences: Sequence[Sentence],
    stems: Sequence[Sequence[str]],
    shifts: NDArray[np.float64],
    cost_factor: float,
) -> list[int]:
    """The index of the first sentence of each chapter.

    The last border of a window is uncertain, as the window's end cuts its chapter. So the next
    window starts at the one before.
    """
    borders = [0]
    span_ms = WINDOW_MS
    while True:
        first = borders[-1]
        limit_ms = sentences[first].start_ms + span_ms
        last = first + 1
        while last < len(sentences) and sentences[last].start_ms < limit_ms:
            last += 1
        units = _units(sentences[first:last], stems[first:last], shifts[first:last])
        window_borders = [first + units[index].first for index in _borders(units, cost_factor)][1:]
        if last == len(sentences):
            return [*borders, *window_borders]
        certain = window_borders[:-1]
        borders.extend(certain)
        span_ms = WINDOW_MS if certain else 2 * span_ms


def _units(
    sentences: Sequence[Sentence], stems: Sequence[Sequence[str]], shifts: NDArray[np.float64]
) -> list[_Unit]:
    size = math.ceil(len(sentences) / MAX_UNITS)
    units = []
    for at in range(0, len(sentences), size):
        part = sentences[at : at + size]
        pause_s = (part[0].start_ms - sentences[at - 1].end_ms) / 1000 if at else 0.0
        bonus = PAUSE_WEIGHT * min(max(pause_s, 0.0), PAUSE_CAP_S)
        if _CUE.match(part[0].text):
            bonus += CUE_WEIGHT
        bonus += MEANING_WEIGHT * float(shifts[at])
        unit_terms = tuple(term for sentence in stems[at : at + size] for term in sentence)
        units.append(_Unit(at, unit_terms, part[0].start_ms, part[-1].end_ms, bonus))
    return units


def _borders(units: Sequence[_Unit], cost_factor: float) -> list[int]:
    """The indices of the units that start a chapter, by dynamic programming; the first is 0."""
    words = _Words.of(units)
    chapter_cost = cost_factor * math.log(max(2, len(words.ids)))
    best = [0.0] + [math.inf] * len(units)
    previous = [0] * (len(units) + 1)
    for first in range(len(units)):
        if best[first] == math.inf:
            continue
        start = best[first] + chapter_cost - (units[first].bonus if first else 0.0)
        for last, cost in _costs(units, first, words):
            if start + cost < best[last + 1]:
                best[last + 1], previous[last + 1] = start + cost, first
    borders = [previous[len(units)]]
    while borders[-1] > 0:
        borders.append(previous[borders[-1]])
    return borders[::-1]


def _costs(units: Sequence[_Unit], first: int, words: _Words) -> list[tuple[int, float]]:
    """(last unit, cost) of each chapter that starts at ``first`` and is long enough.

    The cost is the negative log probability of its words, with Laplace smoothing. It is summed
    word by word, so that all chapters of one start cost one pass.
    """
    start = words.starts[first]
    before = np.bincount(words.ids[:start], minlength=words.vocabulary)
    times = words.times[start:] - before[words.ids[start:]]
    gains = np.append(0.0, np.cumsum(words.gains[times]))
    costs = []
    for last in range(first, len(units)):
        long_enough = units[last].end_ms - units[first].start_ms >= MIN_CHAPTER_MS
        if long_enough or (first == 0 and last == len(units) - 1):
            total = words.starts[last + 1] - start
            log = math.log(max(1, total + words.vocabulary))
            costs.append((last, total * log - float(gains[total])))
    return costs


def _chapter(
    sentences: Sequence[Sentence],
    rows: Sequence[centrality.Vector],
    document_counts: Counter[str],
) -> Chapter:
    scores = self_contained.scores(sentences, rows)
    chosen = centrality.choose(rows, scores, 3 if len(sentences) > 12 else 2) or [0]
    central = sentences[
        max(range(len(sentences)), key=lambda n: _as_headline(sentences[n], float(scores[n])))
    ]
    quotes = tuple(quote(sentences[index]) for index in chosen)
    ids = dict.fromkeys(key for sentence in sentences for key in sentence.segment_ids)
    return Chapter(
        segment_ids=tuple(ids),
        start_ms=sentences[0].start_ms,
        end_ms=max(sentence.end_ms for sentence in sentences),
        gist=_gist(sentences, document_counts) or shortened(central.text, 40),
        headline=shortened(central.text, HEADLINE_CHARACTERS),
        summary=unicode.joined(quote.text for quote in quotes),
        quotes=quotes,
    )


def _as_headline(sentence: Sentence, score: float) -> float:
    """The score of a sentence as a headline: higher if it can be read alone and is short."""
    fits = min(1.0, HEADLINE_CHARACTERS / len(sentence.text))
    return score * self_contained.weight(sentence) * fits**2


def _gist(sentences: Sequence[Sentence], document_counts: Counter[str]) -> str:
    """The two key phrases that are most specific to the chapter."""
    phrases = key_phrases(sentences)
    ranked = sorted(
        phrases,
        key=lambda phrase: (
            phrase.score * phrase.count / max(1, *(document_counts[t] for t in phrase.stems))
        ),
        reverse=True,
    )
    return ", ".join(phrase.text for phrase in ranked[:2])


def shortened(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut at a word and marked with "…"."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1].rpartition(" ")[0] or text[: limit - 1]
    return cut.rstrip(",;:-– ") + "…"
