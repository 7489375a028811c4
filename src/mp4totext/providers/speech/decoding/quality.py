"""Finds loops and hallucinations by their form, and moves them from the text to the coverage.

There is no list of known phrases, as those differ by engine and language. The form does not: text
that repeats itself, is faster than anybody speaks, or has no voice.
"""

import re
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from mp4totext.kit import unicode
from mp4totext.providers.speech.base import SpeechResult
from mp4totext.providers.speech.decoding.word_timing import RawSegment
from mp4totext.providers.vad import Region
from mp4totext.transcript import Coverage, CoverageKind, Segment

WORDS_PER_SECOND_MAX = 8.0  # auctioneers reach 7; measured over a second or more
CHARACTERS_PER_SECOND_MAX = 45.0  # also for scripts without spaces
COMPRESSION_MAX = 2.6  # Whisper's own limit is 2.4; lists of numbers reach 2.5
COMPRESSION_MIN_CHARACTERS = 120  # compression of shorter texts says nothing
REPEATS_MAX = 4  # people say "no, no, no, no"; five times is a loop
LONG_PHRASES = range(4, 9)  # words of phrases that people say three times at most
LONG_REPEATS_MAX = 3
VOICED_SHARE_MIN = 0.1  # smallest share of a text's duration with voice
SAME_SEGMENTS_MAX = 3  # people repeat a refrain as often
_MARKS = ".,!?;:\"'"
_REPEATED = re.compile(rf"((?:(?!\d)\S){{2,24}}?)\1{{{REPEATS_MAX},}}")  # not zeros of a number


def suspicion(text: str, *, length_ms: int, voiced_ms: int | None = None) -> str | None:
    """Why a text cannot be what was said in its time, or None. ``voiced_ms``: of voice in it."""
    words = [_spelling(word) for word in text.split()]
    if not words:
        return None
    parts = [part for word in words for part in word.split("-")]
    if repeated := _repeats(parts) or _repeats_unspaced(words):
        return f"repeats {repeated!r}"
    if len(text) >= COMPRESSION_MIN_CHARACTERS:
        data = text.encode()
        if len(data) / len(zlib.compress(data)) > COMPRESSION_MAX:
            return "repeats itself"
    seconds = max(length_ms / 1_000, 1.0)
    if len(words) / seconds > WORDS_PER_SECOND_MAX:
        return "more words than can be spoken in the time"
    if len(text) / seconds > CHARACTERS_PER_SECOND_MAX:
        return "more text than can be spoken in the time"
    if voiced_ms is not None and voiced_ms < VOICED_SHARE_MIN * length_ms:
        return "hardly any voice there"
    return None


def _repeats(words: Sequence[str]) -> str | None:
    """The phrase of 1 to 8 words that occurs more than REPEATS_MAX times in a row."""
    for size in range(1, 9):
        in_a_row = 1
        for at in range(size, len(words) - size + 1, 1):
            if words[at : at + size] == words[at - size : at]:
                in_a_row += 1
                # A phrase of n words matches at n shifts before it has been repeated once.
                if in_a_row > (REPEATS_MAX - 1) * size + 1:
                    return " ".join(words[at : at + size])
            else:
                in_a_row = 1
    return None


def _repeats_unspaced(words: Sequence[str]) -> str | None:
    """The same for scripts without spaces, where a loop is one long word."""
    for word in words:
        if unicode.is_unspaced(word) or unicode.is_ideographic(word):
            for phrase in _REPEATED.findall(word):
                if len(set(phrase)) > 1:  # one letter again and again is a laugh or a long vowel
                    return str(phrase)
    return None


