"""Finding the passages that answer a question, without a model: Okapi BM25 with citations.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mp4totext.writing.extractive.terms import WORD, terms
from mp4totext.writing.results import Passage, Sentence

SATURATION = 1.2  # k1
LENGTH_WEIGHT = 0.75  # b
PASSAGE_TERMS = 25
"""A passage is a sentence and those after it, until it has this many words that matter."""

MAX_PASSAGE_MS = 60_000


@dataclass(frozen=True, slots=True)
class _Window:
    first: int
    last: int
    counts: Counter[str]
    size: int


def passages(
    sentences: Sequence[Sentence], question: str, *, language: str | None, limit: int = 5
) -> tuple[Passage, ...]:
    """The best passages, best first, none overlapping; empty when no word of the question is said.

    ``language`` is the question's; its words are compared as `terms` makes them.
    """
    asked = list(dict.fromkeys(terms(question, language=language)))
    asked = asked or [match.group().casefold() for match in WORD.finditer(question)]
    windows = _windows(sentences, [terms(one.text, language=one.language) for one in sentences])
    scores = _scores(windows, asked)
    ranked = sorted(range(len(windows)), key=lambda index: (-scores[index], index))
    chosen: list[_Window] = []
    found: list[Passage] = []
    for index in ranked:
        window = windows[index]
        if scores[index] <= 0 or len(found) >= limit:
            break
        if all(window.last < other.first or window.first > other.last for other in chosen):
            chosen.append(window)
            found.append(_passage(sentences, window, asked, scores[index], len(found) + 1))
    return tuple(found)


def _windows(sentences: Sequence[Sentence], stems: Sequence[Sequence[str]]) -> list[_Window]:
    """One from each sentence on; a sentence without terms starts none."""
    windows = []
    for first, own in enumerate(stems):
        if not own:
            continue
        counts: Counter[str] = Counter()
        last = first
        for index in range(first, len(stems)):
            late = sentences[index].end_ms - sentences[first].start_ms > MAX_PASSAGE_MS
            if index > first and (counts.total() >= PASSAGE_TERMS or late):
                break
            counts.update(stems[index])
            last = index
        windows.append(_Window(first, last, counts, counts.total()))
    return windows


def _scores(windows: Sequence[_Window], asked: Sequence[str]) -> list[float]:
    average = sum(window.size for window in windows) / max(1, len(windows))
    scores = [0.0] * len(windows)
    for term in asked:
        holding = sum(term in window.counts for window in windows)
        rarity = math.log(1 + (len(windows) - holding + 0.5) / (holding + 0.5))
        for index, window in enumerate(windows):
            times = window.counts[term]
            if times:
                length = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * window.size / average
                scores[index] += rarity * times * (SATURATION + 1) / (times + SATURATION * length)
    return scores


def _passage(
    sentences: Sequence[Sentence], window: _Window, asked: Sequence[str], score: float, rank: int
) -> Passage:
    part = sentences[window.first : window.last + 1]
    speakers = {sentence.speaker for sentence in part}
    return Passage(
        segment_ids=tuple(dict.fromkeys(key for one in part for key in one.segment_ids)),
        start_ms=part[0].start_ms,
        end_ms=max(one.end_ms for one in part),
        text=" ".join(one.text for one in part),
        speaker=speakers.pop() if len(speakers) == 1 else None,
        rank=rank,
        score=round(score, 4),
        matched=tuple(term for term in asked if window.counts[term]),
    )
