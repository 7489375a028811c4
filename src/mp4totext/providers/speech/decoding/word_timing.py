"""Times of an engine's words, checked and repaired; no text is ever lost. Pure.

What engines really send: words without times (numerals above all), times that run backwards, lie
before the window or after it, are null or not numbers, and words without the punctuation that the
text has. The text is what was recognised; times are fitted to it and flagged when inferred.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mp4totext.providers.json_fields import share
from mp4totext.providers.speech.decoding.sentences import segments_from_words
from mp4totext.transcript import Segment, Word, renumbered

TOLERANCE_MS = 250  # a time this far outside is rounding or padding: moved to the edge, kept
MS_PER_CHARACTER = 65  # about 15 characters a second, unhurried speech
_SHORTEST_MS = 20
_LOOKAHEAD = 48  # how far on in the text a word may stand: text between becomes untimed words


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardWord:
    """A word as an engine gave it; times in ms of the recording, or None when unusable."""

    text: str
    start_ms: float | None = None
    end_ms: float | None = None
    confidence: float | None = None
    speaker: str | None = None
    estimated: bool = False  # the times are a guess already


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A stretch of text as an engine gave it; ``words`` may be missing or incomplete."""

    text: str
    start_ms: float | None = None
    end_ms: float | None = None
    words: tuple[HeardWord, ...] = ()
    confidence: float | None = None
    speaker: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word and where it stands in its text."""

    at: int
    to: int
    word: HeardWord


def repaired(heard: Iterable[Heard], *, start_ms: int, end_ms: int) -> tuple[Segment, ...]:
    """Sentences with ordered words inside ``start_ms..end_ms``, holding all the text there was.

    The order is the engine's: it is the order of the text. Segments have ids s1, s2, ...
    """
    stretches = [(h, _pieces(h)) for h in heard if h.text.strip()]
    stretches = [(h, pieces) for h, pieces in stretches if pieces]
    raw = [piece.word for _, pieces in stretches for piece in pieces]
    words = iter(timed(raw, start_ms=start_ms, end_ms=end_ms))
    segments = [
        segment
        for stretch, pieces in stretches
        for segment in _segments(stretch, [(piece, next(words)) for piece in pieces])
    ]
    return renumbered(tuple(segments))


def timed(words: Sequence[HeardWord], *, start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """Words in the given order with times that never run backwards and stay inside.

    The longest run of starts that is in order is believed; every other start is placed between
    its neighbours by length of text and flagged ``estimated``.
    """
    starts = [_inside(word.start_ms, start_ms, end_ms) for word in words]
    believed = _longest_ordered(starts)
    placed = _placed(words, believed, start_ms, end_ms)
    return tuple(
        _finished(word, placed, n, guessed=believed[n] is None, end_ms=end_ms)
        for n, word in enumerate(words)
    )


def _inside(value: float | None, start_ms: int, end_ms: int) -> int | None:
    if value is None or not start_ms - TOLERANCE_MS <= value <= end_ms + TOLERANCE_MS:
        return None
    return min(max(round(value), start_ms), end_ms)


def _longest_ordered(values: Sequence[int | None]) -> list[int | None]:
    """The values outside of the longest non-decreasing subsequence replaced by None.

    Patience sorting: ``tails[k]`` is the smallest end of such a run of length k + 1 so far.
    """
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = [-1] * len(values)
    for n, value in enumerate(values):
        if value is None:
            continue
        at = bisect_right(tails, value)
        before[n] = last[at - 1] if at else -1
        tails[at : at + 1] = [value]  # replaces the one there, or grows by one
        last[at : at + 1] = [n]
    kept: list[int | None] = [None] * len(values)
    n = last[-1] if last else -1
    while n >= 0:
        kept[n] = values[n]
        n = before[n]
    return kept


def _placed(
    words: Sequence[HeardWord], believed: Sequence[int | None], start_ms: int, end_ms: int
) -> list[int]:
    """A start for each word: its own, or a share of the room between believed neighbours."""
    placed: list[int] = []
    n = 0
    while n < len(words):
        own = believed[n]
        if own is not None:
            placed.append(own)
            n += 1
            continue
        stop = next((m for m in range(n, len(words)) if believed[m] is not None), len(words))
        low = _end_before(words, placed, n, start_ms)
        high = believed[stop] if stop < len(words) else None
        placed.extend(_spread(words[n:stop], low, end_ms if high is None else high))
        n = stop
    return placed


def _end_before(words: Sequence[HeardWord], placed: Sequence[int], n: int, start_ms: int) -> int:
    """Where the word before ``n`` ends, as far as is known."""
    if not placed:
        return start_ms
    length = len(words[n - 1].text) * MS_PER_CHARACTER
    said = words[n - 1].end_ms
    if said is not None and 0 <= said - placed[-1] <= 2 * length:
        return round(said)
    return placed[-1] + length


def _spread(words: Sequence[HeardWord], low: int, high: int) -> Iterator[int]:
    low = min(low, high)
    total = sum(len(word.text) for word in words)
    # Untimed words do not fill a long pause: they follow what came before at the pace of speech.
    room = min(high - low, total * MS_PER_CHARACTER)
    done = 0
    for word in words:
        yield low + room * done // max(total, 1)
        done += len(word.text)


def _finished(
    word: HeardWord, placed: Sequence[int], n: int, *, guessed: bool, end_ms: int
) -> Word:
    start = placed[n]
    following = placed[n + 1] if n + 1 < len(placed) else end_ms
    end = word.end_ms
    if guessed or end is None or not start <= end <= end_ms + TOLERANCE_MS:
        inferred = start + max(len(word.text) * MS_PER_CHARACTER, _SHORTEST_MS)
        return _word(word, start, min(inferred, following), estimated=True)
    # Words follow each other, also when two people speak at once; cutting a little is rounding.
    clipped = min(round(end), following)
    moved = round(end) - clipped > TOLERANCE_MS
    return _word(word, start, clipped, estimated=moved or word.estimated)


def _word(word: HeardWord, start: int, end: int, *, estimated: bool) -> Word:
    return Word(
        text=word.text,
        start_ms=start,
        end_ms=max(start, end),
        confidence=share(word.confidence),
        speaker=word.speaker,
        estimated=estimated,
    )


def _pieces(heard: Heard) -> list[_Piece]:
    """The text cut into words: the engine's where they are found in it, else at white space."""
    text = heard.text
    folded = text.lower()
    # A few letters change length when folded, and then places in both would not agree.
    folded = folded if len(folded) == len(text) else text
    pieces: list[_Piece] = []
    cursor = 0
    for word in heard.words:
        wanted = word.text.strip()
        at = _find(folded, wanted.lower(), cursor)
        if at is None:
            continue
        pieces.extend(_untimed(text, cursor, at))
        pieces.append(_Piece(at, at + len(wanted), replace(word, text=wanted)))
        cursor = at + len(wanted)
    pieces.extend(_untimed(text, cursor, len(text)))
    return _edged(_with_punctuation(pieces, text), heard)