def without_loop(raw: RawSegment) -> list[RawSegment]:
    """A text up to where it says a long phrase again and again, and the rest of it with a doubt.

    In noise Whisper goes round at the end of a sentence whose beginning is right.
    """
    written = list(re.finditer(r"\S+", raw.text))
    spellings = [_spelling(match[0]) for match in written]
    for size in LONG_PHRASES:
        looped = _looped_words(spellings, size)
        if looped < LONG_REPEATS_MAX * size:
            continue
        kept, at = len(written) - looped, written[-looped].start()
        letters = sum(len(match[0]) for match in written[:kept])
        until = [*accumulate(len(word.text.strip()) for word in raw.words)]
        said = raw.words[: bisect_right(until, letters)]
        last = [replace(word, text=word.text.rstrip(_MARKS)) for word in said[-1:]]
        middle_ms = last[0].end_ms if last else None
        end = raw.text[-1] if raw.text[-1] in ".!?" else ""
        text = raw.text[:at].rstrip(_MARKS + " ") + end
        phrase = " ".join(spellings[-size:])
        return [
            replace(raw, text=text, words=(*said[:-1], *last), end_ms=middle_ms),
            replace(
                raw,
                text=raw.text[at:],
                words=raw.words[len(said) :],
                start_ms=middle_ms,
                doubt=f"repeats {phrase!r}",
            ),
        ]
    return [raw]


def _looped_words(words: Sequence[str], size: int) -> int:
    """How many words at the end only repeat the ``size`` words before them."""
    same = 0
    while same + size < len(words) and words[-1 - same] == words[-1 - same - size]:
        same += 1
    return same // size * size


def _spelling(word: str) -> str:
    return word.strip(_MARKS).lower()


def quarantined(result: SpeechResult, *, voice: Sequence[Region] | None = None) -> SpeechResult:
    """The result with suspicious segments moved from the text to quarantined coverage."""
    loops = _looping(result.segments)
    removed: list[Coverage] = []
    trusted: list[Segment] = []
    for segment in result.segments:
        start_ms, end_ms = segment.start_ms, segment.end_ms
        voiced_ms = None
        if voice is not None:
            voiced_ms = sum(
                max(0, min(end_ms, r.end_ms) - max(start_ms, r.start_ms)) for r in voice
            )
        reason = suspicion(segment.text, length_ms=end_ms - start_ms, voiced_ms=voiced_ms)
        if segment.id in loops:
            reason = "repeats the segment before it"
        if reason is None:
            trusted.append(segment)
        else:
            removed.append(
                Coverage(
                    start_ms=start_ms,
                    end_ms=end_ms,
                    kind=CoverageKind.QUARANTINED,
                    text=segment.text,
                    reason=reason,
                )
            )
    if not removed:
        return result
    return replace(result, segments=tuple(trusted), coverage=overlaid(result.coverage, removed))


def _looping(segments: Sequence[Segment]) -> frozenset[str]:
    """Ids of segments after the third one with the same text in a row; short answers may repeat."""
    ids = set()
    last, in_a_row = "", 0
    for segment in segments:
        text = segment.text.strip().lower()
        in_a_row = in_a_row + 1 if text == last else 1
        last = text
        if in_a_row > SAME_SEGMENTS_MAX and len(text.split()) > 2:
            ids.add(segment.id)
    return frozenset(ids)


def overlaid(base: Sequence[Coverage], over: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """``base`` with ``over`` (ordered, disjoint, inside it) laid on top; tiles the same range."""
    above = list(over)
    visible = [piece for stretch in base for piece in _outside(stretch, above)]
    return tuple(sorted([*visible, *above], key=lambda s: (s.start_ms, s.end_ms)))


def _outside(stretch: Coverage, above: Sequence[Coverage]) -> Iterator[Coverage]:
    at = stretch.start_ms
    for other in above:
        if other.end_ms <= at or other.start_ms >= stretch.end_ms:
            continue
        if other.start_ms > at:
            yield replace(stretch, start_ms=at, end_ms=other.start_ms)
        at = max(at, other.end_ms)
    if at < stretch.end_ms:
        yield replace(stretch, start_ms=at)


def tiled(start_ms: int, end_ms: int, stretches: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """Ordered stretches, with every gap between ``start_ms`` and ``end_ms`` filled by no speech."""
    if end_ms <= start_ms:
        return ()
    quiet = Coverage(start_ms=start_ms, end_ms=end_ms, kind=CoverageKind.NO_SPEECH)
    return overlaid([quiet], stretches)
