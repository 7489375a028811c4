"""Converts an engine's words and times to segments with times in order. Pure.

Engines return words without times (numerals above all), times that run backwards or are outside the
window, and words without the punctuation of the text. The text is kept completely; times are fitted
to it, and marked as estimated if they are not the engine's.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mp4totext.providers.json_fields import share
from mp4totext.providers.speech.decoding.alignment import clipped_to_speech
from mp4totext.providers.speech.decoding.sentences import segments_from_words
from mp4totext.providers.vad import Region
from mp4totext.transcript import Segment, Word, renumbered

TOLERANCE_MS = 250  # a time this far outside is rounding or padding, and is moved to the edge
MS_PER_CHARACTER = 65  # about 15 characters a second: normal speech
_SHORTEST_MS = 20
# A word is searched this many characters ahead in the text; what is skipped has no times.
_LOOKAHEAD = 48
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawWord:
    """A word of the engine. Times are ms of the recording; None if unusable."""

    text: str
    start_ms: float | None = None
    end_ms: float | None = None
    confidence: float | None = None
    speaker: str | None = None
    estimated: bool = False  # the times are estimates already


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSegment:
    """A stretch of text of the engine. ``words`` may be missing or incomplete."""

    text: str
    start_ms: float | None = None
    end_ms: float | None = None
    words: tuple[RawWord, ...] = ()
    confidence: float | None = None
    speaker: str | None = None
    language: str | None = None
    doubt: str | None = None  # why it is not part of the text


def in_voice(raw: RawSegment, voice: Sequence[Region]) -> RawSegment:
    """The segment with word times clipped to voice, so that no word covers a pause.

    An engine that derives times from attention returns words without gaps: the word before a pause
    lasts until its end. Words without times, and text without voice, stay as they are.
    """
    spans = [(word.start_ms, word.end_ms) for word in raw.words]
    if any(start is None or end is None for start, end in spans):
        return raw
    first_ms, last_ms = raw.start_ms or 0.0, raw.end_ms or 0.0
    near = [r for r in voice if r.start_ms < last_ms and r.end_ms > first_ms]
    if not near:
        return raw
    words = [
        Word(text=word.text, start_ms=round(start or 0), end_ms=round(end or 0))
        for word, (start, end) in zip(raw.words, spans, strict=True)
    ]
    clipped = clipped_to_speech(words, near)
    return replace(
        raw,
        words=tuple(
            replace(
                word,
                start_ms=place.start_ms,
                end_ms=place.end_ms,
                estimated=word.estimated or place.estimated,
            )
            for word, place in zip(raw.words, clipped, strict=True)
        ),
    )


def moved(raw: RawSegment, by_ms: int) -> RawSegment:
    """The segment with all times ``by_ms`` later."""

    def later(time: float | None) -> float | None:
        return None if time is None else time + by_ms

    return replace(
        raw,
        start_ms=later(raw.start_ms),
        end_ms=later(raw.end_ms),
        words=tuple(
            replace(word, start_ms=later(word.start_ms), end_ms=later(word.end_ms))
            for word in raw.words
        ),
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word and its position in the text: ``text[start:end]``."""

    start: int
    end: int
    word: RawWord


def timed_segments(
    raw_segments: Iterable[RawSegment], *, start_ms: int, end_ms: int
) -> tuple[Segment, ...]:
    """Sentences with ordered words inside ``start_ms..end_ms``, containing all the text.

    The engine's order is kept: it is that of the text. Segments have ids s1, s2, ...
    """
    split = [(raw, _pieces(raw)) for raw in raw_segments if raw.text.strip()]
    raw_words = [piece.word for _, pieces in split for piece in pieces]
    words = iter(timed_words(raw_words, start_ms=start_ms, end_ms=end_ms))
    segments = [
        segment
        for raw, pieces in split
        for segment in _sentences(raw, pieces, [next(words) for _ in pieces])
    ]
    return renumbered(tuple(segments))


