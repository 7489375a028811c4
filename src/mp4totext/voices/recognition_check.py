"""Compares the transcript of synthesised speech with its text, and times the words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mp4totext.providers.voice.base import SpokenWord
from mp4totext.providers.voice.spelling import spoken_words
from mp4totext.transcript import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    words: tuple[SpokenWord, ...]  # of the text, as written; in order, none overlaps
    spoken: int  # words of the text, spelled out
    missing: int  # of them, those not recognised


def compare(text: str, recognised: Sequence[Word], *, duration_ms: int) -> Comparison:
    """Compare spelled-out texts, in which "12%" and "twelve percent" are the same."""
    written = text.split()
    expected = [(token, n) for n, word in enumerate(written) for token in spoken_words(word)]
    actual = [(token, n) for n, word in enumerate(recognised) for token in spoken_words(word.text)]
    matcher = SequenceMatcher(
        a=[token for token, _ in expected], b=[token for token, _ in actual], autojunk=False
    )
    times: dict[int, tuple[int, int]] = {}
    matched = 0
    for block in matcher.get_matching_blocks():
        matched += block.size
        for step in range(block.size):
            position = expected[block.a + step][1]
            word = recognised[actual[block.b + step][1]]
            start_ms, _ = times.get(position, (word.start_ms, 0))
            times[position] = (start_ms, word.end_ms)
    return Comparison(
        words=_filled(written, times, duration_ms),
        spoken=len(expected),
        missing=len(expected) - matched,
    )


def spread(text: str, *, end_ms: int) -> tuple[SpokenWord, ...]:
    """Words with estimated times, by their share of the letters."""
    return _filled(text.split(), {}, end_ms)


def _filled(
    written: Sequence[str], times: dict[int, tuple[int, int]], duration_ms: int
) -> tuple[SpokenWord, ...]:
    """Words that were not recognised share the time between their neighbours."""
    words: list[SpokenWord] = []
    position = at_ms = 0
    while position < len(written):
        following = next((n for n in range(position, len(written)) if n in times), None)
        until = len(written) if following is None else following
        border_ms = duration_ms if following is None else max(at_ms, times[following][0])
        letters = sum(len(word) for word in written[position:until]) or 1
        begin_ms, passed = at_ms, 0
        for word in written[position:until]:
            passed += len(word)
            end_ms = begin_ms + (border_ms - begin_ms) * passed // letters
            words.append(SpokenWord(text=word, start_ms=at_ms, end_ms=end_ms))
            at_ms = end_ms
        if following is None:
            break
        end_ms = max(border_ms, times[following][1])
        words.append(SpokenWord(text=written[following], start_ms=border_ms, end_ms=end_ms))
        position, at_ms = following + 1, end_ms
    return tuple(words)
