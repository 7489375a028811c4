"""Where the topic changes, and what each chapter is about.

The cut is Utiyama and Isahara's ("A Statistical Model for Domain-Independent Text Segmentation",
ACL 2001): the division whose word distributions make the text most probable, by dynamic
programming, with a price for each chapter. Silence before a sentence and words that announce a
turn make a border there cheaper.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mp4totext.writing.extractive import centrality, self_contained
from mp4totext.writing.extractive.highlights import key_phrases
from mp4totext.writing.extractive.terms import is_english, terms
from mp4totext.writing.quotes import quote
from mp4totext.writing.results import Chapter, Sentence

PRICE = 1.5
"""Price of a chapter, in logarithms of the text's length. Calibrated: docs/understanding.md."""

PAUSE_WEIGHT = 1.5
PAUSE_CAP_S = 4.0
CUE_WEIGHT = 3.0
MIN_CHAPTER_MS = 45_000
WINDOW_MS = 60 * 60_000
"""Long recordings are cut window by window: with the words of many hours in one vocabulary the
probabilities grow flat and borders are missed (3 h in one piece: 33 % found; so: 83 %)."""

MAX_UNITS = 600
"""Sentences of a window are taken together beyond this number, so that the work stays bounded."""

HEADLINE_CHARACTERS = 90

_CUE = re.compile(
    r"(?:(?:okay|ok|alright|all right|so|now|right|and|well)[,.]?\s+)*"
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
    bonus: float  # how much cheaper a border before it is


def chapters(sentences: Sequence[Sentence], *, price: float = PRICE) -> tuple[Chapter, ...]:
    """English sentences are weighed; others travel with their neighbours. Empty without words."""
    if not any(is_english(sentence.language) for sentence in sentences):
        return ()
    stems = [terms(sentence.text, language="en") for sentence in sentences]
    borders = _all_borders(sentences, stems, price)
    rows = centrality.vectors(stems)
    everywhere = Counter(term for sentence in stems for term in set(sentence))
    ends = [*borders[1:], len(sentences)]
    return tuple(
        _chapter(sentences[at:to], rows[at:to], everywhere)
        for at, to in zip(borders, ends, strict=True)
    )


def _all_borders(
    sentences: Sequence[Sentence], stems: Sequence[Sequence[str]], price: float
) -> list[int]:
    """First sentence of each chapter. A window's last chapter is begun anew by the next window."""
    borders = [0]
    span_ms = WINDOW_MS
    while True:
        first = borders[-1]
        limit_ms = sentences[first].start_ms + span_ms
        last = first + 1
        while last < len(sentences) and sentences[last].start_ms < limit_ms:
            last += 1
        units = _units(sentences[first:last], stems[first:last])
        found = [first + units[index].first for index in _borders(units, price)][1:]
        if last == len(sentences):
            return [*borders, *found]
        settled = found[:-1]  # the window's end blurs the last one
        borders.extend(settled)
        span_ms = WINDOW_MS if settled else 2 * span_ms


def _units(sentences: Sequence[Sentence], stems: Sequence[Sequence[str]]) -> list[_Unit]:
    size = math.ceil(len(sentences) / MAX_UNITS)
    units = []
    for at in range(0, len(sentences), size):
        part = sentences[at : at + size]
        pause_s = (part[0].start_ms - sentences[at - 1].end_ms) / 1000 if at else 0.0
        bonus = PAUSE_WEIGHT * min(max(pause_s, 0.0), PAUSE_CAP_S)
        if _CUE.match(part[0].text):
            bonus += CUE_WEIGHT
        together = tuple(term for group in stems[at : at + size] for term in group)
        units.append(_Unit(at, together, part[0].start_ms, part[-1].end_ms, bonus))
    return units


def _borders(units: Sequence[_Unit], price: float) -> list[int]:
    """Indices of the units that start a chapter; the first is 0."""
    words = sum(len(unit.terms) for unit in units)
    vocabulary = len({term for unit in units for term in unit.terms})
    toll = price * math.log(max(2, words))
    best = [0.0] + [math.inf] * len(units)
    back = [0] * (len(units) + 1)
    for first in range(len(units)):
        if best[first] == math.inf:
            continue
        start = best[first] + toll - (units[first].bonus if first else 0.0)
        for last, cost in _costs(units, first, vocabulary):
            if start + cost < best[last + 1]:
                best[last + 1], back[last + 1] = start + cost, first
    borders = [back[len(units)]]
    while borders[-1] > 0:
        borders.append(back[borders[-1]])
    return borders[::-1]


def _costs(units: Sequence[_Unit], first: int, vocabulary: int) -> list[tuple[int, float]]:
    """Cost of a chapter from ``first`` to each unit that may end it."""
    found = []
    counts: Counter[str] = Counter()
    total, gain = 0, 0.0
    for last in range(first, len(units)):
        for term in units[last].terms:
            times = counts[term] = counts[term] + 1
            gain += (times * math.log(times + 1)) - ((times - 1) * math.log(times))
            total += 1
        long_enough = units[last].end_ms - units[first].start_ms >= MIN_CHAPTER_MS
        if long_enough or (first == 0 and last == len(units) - 1):
            found.append((last, total * math.log(max(1, total + vocabulary)) - gain))
    return found


def _chapter(
    sentences: Sequence[Sentence],
    rows: Sequence[centrality.Vector],
    everywhere: Counter[str],
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
        gist=_gist(sentences, everywhere) or shortened(central.text, 40),
        headline=shortened(central.text, HEADLINE_CHARACTERS),
        summary=" ".join(quote.text for quote in quotes),
        quotes=quotes,
    )


def _as_headline(sentence: Sentence, score: float) -> float:
    """One that stands alone and need not be cut is better, where it says nearly as much."""
    fits = min(1.0, HEADLINE_CHARACTERS / len(sentence.text))
    return score * self_contained.weight(sentence) * fits**2


def _gist(sentences: Sequence[Sentence], everywhere: Counter[str]) -> str:
    """The two phrases most the chapter's own."""
    phrases = key_phrases(sentences)
    ranked = sorted(
        phrases,
        key=lambda phrase: (
            phrase.score * phrase.count / max(1, *(everywhere[t] for t in phrase.stems))
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
