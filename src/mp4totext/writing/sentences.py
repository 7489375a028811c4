"""Splits a transcript into sentences with times, in any script with sentence punctuation."""

import re
from collections.abc import Iterator

from mp4totext.transcript import Segment, Transcript
from mp4totext.writing.results import Sentence
from mp4totext.writing.text_index import TextIndex
from mp4totext.writing.wordlists import words

_CLOSERS = "\"'”’»›」』）)\\]】"
_ALWAYS = "。！？｡．।॥۔؟።፧។៕။՜։"  # no space needed after these
_WITH_SPACE = ".!?…"
_END = re.compile(
    rf"[{_ALWAYS}]+[{_CLOSERS}]*|(?<![{_WITH_SPACE}])[{_WITH_SPACE}]+[{_CLOSERS}]*(?=\s|$)"
)
END_MARKS = tuple(_ALWAYS + _WITH_SPACE)
"""With one of these a sentence ends, in any script."""

# A full stop after these does not end a sentence. Only those that are common in transcripts.
_ABBREVIATIONS = words("abbreviations")
_AFTER_LETTER = re.compile(r"(?<!\S)[^\W\d_]\. ?\w+\Z")
_NUMBER_WORDS = frozenset({"no", "nr", "art", "pp", "vol", "ch", "sec"})  # "No. 5", not "No."
_DOTTED_ORDINALS = words("dotted_ordinals")

MAX_CHARACTERS = 600
"""A longer text without an end mark is cut, at a comma or space if it has one: some engines do not
punctuate. It also bounds the work of the patterns that search a sentence."""

JOIN_GAP_MS = 1_500
"""A longer silence ends a sentence: few people pause that long inside one."""

UPPERCASE_GAP_MS = 300
"""Before a capital letter, a shorter silence than this is needed for a sentence to go on."""

PUNCTUATED_SHARE = 0.2
"""An engine with fewer segments that end in an end mark does not punctuate."""


def sentences(text_index: TextIndex) -> tuple[Sentence, ...]:
    """The sentences in order; every non-blank character of the transcript is in exactly one.

    A sentence may cross a border between segments of one speaker, never one between speakers.
    """
    results: list[Sentence] = []
    for first, last in _runs(text_index.transcript):
        at, to = text_index.segment_range(first)[0], text_index.segment_range(last)[1]
        segment = text_index.transcript.segments[first]
        language = segment.language or text_index.transcript.language
        for begin, end in split(text_index.text, at, to, language=language):
            cited = text_index.cite(begin, end)
            results.append(
                Sentence(
                    text=text_index.text[begin:end],
                    at=begin,
                    to=end,
                    speaker=segment.speaker,
                    language=language,
                    segment_ids=cited.segment_ids,
                    start_ms=cited.start_ms,
                    end_ms=cited.end_ms,
                )
            )
    return tuple(results)


def split(text: str, at: int, to: int, *, language: str | None) -> Iterator[tuple[int, int]]:
    """The ranges of the sentences of ``text[at:to]``, without the blanks around them."""
    begin = at
    for match in _END.finditer(text, at, to):
        if _ends_sentence(text, match, to, language=language):
            yield from _trim_and_cut(text, begin, match.end())
            begin = match.end()
    yield from _trim_and_cut(text, begin, to)


def _ends_sentence(text: str, match: re.Match[str], to: int, *, language: str | None) -> bool:
    mark = match.group()
    after = text[match.end() : to].lstrip()[:1]
    if mark[0] in _ALWAYS or not after:
        return True
    if after.islower():
        return False  # '"Really?" he said.' is one sentence
    if mark[0] != "." or mark.startswith(".."):
        return True
    return not is_abbreviation(text, match.start(), after, language=language)


def is_abbreviation(text: str, dot: int, after: str, *, language: str | None) -> bool:
    """Whether the full stop at ``dot`` belongs to the word before it."""
    word = text[max(0, dot - 12) : dot].rpartition(" ")[2].lstrip("(\"'“‘«")
    lower = word.lower()
    if lower in _NUMBER_WORDS:
        return after.isdigit()
    if lower in _ABBREVIATIONS:
        return True
    if word.isdigit() and len(word) <= 2:
        return (language or "").partition("-")[0] in _DOTTED_ORDINALS
    if len(word) <= 2 and _AFTER_LETTER.search(text, max(0, dot - 12), dot):
        return True  # "p. ej.", "p. ex."
    letter = word.split(".")[-1]
    return len(letter) == 1 and letter.isalpha() and word != "I"  # "J. Smith", "U.S.", "z. B."


def _trim_and_cut(text: str, at: int, to: int) -> Iterator[tuple[int, int]]:
    while at < to and text[at].isspace():
        at += 1
    while to > at and text[to - 1].isspace():
        to -= 1
    if to - at > MAX_CHARACTERS:
        middle = _middle(text, at, to)
        yield from _trim_and_cut(text, at, middle)
        yield from _trim_and_cut(text, middle, to)
    elif to > at:
        yield at, to


def _middle(text: str, at: int, to: int) -> int:
    """The place to split a text: the pause, otherwise the space, that is nearest to its middle."""
    quarter = (to - at) // 4
    for pattern in (r"[,;:、，；：،]\s*", r"\s+"):
        ends = [match.end() for match in re.finditer(pattern, text[at + quarter : to - quarter])]
        if ends:
            return at + quarter + min(ends, key=lambda end: abs(end - quarter))
    return (at + to) // 2


def _runs(transcript: Transcript) -> Iterator[tuple[int, int]]:
    """First and last index of each run of segments that may share a sentence."""
    segments = transcript.segments
    texts = [segment.text.rstrip(_CLOSERS + " ") for segment in segments if segment.text.strip()]
    ended = sum(text[-1:] in END_MARKS for text in texts)
    is_punctuated = ended >= PUNCTUATED_SHARE * max(1, len(texts))
    first = 0
    for index in range(1, len(segments) + 1):
        if (
            is_punctuated
            and index < len(segments)
            and _continues(segments[index - 1], segments[index])
        ):
            continue
        yield first, index - 1
        first = index


def _continues(before: Segment, after: Segment) -> bool:
    """Whether the last sentence of ``before`` continues in ``after``."""
    text = before.text.rstrip(_CLOSERS + " ")
    if not text or text[-1] in END_MARKS:
        return False
    same = before.speaker == after.speaker and before.language == after.language
    gap_ms = after.start_ms - before.end_ms
    open_ended = text[-1] in ",;:-–—،、，"
    is_upper = after.text.lstrip()[:1].isupper()
    starts_new = is_upper and gap_ms > UPPERCASE_GAP_MS and not open_ended
    return same and gap_ms <= JOIN_GAP_MS and not starts_new
