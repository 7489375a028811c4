"""Indexes a transcript as one string, with the segment and time of each character."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from mp4totext.transcript import Segment, Transcript
from mp4totext.writing.results import Cited

# Scripts without spaces: Thai, Lao, Burmese, Khmer, kana, Han. Each character is one token.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class _Token:
    at: int
    to: int
    start_ms: int
    end_ms: int


class TextIndex:
    """``text`` is ``transcript.text``; `cite` gives the segments and times of a range of it.

    Times are those of the words, as long as the words make up the segment's text. Where the text
    was edited, or the engine gave no words, times are spread over the segment by characters.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.text = transcript.text
        self._starts: list[int] = []
        self._tokens: list[_Token] = []
        at = 0
        for segment in transcript.segments:
            self._starts.append(at)
            self._tokens.extend(_word_tokens(segment, at) or _spread_tokens(segment, at))
            at += len(segment.text) + 1
        self._token_starts = [token.at for token in self._tokens]
        self._token_ends = [token.to for token in self._tokens]

    def segment_index(self, at: int) -> int:
        return max(0, bisect_right(self._starts, at) - 1)

    def segment_range(self, index: int) -> tuple[int, int]:
        at = self._starts[index]
        return at, at + len(self.transcript.segments[index].text)

    def cite(self, at: int, to: int) -> Cited:
        """Segments and times of ``text[at:to]``; ``at < to``."""
        first, last = self.segment_index(at), self.segment_index(to - 1)
        segments = self.transcript.segments[first : last + 1]
        begin, end = bisect_right(self._token_ends, at), bisect_left(self._token_starts, to)
        tokens = self._tokens[begin:end]
        start_ms = tokens[0].start_ms if tokens else segments[0].start_ms
        end_ms = max((token.end_ms for token in tokens), default=segments[-1].end_ms)
        ids = tuple(segment.id for segment in segments)
        return Cited(segment_ids=ids, start_ms=start_ms, end_ms=max(start_ms, end_ms))


def _word_tokens(segment: Segment, offset: int) -> list[_Token]:
    """One token per word; none if the words do not make up the segment's text."""
    tokens: list[_Token] = []
    end = 0
    for word in segment.words:
        text = word.text.strip()
        start = segment.text.find(text, end)
        if start < 0:
            return []
        if segment.text[end:start].strip():
            return []  # text without a word: it was edited
        end = start + len(text)
        tokens.append(_Token(offset + start, offset + end, word.start_ms, word.end_ms))
    return [] if segment.text[end:].strip() else tokens


def _spread_tokens(segment: Segment, offset: int) -> Iterator[_Token]:
    """Tokens whose times are spread evenly over the segment, character by character."""
    length, duration_ms = len(segment.text), segment.end_ms - segment.start_ms
    for match in _TOKEN.finditer(segment.text):
        yield _Token(
            offset + match.start(),
            offset + match.end(),
            segment.start_ms + duration_ms * match.start() // length,
            segment.start_ms + duration_ms * match.end() // length,
        )
