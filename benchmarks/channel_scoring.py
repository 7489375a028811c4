"""Finds words of a channel that were lost, or said once and written twice. Pure.

What somebody said is known from the composition, and when. A written word belongs to the sentence
of its channel that is near in time, and both are compared letter by letter, so that another
spelling of one sound ("shop boy" and "shopboy") is neither lost nor doubled.

* **missing**: more than half of the letters of a word that was said have nothing in their place.
  Such a word is *lost* when it is not missing where there is no echo: what an engine leaves out of
  the clean sound, too, is its own doing.
* **doubled**: a word that nobody said into this channel, while somebody else speaks. Within a
  sentence of the channel it has to be like a word that another says within a second; outside of
  its sentences whatever is written counts, as leaks are often misheard.
* **added**: other words that nobody said: the engine's own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from benchmarks.channel_scenes import Said
from mp4totext.transcript import Word

_NEAR_MS = 1_000  # a word this near to a sentence is compared with it
_EDGE_MS = 150  # times of words are inexact
_ECHO_MS = 900  # how long after a voice its echo may be written: its delay, and the word itself
_TWIN_MS = 1_000
_TWIN_LIKE = 0.7  # of the letters

Place = tuple[int, int]  # (number of the sentence, of the word in it)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of one channel, against what its person said."""

    words: int
    missing: frozenset[Place]
    doubled: tuple[str, ...]
    added: tuple[str, ...]


def score(written: Sequence[Word], said: Sequence[Said], person: int) -> Score:
    """``written``: in the channel of ``person``, in order of time."""
    own = [s for s in said if s.person == person]
    others = [s for s in said if s.person != person]
    groups: dict[int | None, list[Word]] = {}
    for word in written:
        groups.setdefault(_sentence_of(word, own), []).append(word)
    surplus = list(groups.get(None, ()))
    missing: set[Place] = set()
    for number, sentence in enumerate(own):
        lost, inserted = compared(sentence.text.split(), groups.get(number, []))
        missing |= {(number, n) for n in lost}
        surplus += inserted
    is_doubled = [_is_doubled(word, own, others) for word in surplus]
    return Score(
        words=sum(len(s.text.split()) for s in own),
        missing=frozenset(missing),
        doubled=tuple(w.text for w, twice in zip(surplus, is_doubled, strict=True) if twice),
        added=tuple(w.text for w, twice in zip(surplus, is_doubled, strict=True) if not twice),
    )


def compared(said: Sequence[str], written: Sequence[Word]) -> tuple[list[int], list[Word]]:
    """(numbers of words that are missing, words that were not said)"""
    reference, found = [_letters(text) for text in said], [_letters(w.text) for w in written]
    if not any(found):
        return list(range(len(said))), []
    edits = Levenshtein.opcodes("".join(reference), "".join(found))
    deleted = [(edit.src_start, edit.src_end) for edit in edits if edit.tag == "delete"]
    inserted = [(edit.dest_start, edit.dest_end) for edit in edits if edit.tag == "insert"]
    return (
        list(_mostly_in(deleted, reference)),
        [written[n] for n in _mostly_in(inserted, found)],
    )


def _mostly_in(stretches: Sequence[tuple[int, int]], words: Sequence[str]) -> Iterator[int]:
    """Words of which more than half of the letters lie in the stretches."""
    at = 0
    for number, word in enumerate(words):
        end = at + len(word)
        inside = sum(max(0, min(end, high) - max(at, low)) for low, high in stretches)
        if inside > len(word) / 2:
            yield number
        at = end


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _sentence_of(word: Word, own: Sequence[Said]) -> int | None:
    """The nearest sentence of the channel, if one is near."""
    away = [(max(s.start_ms - word.end_ms, word.start_ms - s.end_ms), n) for n, s in enumerate(own)]
    nearest_ms, number = min(away, default=(_NEAR_MS + 1, 0))
    return number if nearest_ms <= _NEAR_MS else None


def _is_doubled(word: Word, own: Sequence[Said], others: Sequence[Said]) -> bool:
    middle_ms = (word.start_ms + word.end_ms) // 2
    if any(s.start_ms - _EDGE_MS <= middle_ms <= s.end_ms + _EDGE_MS for s in own):
        return any(_has_twin(word, s) for s in others)
    return any(s.start_ms - _EDGE_MS <= middle_ms <= s.end_ms + _ECHO_MS for s in others)


def _has_twin(word: Word, sentence: Said) -> bool:
    """Whether the sentence says about this within a second; a word lasts as long as its letters."""
    texts = [_letters(text) for text in sentence.text.split()]
    whole = sum(map(len, texts))
    spoken_ms = sentence.end_ms - sentence.start_ms
    at = 0
    for text in texts:
        start_ms = sentence.start_ms + spoken_ms * at // whole
        at += len(text)
        end_ms = sentence.start_ms + spoken_ms * at // whole
        near = start_ms - _TWIN_MS <= word.end_ms and word.start_ms <= end_ms + _TWIN_MS
        if near and Levenshtein.normalized_similarity(text, _letters(word.text)) >= _TWIN_LIKE:
            return True
    return False
