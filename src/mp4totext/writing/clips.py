"""Finds passages that are understandable on their own, as runs of whole sentences, without a model.

Pure functions.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, TypeAlias

from mp4totext.kit import unicode
from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.highlights import Phrase, key_phrases
from mp4totext.writing.extractive.self_contained import weight
from mp4totext.writing.extractive.sentiment import sentiments
from mp4totext.writing.headlines import HEADLINE_COLUMNS, headline
from mp4totext.writing.results import Sentence
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

Reason: TypeAlias = Literal[
    "key_phrases", "stands_alone", "question", "number", "contrast", "conversation"
]

BEFORE_MS, AFTER_MS = 120, 250  # heard around the first and the last word
_PHRASE_SCORE_MAX = 4.0  # limits the influence of a phrase that is repeated very often
# Weights of a passage's qualities, tuned by reading the passages of talks, interviews and readings.
_WEIGHTS: dict[Reason, float] = {
    "key_phrases": 0.40,
    "stands_alone": 0.25,
    "contrast": 0.10,
    "conversation": 0.10,
    "question": 0.08,
    "number": 0.07,
}
_REASON_STRENGTH_MIN = 0.5  # weaker reasons are not listed
_UNFINISHED_FACTOR = 0.6  # on the score of a passage whose last sentence is incomplete
_REPEATED_FACTOR = 0.5  # on the score of a passage all of whose stems are in better passages
_ENDS = tuple(".!?…。！？")
_CLOSERS = "\"'”’»)"
_QUESTION = re.compile(r"[?？؟]")
_NUMBER = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    start_ms: int
    end_ms: int
    title: str
    score: float  # 0 to 1; of passages of one recording
    reasons: tuple[Reason, ...]  # the strongest first


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    first: int  # of the sentences
    stop: int
    score: float
    reasons: tuple[Reason, ...]
    stems: frozenset[str]


def find_clips(spoken: Transcript, *, limit: int, least_ms: int, most_ms: int) -> tuple[Clip, ...]:
    """At most ``limit`` passages, best first, without overlaps.

    Empty if no passage has ``least_ms`` to ``most_ms``.
    """
    all_sentences = sentences(TextIndex(spoken))
    facts = _Facts(all_sentences)
    candidates = list(facts.candidates(least_ms, most_ms))
    chosen: list[_Candidate] = []
    while candidates and len(chosen) < limit:
        known = frozenset().union(*(each.stems for each in chosen))
        best = max(candidates, key=lambda each: each.score * _novelty(each, known))
        chosen.append(best)
        candidates = [c for c in candidates if c.stop <= best.first or c.first >= best.stop]
    top = max((each.score for each in chosen), default=1.0) or 1.0
    return tuple(facts.clip(each, each.score / top, spoken.duration_ms) for each in chosen)


def passage_ms(
    all_sentences: Sequence[Sentence], first: int, stop: int, duration_ms: int
) -> tuple[int, int]:
    """Start and end of a clip of the sentences ``first`` to ``stop`` (exclusive)."""
    start_ms, end_ms = all_sentences[first].start_ms, all_sentences[stop - 1].end_ms
    before_ms = all_sentences[first - 1].end_ms if first else 0
    after_ms = all_sentences[stop].start_ms if stop < len(all_sentences) else 2 * duration_ms
    # At most half of the silence, so that two clips next to each other do not overlap.
    lead_ms = min(BEFORE_MS, max(0, start_ms - before_ms) // 2)
    tail_ms = min(AFTER_MS, max(0, after_ms - end_ms) // 2)
    return start_ms - lead_ms, min(duration_ms, end_ms + tail_ms)


def _novelty(candidate: _Candidate, known: frozenset[str]) -> float:
    if not candidate.stems:
        return 1.0
    repeated = len(candidate.stems & known) / len(candidate.stems)
    return 1 - (1 - _REPEATED_FACTOR) * repeated


class _Facts:
    """Features of each sentence as running sums, so that each run is scored in constant time."""

    def __init__(self, all_sentences: Sequence[Sentence]) -> None:
        self._sentences = all_sentences
        self._phrases = [phrase for phrase in key_phrases(all_sentences) if phrase.score > 0]
        self._stems: list[set[str]] = [set() for _ in all_sentences]
        values = [0.0] * len(all_sentences)
        starts = [sentence.at for sentence in all_sentences]
        for phrase in self._phrases:
            for at, _ in phrase.places:
                number = bisect_right(starts, at) - 1
                values[number] += min(phrase.score, _PHRASE_SCORE_MAX)
                self._stems[number].update(phrase.stems)
        self._values = [0.0, *accumulate(values)]
        moods = {each.start_ms: each for each in sentiments(all_sentences)}
        self._moods = [moods.get(sentence.start_ms) for sentence in all_sentences]

    def candidates(self, least_ms: int, most_ms: int) -> Iterator[_Candidate]:
        """The best run that starts at each sentence."""
        densities = []
        for first, sentence in enumerate(self._sentences):
            for stop in self._stops(first, least_ms, most_ms):
                length_ms = max(1, self._sentences[stop - 1].end_ms - sentence.start_ms)
                density = (self._values[stop] - self._values[first]) / length_ms
                densities.append((first, stop, density))
        densest = max((density for _, _, density in densities), default=0.0) or 1.0
        best: dict[int, _Candidate] = {}
        for first, stop, density in densities:
            candidate = self._scored(first, stop, density / densest)
            if first not in best or candidate.score > best[first].score:
                best[first] = candidate
        yield from best.values()

    def _stops(self, first: int, least_ms: int, most_ms: int) -> Iterator[int]:
        start_ms = self._sentences[first].start_ms
        for stop in range(first + 1, len(self._sentences) + 1):
            length_ms = self._sentences[stop - 1].end_ms - start_ms + BEFORE_MS + AFTER_MS
            if length_ms > most_ms:
                return
            if length_ms >= least_ms:
                yield stop

    def _scored(self, first: int, stop: int, density: float) -> _Candidate:
        run = self._sentences[first:stop]
        opening, ending = run[0].text, run[-1].text
        moods = {mood.sentiment for mood in self._moods[first:stop] if mood}
        strengths: dict[Reason, float] = {
            "key_phrases": density,
            "stands_alone": weight(run[0]),
            "contrast": float({"POSITIVE", "NEGATIVE"} <= moods),
            "conversation": float(len({s.speaker for s in run if s.speaker}) > 1),
            "question": float(bool(_QUESTION.search(opening))),
            "number": float(bool(_NUMBER.search(opening))),
        }
        score = sum(_WEIGHTS[reason] * strength for reason, strength in strengths.items())
        if not ending.rstrip(_CLOSERS).endswith(_ENDS):
            score *= _UNFINISHED_FACTOR
        named = [r for r, strength in strengths.items() if strength >= _REASON_STRENGTH_MIN]
        return _Candidate(
            first=first,
            stop=stop,
            score=score,
            reasons=tuple(sorted(named, key=lambda r: -_WEIGHTS[r] * strengths[r])),
            stems=frozenset().union(*self._stems[first:stop]),
        )

    def clip(self, candidate: _Candidate, score: float, duration_ms: int) -> Clip:
        start_ms, end_ms = passage_ms(self._sentences, candidate.first, candidate.stop, duration_ms)
        return Clip(
            start_ms=start_ms,
            end_ms=end_ms,
            title=self._title(candidate.first, candidate.stop),
            score=round(score, 3),
            reasons=candidate.reasons,
        )

    def _title(self, first: int, stop: int) -> str:
        run = self._sentences[first:stop]
        return headline(run, self._phrases) or self._phrase(run[0], run[-1])

    def _phrase(self, first: Sentence, last: Sentence) -> str:
        def occurs(phrase: Phrase) -> bool:
            return any(first.at <= at < last.to for at, _ in phrase.places)

        long = (phrase for phrase in self._phrases if len(phrase.stems) > 1)
        phrase = next((each.text for each in long if occurs(each)), "")
        text = phrase or unicode.shortened(first.text, HEADLINE_COLUMNS)
        return text[:1].upper() + text[1:]