def _find(text: str, wanted: str, cursor: int) -> int | None:
    if not wanted:
        return None
    at = text.find(wanted, cursor, cursor + _LOOKAHEAD + len(wanted))
    while at > cursor and text[at - 1].isalnum() and text[at - 1].isascii():
        # Inside another word: look on. Scripts without spaces have no such border.
        at = text.find(wanted, at + 1, cursor + _LOOKAHEAD + len(wanted))
    return at if at >= 0 else None


def _untimed(text: str, at: int, to: int) -> Iterator[_Piece]:
    start = at
    while start < to:
        if text[start].isspace():
            start += 1
            continue
        stop = start
        while stop < to and not text[stop].isspace():
            stop += 1
        yield _Piece(start, stop, HeardWord(text=text[start:stop]))
        start = stop


def _with_punctuation(pieces: Sequence[_Piece], text: str) -> list[_Piece]:
    """Pieces without a letter or digit joined to the word they touch, else to the one before."""
    joined: list[_Piece] = []
    opening: int | None = None  # where punctuation waiting for its word starts
    for piece in pieces:
        at = piece.at if opening is None else opening
        if not any(c.isalnum() for c in piece.word.text) and len(pieces) > 1:
            touches_last = joined and joined[-1].to == piece.at
            if joined and (touches_last or text[piece.at] not in "([{«“„‘\"'¿¡-–—"):
                last = joined[-1]
                joined[-1] = _grown(last, last.at, piece.to, text)
                opening = None
            else:
                opening = at
            continue
        joined.append(_grown(piece, at, piece.to, text))
        opening = None
    if opening is not None:
        rest = text[opening:].strip()
        if joined:
            joined[-1] = _grown(joined[-1], joined[-1].at, opening + len(rest), text)
        else:
            joined.append(_Piece(opening, opening + len(rest), HeardWord(text=rest)))
    return joined


def _grown(piece: _Piece, at: int, to: int, text: str) -> _Piece:
    return _Piece(at, to, replace(piece.word, text=text[at:to]))


def _edged(pieces: list[_Piece], heard: Heard) -> list[_Piece]:
    """A stretch's own times for its first and last word when those have none."""
    if pieces and pieces[0].word.start_ms is None:
        first = pieces[0]
        pieces[0] = _Piece(first.at, first.to, replace(first.word, start_ms=heard.start_ms))
    if len(pieces) == 1 and pieces[0].word.end_ms is None:
        only = pieces[0]
        pieces[0] = _Piece(only.at, only.to, replace(only.word, end_ms=heard.end_ms))
    return pieces


def _segments(heard: Heard, found: Sequence[tuple[_Piece, Word]]) -> Iterator[Segment]:
    """Sentences of one stretch by one speaker each; their text is cut from the stretch's."""
    places = [(piece.at, piece.to) for piece, _ in found]
    words = [replace(w, speaker=w.speaker or heard.speaker) for _, w in found]
    at = 0
    for speaker, run in groupby(words, key=lambda word: word.speaker):
        for segment in segments_from_words(list(run)):
            last = at + len(segment.words) - 1
            yield replace(
                segment,
                text=heard.text[places[at][0] : places[last][1]],
                speaker=speaker,
                language=heard.language,
                confidence=segment.confidence
                if segment.confidence is not None
                else share(heard.confidence),
            )
            at = last + 1
