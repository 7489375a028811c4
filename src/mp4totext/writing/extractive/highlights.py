"""Phrases a recording keeps coming back to, each with every time it is said. English only.

Candidates are runs of up to three words without a stop word; the score is C-value (Frantzi,
Ananiadou and Mima, "Automatic recognition of multi-word terms", IJDL 2000): frequent and long,
minus what a longer phrase already accounts for.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mp4totext.writing.extractive.terms import WORD, english_term, is_english, stem
from mp4totext.writing.results import Highlight, Sentence
from mp4totext.writing.text_index import Script
from mp4totext.writing.wordlists import words

LONGEST = 3
_WEAK = frozenset(stem(word) for word in words("english_weak"))  # part of a phrase, not one alone


@dataclass(frozen=True, slots=True)
class Phrase:
    """``text`` is its most common form; ``places`` are character ranges of the transcript."""

    stems: tuple[str, ...]
    text: str
    score: float
    places: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        return len(self.places)


def highlights(
    script: Script, sentences: Sequence[Sentence], *, limit: int = 15
) -> tuple[Highlight, ...]:
    """The best phrases, best first; two of them never share a word."""
    chosen: list[Phrase] = []
    taken: set[str] = set()
    for phrase in key_phrases(sentences):
        if len(chosen) < limit and not taken & set(phrase.stems):
            chosen.append(phrase)
            taken.update(phrase.stems)
    best = chosen[0].score if chosen else 1.0
    return tuple(
        Highlight(
            text=phrase.text,
            count=phrase.count,
            rank=round(phrase.score / best, 3),
            mentions=tuple(script.cite(at, to) for at, to in phrase.places),
        )
        for phrase in chosen
    )


def key_phrases(sentences: Sequence[Sentence]) -> list[Phrase]:
    """Every candidate with its score, best first."""
    places: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    forms: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        if is_english(sentence.language):
            for stems, at, to in _candidates(sentence):
                places[stems].append((at, to))
                forms[stems][sentence.text[at - sentence.at : to - sentence.at]] += 1
    inside = _inside(places)
    phrases = [
        Phrase(
            stems,
            forms[stems].most_common(1)[0][0],
            _score(stems, forms[stems], inside.get(stems, ())),
            tuple(found),
        )
        for stems, found in places.items()
        if len(stems) > 1 or stems[0] not in _WEAK
    ]
    return sorted(phrases, key=lambda phrase: (-phrase.score, phrase.places[0]))


def _score(stems: tuple[str, ...], forms: Counter[str], longer: Sequence[int]) -> float:
    accounted = sum(longer) / len(longer) if longer else 0.0
    participle = len(stems) == 1 and next(iter(forms)).endswith("ed")
    weak = 0.5 if participle or any(one in _WEAK for one in stems) else 1.0
    return weak * math.log2(len(stems) + 1) * (forms.total() - accounted)


def _inside(
    places: dict[tuple[str, ...], list[tuple[int, int]]],
) -> dict[tuple[str, ...], list[int]]:
    """For each phrase, how often each longer phrase that holds it was said."""
    longer: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for stems, found in places.items():
        if len(found) > 1:
            parts = {
                stems[at : at + size] for size in range(1, len(stems)) for at in range(len(stems))
            }
            for part in parts:
                longer[part].append(len(found))
    return longer


def _candidates(sentence: Sentence) -> Iterator[tuple[tuple[str, ...], int, int]]:
    for run in _word_runs(sentence):
        for first in range(len(run)):
            for last in range(first, min(first + LONGEST, len(run))):
                stems = tuple(one for one, _, _ in run[first : last + 1])
                yield stems, run[first][1], run[last][2]


def _word_runs(sentence: Sentence) -> Iterator[list[tuple[str, int, int]]]:
    """Words that follow one another with nothing but a blank between, stop words left out."""
    run: list[tuple[str, int, int]] = []
    for match in WORD.finditer(sentence.text):
        at, to = sentence.at + match.start(), sentence.at + match.end()
        found = [] if match.group().isdigit() else english_term(match.group())
        if run and (not found or at - run[-1][2] != 1):
            yield run
            run = []
        if found:
            run.append((found[0], at, to))
    if run:
        yield run
