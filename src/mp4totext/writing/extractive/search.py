"""Finds the passages that best answer a question, without a model: Okapi BM25 with citations.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mp4totext.kit import unicode
from mp4totext.writing.extractive.terms import topic_terms
from mp4totext.writing.results import Passage, Sentence

SATURATION = 1.2  # k1, the usual value
LENGTH_WEIGHT = 0.75  # b, the usual value
PASSAGE_TERMS = 25
"""A passage is a sentence and those after it, until it has this many terms."""

MAX_PASSAGE_MS = 60_000
RANK_CONSTANT = 60  # the constant of reciprocal rank fusion: higher values flatten the ranking


@dataclass(frozen=True, slots=True)
class _Window:
    first: int
    last: int
    counts: Counter[str]
    size: int


def passages(
    sentences: Sequence[Sentence], question: str, *, language: str | None, limit: int = 5
) -> tuple[Passage, ...]:
    """At most ``limit`` passages, best first, without overlaps; none if no word of it is said.

    ``language`` is that of the question. Its words are stemmed in this language and in each
    language of the sentences, so that names are found across languages.
    """
    languages = dict.fromkeys([language, *(sentence.language for sentence in sentences)])
    query_terms = list(
        dict.fromkeys(term for tag in languages for term in topic_terms(question, language=tag))
    )
    windows = _windows(sentences)
    scores = _scores(windows, query_terms)
    ranked = sorted(range(len(windows)), key=lambda index: (-scores[index], index))
    chosen: list[_Window] = []
    results: list[Passage] = []
    for index in ranked:
        window = windows[index]
        if scores[index] <= 0 or len(results) >= limit:
            break
        if any(window.first <= other.last and window.last >= other.first for other in chosen):
            continue
        chosen.append(window)
        part = sentences[window.first : window.last + 1]
        speakers = {sentence.speaker for sentence in part}
        ids = dict.fromkeys(key for sentence in part for key in sentence.segment_ids)
        results.append(
            Passage(
                segment_ids=tuple(ids),
                start_ms=part[0].start_ms,
                end_ms=max(sentence.end_ms for sentence in part),
                text=unicode.joined(sentence.text for sentence in part),
                speaker=speakers.pop() if len(speakers) == 1 else None,
                rank=len(results) + 1,
                score=round(scores[index], 4),
                matched=tuple(term for term in query_terms if window.counts[term]),
            )
        )
    return tuple(results)


def fused(
    by_words: Sequence[Passage], by_meaning: Sequence[Passage], *, limit: int
) -> tuple[Passage, ...]:
    """Merge two rankings, best first, by the sum of 1 / (60 + rank) over both.

    Of two overlapping passages, the one found by words is returned, as it names its matches.
    Cormack, Clarke and
    Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and Individual Rank Learning Methods",
    SIGIR 2009; 60 is theirs.
    """
    weights = {passage: 1 / (RANK_CONSTANT + n) for n, passage in enumerate(by_words, 1)}
    for rank, passage in enumerate(by_meaning, 1):
        ids = set(passage.segment_ids)
        same = next((other for other in by_words if ids & set(other.segment_ids)), passage)
        weights[same] = weights.get(same, 0.0) + 1 / (RANK_CONSTANT + rank)
    best = sorted(weights, key=lambda passage: weights[passage], reverse=True)[:limit]
    return tuple(replace(passage, rank=rank) for rank, passage in enumerate(best, 1))


def _windows(sentences: Sequence[Sentence]) -> list[_Window]:
    """The passage that starts at each sentence, except at sentences without terms."""
    stems = [topic_terms(sentence.text, language=sentence.language) for sentence in sentences]
    windows = []
    for first, first_terms in enumerate(stems):
        if not first_terms:
            continue
        counts: Counter[str] = Counter()
        last = first
        for index in range(first, len(stems)):
            too_long = sentences[index].end_ms - sentences[first].start_ms > MAX_PASSAGE_MS
            if index > first and (counts.total() >= PASSAGE_TERMS or too_long):
                break
            counts.update(stems[index])
            last = index
        windows.append(_Window(first, last, counts, counts.total()))
    return windows


def _scores(windows: Sequence[_Window], query_terms: Sequence[str]) -> list[float]:
    average = sum(window.size for window in windows) / max(1, len(windows))
    scores = [0.0] * len(windows)
    for term in query_terms:
        document_count = sum(term in window.counts for window in windows)
        idf = math.log(1 + (len(windows) - document_count + 0.5) / (document_count + 0.5))
        for index, window in enumerate(windows):
            times = window.counts[term]
            if times:
                length = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * window.size / average
                scores[index] += idf * times * (SATURATION + 1) / (times + SATURATION * length)
    return scores
