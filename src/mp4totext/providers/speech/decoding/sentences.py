"""Divides words into segments of one sentence each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from mp4totext.transcript import Segment, Word

# A longer pause ends a segment even without punctuation: another person may talk after it.
PAUSE_MS = 700
LONGEST_MS = 30_000
NEW_SENTENCE_MS = 1_200  # after such a pause a capital letter begins a sentence
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]]*$")
_ABBREVIATION = re.compile(
    r"^(?:mr|mrs|ms|dr|st|prof|sr|jr|vs|etc|no|vol|gen|col|capt|lt|sgt|rev|hon|e\.g|i\.e|[a-z])\.$",
    re.IGNORECASE,
)


def segments_from_words(words: Sequence[Word]) -> tuple[Segment, ...]:
    """Sentences in order, with ids s1, s2, ...; a long pause also ends one."""
    return tuple(
        _segment(n, sentence) for n, sentence in enumerate(_sentences(words), 1) if sentence
    )


def with_full_stops(words: Sequence[Word]) -> list[Word]:
    """The words, with a full stop before each capital letter after a long pause.

    Engines decode what is on both sides of it apart, and leave the full stop out at times.
    """
    stopped = [
        replace(word, text=f"{word.text}.")
        if begins_sentence(
            following.text, after=word.text, pause_ms=following.start_ms - word.end_ms
        )
        else word
        for word, following in pairwise(words)
    ]
    return [*stopped, *words[-1:]]


def begins_sentence(text: str, *, after: str, pause_ms: float) -> bool:
    """Whether a text begins a sentence although the one before it has no mark."""
    return text[:1].isupper() and pause_ms >= NEW_SENTENCE_MS and after[-1:].isalpha()


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a mark that ends sentences."""
    return _SENTENCE_END.search(text) is not None


def ends_with_full_stop(text: str) -> bool:
    """Whether a text ends with a full stop that belongs to no abbreviation."""
    last = text.rsplit(None, 1)[-1] if text.strip() else ""
    return last.endswith(".") and "." not in last[:-1] and not _ABBREVIATION.match(last)


def _sentences(words: Sequence[Word]) -> Iterator[list[Word]]:
    current: list[Word] = []
    for n, word in enumerate(words):
        current.append(word)
        following = words[n + 1] if n + 1 < len(words) else None
        if following is None or _ends(current, following):
            yield current
            current = []


def _ends(current: Sequence[Word], following: Word) -> bool:
    last = current[-1]
    if following.start_ms - last.end_ms >= PAUSE_MS:
        return True
    if following.end_ms - current[0].start_ms > LONGEST_MS:
        return True
    if not _SENTENCE_END.search(last.text):
        return False
    # "I." is more often an initial than the end of a sentence; "No." alone is an answer.
    if len(current) > 1 and _ABBREVIATION.match(last.text) and last.text.lower() != "no.":
        return False
    return not following.text[:1].islower()


def _segment(number: int, words: Sequence[Word]) -> Segment:
    known = [word.confidence for word in words if word.confidence is not None]
    return Segment(
        id=f"s{number}",
        start_ms=words[0].start_ms,
        end_ms=max(word.end_ms for word in words),
        text=" ".join(word.text for word in words),
        words=tuple(words),
        confidence=round(sum(known) / len(known), 3) if known else None,
    )
