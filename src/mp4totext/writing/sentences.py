"""Sentences with times, in any script that marks their ends, and segments where it does not."""

import re
from collections.abc import Iterator

from mp4totext.transcript import Segment, Transcript
from mp4totext.writing.results import Sentence
from mp4totext.writing.text_index import Script
from mp4totext.writing.wordlists import words

_CLOSERS = "\"'”’»›」』）)\\]】"
_ALWAYS = "。！？｡．।॥۔؟።፧។៕။՜։"  # no space needed after these
_WITH_SPACE = ".!?…"
_END = re.compile(rf"[{_ALWAYS}]+[{_CLOSERS}]*|[{_WITH_SPACE}]+[{_CLOSERS}]*(?=\s|$)")
_TERMINATORS = frozenset(_ALWAYS + _WITH_SPACE)

# A full stop after these does not end a sentence. Only what is common in speech written down.
_ABBREVIATIONS = words("abbreviations")
_NUMBER_WORDS = frozenset({"no", "nr", "art", "p", "pp", "vol", "ch", "sec"})  # "No. 5", not "No."
_DOTTED_ORDINALS = words("dotted_ordinals")

MAX_CHARACTERS = 600
"""A longer stretch without an end is cut, at a comma or a space if it has one: engines without
punctuation. It also bounds what the patterns that read a sentence have to search."""

JOIN_GAP_MS = 1_500
"""A longer silence ends the sentence: nobody pauses that long inside one."""

PUNCTUATED_SHARE = 0.2
"""Below this share of segments with an end mark the engine does not punctuate."""


def sentences(script: Script) -> tuple[Sentence, ...]:
    """Every non-blank character of the transcript is in exactly one sentence, in order.

    A sentence may run over a segment border of one speaker; it never holds two speakers.
    """
    found: list[Sentence] = []
    for first, last in _runs(script.transcript):
        at, to = script.segment_range(first)[0], script.segment_range(last)[1]
        segment = script.transcript.segments[first]
        language = segment.language or script.transcript.language
        for begin, end in split(script.text, at, to, language=language):
            cited = script.cite(begin, end)
            found.append(
                Sentence(
                    text=script.text[begin:end],
                    at=begin,
                    to=end,
                    speaker=segment.speaker,
                    language=language,
                    segment_ids=cited.segment_ids,
                    start_ms=cited.start_ms,
                    end_ms=cited.end_ms,
                )
            )
    return tuple(found)


def split(text: str, at: int, to: int, *, language: str | None) -> Iterator[tuple[int, int]]:
    """Ranges of the sentences of ``text[at:to]``, without the blanks around them."""
    begin = at
    for match in _END.finditer(text, at, to):
        if _ends(text, match, to, language=language):
            yield from _cut(text, begin, match.end())
            begin = match.end()
    yield from _cut(text, begin, to)


def _ends(text: str, match: re.Match[str], to: int, *, language: str | None) -> bool:
    mark = match.group()
    after = text[match.end() : to].lstrip()[:1]
    if mark[0] in _ALWAYS or not after:
        return True
    if after.islower():
        return False  # '"Really?" he said' goes on
    if mark[0] != "." or mark.startswith(".."):
        return True
    return not _abbreviates(text, match.start(), after, language=language)


def _abbreviates(text: str, dot: int, after: str, *, language: str | None) -> bool:
    word = text[max(0, dot - 12) : dot].rpartition(" ")[2].lstrip("(\"'“‘«")
    lower = word.lower()
    if lower in _NUMBER_WORDS:
        return after.isdigit()
    if lower in _ABBREVIATIONS:
        return True
    if word.isdigit() and len(word) <= 2:
        return (language or "").partition("-")[0] in _DOTTED_ORDINALS
    letter = word.split(".")[-1]
    return len(letter) == 1 and letter.isalpha() and word != "I"  # "J. Smith", "U.S.", "z. B."


def _cut(text: str, at: int, to: int) -> Iterator[tuple[int, int]]:
    while at < to and text[at].isspace():
        at += 1
    while to > at and text[to - 1].isspace():
        to -= 1
    if to - at > MAX_CHARACTERS:
        middle = _middle(text, at, to)
        yield from _cut(text, at, middle)
        yield from _cut(text, middle, to)
    elif to > at:
        yield at, to


def _middle(text: str, at: int, to: int) -> int:
    quarter = (to - at) // 4
    for pattern in (r"[,;:、，；：،]\s*", r"\s+"):
        ends = [match.end() for match in re.finditer(pattern, text[at + quarter : to - quarter])]
        if ends:
            return at + quarter + min(ends, key=lambda end: abs(end - quarter))
    return (at + to) // 2


def _runs(transcript: Transcript) -> Iterator[tuple[int, int]]:
    """First and last index of segments whose text reads on."""
    segments = transcript.segments
    reads_on = _punctuated(segments)
    first = 0
    for index in range(1, len(segments) + 1):
        if index < len(segments) and reads_on and _continues(segments[index - 1], segments[index]):
            continue
        yield first, index - 1
        first = index


def _continues(one: Segment, other: Segment) -> bool:
    text = one.text.rstrip(_CLOSERS + " ")
    if not text or text[-1] in _TERMINATORS:
        return False
    same = one.speaker == other.speaker and one.language == other.language
    gap_ms = other.start_ms - one.end_ms
    open_ended = text[-1] in ",;:-–—،、，"
    starts_new = other.text.lstrip()[:1].isupper() and gap_ms > 300 and not open_ended
    return same and gap_ms <= JOIN_GAP_MS and not starts_new


def _punctuated(segments: tuple[Segment, ...]) -> bool:
    texts = [segment.text.rstrip(_CLOSERS + " ") for segment in segments if segment.text.strip()]
    ended = sum(text[-1:] in _TERMINATORS for text in texts)
    return ended >= PUNCTUATED_SHARE * max(1, len(texts))
