"""Splits a transcript into the smallest pieces between which captions may break, with times."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from mp4totext.editing.word_times import retimed
from mp4totext.exports import phrases
from mp4totext.kit import unicode
from mp4totext.transcript import Segment, Transcript, Word


class Piece(NamedTuple):
    """A word with its punctuation, or one character of Chinese and Japanese.

    A tuple saves memory, as long recordings have hundreds of thousands.
    """

    text: str
    start_ms: int
    end_ms: int
    speaker: str | None
    language: str  # two letters, "" when unknown
    spaced: bool  # preceded by a space
    word_edge: bool  # the recogniser began a word here


@dataclass(frozen=True, slots=True)
class _Character:
    """One visible character of a segment's text, with its times."""

    text: str
    start_ms: int
    end_ms: int
    speaker: str | None
    word: int
    chunk: int  # number of the stretch without spaces that it is in


def pieces_of(transcript: Transcript, *, widest: int) -> list[Piece]:
    """All pieces in reading order, with ascending starts. ``widest``: columns of a line."""
    pieces: list[Piece] = []
    for segment in transcript.segments:
        language = phrases.two_letters(segment.language or transcript.language)
        if _is_plain(segment):
            _add_words(pieces, segment, language)
            continue
        for _, group in groupby(_characters(_cleaned(segment)), key=lambda c: c.chunk):
            last_word = -1
            for run in _cut(list(group), widest):
                before = pieces[-1] if pieces else None
                pieces.append(_piece(run, before, last_word, language))
                last_word = run[-1].word
    return pieces


def _is_plain(segment: Segment) -> bool:
    """Whether splitting the text at spaces gives the words, which most segments allow."""
    text = segment.text
    if not (text.isascii() and text.isprintable()) and (
        unicode.clean(text) != text or unicode.is_ideographic(text) or unicode.is_unspaced(text)
    ):
        return False
    return text.split() == [word.text for word in segment.words]


def _add_words(pieces: list[Piece], segment: Segment, language: str) -> None:
    """Append each word as a piece."""
    earliest, before = (pieces[-1].start_ms, pieces[-1].text) if pieces else (0, "")
    for word in segment.words:
        start_ms, end_ms, text = word.start_ms, word.end_ms, word.text
        start_ms = max(start_ms, earliest)
        pieces.append(
            Piece(
                text,
                start_ms,
                end_ms if end_ms > start_ms else start_ms,
                word.speaker or segment.speaker,
                language,
                unicode.needs_space(before, text),
                word_edge=True,
            )
        )
        earliest, before = start_ms, text


def _cleaned(segment: Segment) -> Segment:
    """The segment in visible text and with words that spell it."""
    words = (_with_text(word, unicode.clean(word.text)) for word in segment.words)
    return retimed(
        replace(
            segment,
            text=unicode.clean(segment.text),
            words=tuple(word for word in words if word.text),
        )
    )


def _with_text(word: Word, text: str) -> Word:
    return word if word.text == text else replace(word, text=text)


def _characters(segment: Segment) -> Iterator[_Character]:
    """Every non-space character with its share of its word's time."""
    chunks = [number for number, chunk in enumerate(segment.text.split()) for _ in chunk]
    at = 0
    for number, word in enumerate(segment.words):
        bare = "".join(word.text.split())
        length = word.end_ms - word.start_ms
        for position, character in enumerate(bare):
            yield _Character(
                character,
                word.start_ms + length * position // len(bare),
                word.start_ms + length * (position + 1) // len(bare),
                word.speaker or segment.speaker,
                number,
                chunks[at],
            )
            at += 1


def _cut(chunk: list[_Character], widest: int) -> Iterator[list[_Character]]:
    """The chunk, cut where its script allows a line to end."""
    text = "".join(c.text for c in chunk)
    too_wide = unicode.is_unspaced(text) and unicode.width(text) > widest
    if not too_wide and not unicode.is_ideographic(text):
        yield chunk
        return
    at = 0
    plain: list[_Character] = []
    for cluster in unicode.clusters(text):
        part = chunk[at : at + len(cluster)]
        at += len(cluster)
        if unicode.is_full_width(cluster) or too_wide:
            if plain:
                yield plain
            yield part
            plain = []
        else:
            plain += part
    if plain:
        yield plain


def _piece(run: list[_Character], before: Piece | None, last_word: int, language: str) -> Piece:
    """``last_word`` is the word that ended just before in the same chunk; -1 at its beginning."""
    text = "".join(c.text for c in run)
    earliest = before.start_ms if before else 0
    start = max(run[0].start_ms, earliest)
    return Piece(
        text=text,
        start_ms=start,
        end_ms=max(start, run[-1].end_ms),
        speaker=run[0].speaker,
        language=language,
        spaced=last_word < 0 and before is not None and unicode.needs_space(before.text, text),
        word_edge=run[0].word != last_word,
    )