def timed_words(words: Sequence[RawWord], *, start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """Words in the given order, with times that never run backwards and stay inside.

    The longest run of starts that is in order is kept; every other start is placed between its
    neighbours by length of text and marked as ``estimated``.
    """
    starts = [_inside(word.start_ms, start_ms, end_ms) for word in words]
    believed = _longest_ordered(starts)
    placed = _placed(words, believed, start_ms, end_ms)
    return tuple(
        _timed_word(
            word,
            start_ms=placed[n],
            next_ms=placed[n + 1] if n + 1 < len(placed) else end_ms,
            end_ms=end_ms,
            estimated=believed[n] is None,
        )
        for n, word in enumerate(words)
    )


def _inside(value: float | None, start_ms: int, end_ms: int) -> int | None:
    if value is None or not start_ms - TOLERANCE_MS <= value <= end_ms + TOLERANCE_MS:
        return None
    return min(max(round(value), start_ms), end_ms)


def _longest_ordered(values: Sequence[int | None]) -> list[int | None]:
    """The longest non-decreasing subsequence; other values become None.

    Patience sorting: ``tails[k]`` is the smallest end of such a run of length k + 1 so far.
    """
    tails: list[int] = []
    tail_at: list[int] = []  # index in ``values`` of each tail
    before: list[int] = [-1] * len(values)
    for n, value in enumerate(values):
        if value is None:
            continue
        at = bisect_right(tails, value)
        before[n] = tail_at[at - 1] if at else -1
        tails[at : at + 1] = [value]  # replaces the tail there, or appends one
        tail_at[at : at + 1] = [n]
    ordered: list[int | None] = [None] * len(values)
    n = tail_at[-1] if tail_at else -1
    while n >= 0:
        ordered[n] = values[n]
        n = before[n]
    return ordered


def _placed(
    words: Sequence[RawWord], believed: Sequence[int | None], start_ms: int, end_ms: int
) -> list[int]:
    """A start for each word: its own, or a share of the time between kept neighbours."""
    placed: list[int] = []
    n = 0
    while n < len(words):
        start = believed[n]
        if start is not None:
            placed.append(start)
            n += 1
            continue
        stop = next((m for m in range(n, len(words)) if believed[m] is not None), len(words))
        low = _end_of_word(words[n - 1], placed[-1]) if placed else start_ms
        high = believed[stop] if stop < len(words) else None
        placed.extend(_spread(words[n:stop], low, end_ms if high is None else high))
        n = stop
    return placed


def _end_of_word(word: RawWord, start_ms: int) -> int:
    """The engine's end of the word, unless it is implausible for a word of this length."""
    usual_ms = len(word.text) * MS_PER_CHARACTER
    if word.end_ms is not None and 0 <= word.end_ms - start_ms <= 2 * usual_ms:
        return round(word.end_ms)
    return start_ms + usual_ms


def _spread(words: Sequence[RawWord], low_ms: int, high_ms: int) -> Iterator[int]:
    low_ms = min(low_ms, high_ms)
    characters = sum(len(word.text) for word in words)
    # Untimed words do not fill a long pause: they follow the previous word at the pace of speech.
    span_ms = min(high_ms - low_ms, characters * MS_PER_CHARACTER)
    done = 0
    for word in words:
        yield low_ms + span_ms * done // max(characters, 1)
        done += len(word.text)


def _timed_word(
    word: RawWord, *, start_ms: int, next_ms: int, end_ms: int, estimated: bool
) -> Word:
    """``next_ms``: where the next word starts; ``estimated``: the start is not the engine's."""
    own_end_ms = word.end_ms
    if estimated or own_end_ms is None or not start_ms <= own_end_ms <= end_ms + TOLERANCE_MS:
        estimated = True
        word_end_ms = start_ms + max(len(word.text) * MS_PER_CHARACTER, _SHORTEST_MS)
        word_end_ms = min(word_end_ms, next_ms)
    else:
        # Words must not overlap, even if two people talk at once; cutting a little is rounding.
        word_end_ms = min(round(own_end_ms), next_ms)
        estimated = word.estimated or round(own_end_ms) - word_end_ms > TOLERANCE_MS
    return Word(
        text=word.text,
        start_ms=start_ms,
        end_ms=max(start_ms, word_end_ms),
        confidence=share(word.confidence),
        speaker=word.speaker,
        estimated=estimated,
    )


def _pieces(raw: RawSegment) -> list[_Piece]:
    """The text divided into words: the engine's where they are found in it, else at white space."""
    text = raw.text
    folded = text.lower()
    # Some letters change length by folding, so that positions in both would differ.
    folded = folded if len(folded) == len(text) else text
    pieces: list[_Piece] = []
    cursor = 0
    for word in raw.words:
        spelling = word.text.strip()
        start = _find(folded, spelling.lower(), cursor)
        if start is None:
            continue
        pieces.extend(_untimed(text, cursor, start))
        end = start + len(spelling)
        pieces.append(_Piece(start, end, replace(word, text=spelling)))
        cursor = end
    pieces.extend(_untimed(text, cursor, len(text)))
    return _with_times_of_segment(_with_punctuation(pieces, text), raw)


def _find(text: str, spelling: str, cursor: int) -> int | None:
    if not spelling:
        return None
    limit = cursor + _LOOKAHEAD + len(spelling)
    at = text.find(spelling, cursor, limit)
    while at > cursor and text[at - 1].isalnum() and text[at - 1].isascii():
        # Inside another word: search on. Scripts without spaces have no such boundary.
        at = text.find(spelling, at + 1, limit)
    return at if at >= 0 else None


def _untimed(text: str, start: int, end: int) -> Iterator[_Piece]:
    """The words at white space between two positions."""
    for match in _WORD.finditer(text, start, end):
        yield _Piece(match.start(), match.end(), RawWord(text=match[0]))


def _with_punctuation(pieces: Sequence[_Piece], text: str) -> list[_Piece]:
    """Joins pieces without a letter or digit to the word they touch, else to the one before."""
    joined: list[_Piece] = []
    opening: int | None = None  # start of punctuation that belongs to the next word
    for piece in pieces:
        start = piece.start if opening is None else opening
        if not any(c.isalnum() for c in piece.word.text) and len(pieces) > 1:
            touches_last = joined and joined[-1].end == piece.start
            if joined and (touches_last or text[piece.start] not in "([{«“„‘\"'¿¡-–—"):
                joined[-1] = _resized(joined[-1], joined[-1].start, piece.end, text)
                opening = None
            else:
                opening = start
            continue
        joined.append(_resized(piece, start, piece.end, text))
        opening = None
    if opening is not None:
        end = opening + len(text[opening:].strip())
        if joined:
            joined[-1] = _resized(joined[-1], joined[-1].start, end, text)
        else:
            joined.append(_Piece(opening, end, RawWord(text=text[opening:end])))
    return joined


def _resized(piece: _Piece, start: int, end: int, text: str) -> _Piece:
    return _Piece(start, end, replace(piece.word, text=text[start:end]))


def _with_times_of_segment(pieces: list[_Piece], raw: RawSegment) -> list[_Piece]:
    """The segment's own times for its first and last word if those have none."""
    if pieces and pieces[0].word.start_ms is None:
        first = pieces[0]
        pieces[0] = replace(first, word=replace(first.word, start_ms=raw.start_ms))
    if len(pieces) == 1 and pieces[0].word.end_ms is None:
        only = pieces[0]
        pieces[0] = replace(only, word=replace(only.word, end_ms=raw.end_ms))
    return pieces


def _sentences(
    raw: RawSegment, pieces: Sequence[_Piece], words: Sequence[Word]
) -> Iterator[Segment]:
    """Sentences of one speaker each; their text is cut from the segment's."""
    attributed = [replace(word, speaker=word.speaker or raw.speaker) for word in words]
    first = 0
    for speaker, run in groupby(attributed, key=lambda word: word.speaker):
        for segment in segments_from_words(list(run)):
            last = first + len(segment.words) - 1
            confidence = segment.confidence
            yield replace(
                segment,
                text=raw.text[pieces[first].start : pieces[last].end],
                speaker=speaker,
                language=raw.language,
                confidence=share(raw.confidence) if confidence is None else confidence,
            )
            first = last + 1
