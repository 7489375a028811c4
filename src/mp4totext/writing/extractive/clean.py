"""Makes a transcript easier to read: removes fillers and stutters, repairs spacing and capitals.

Nothing else changes, and every word that is removed is reported. Fillers are listed by language; in
other languages only spacing and capitals change.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mp4totext.kit import unicode
from mp4totext.transcript import Segment, Transcript
from mp4totext.writing.results import CleanText, Paragraph, Removed
from mp4totext.writing.sentences import END_MARKS, is_abbreviation
from mp4totext.writing.wordlists import lines, words

PARAGRAPH_MS = 60_000
PARAGRAPH_GAP_MS = 2_000
"""A paragraph ends at another speaker, at this silence, or at a sentence end after a minute."""

_TOKEN = re.compile(r"\S+")
_EDGES = ".,;:!?…\"'“”‘’()[]-–—。、，！？،؛؟۔।"
_PAUSES = ",.…-–—;:、，،؛"


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    segment: Segment

    @property
    def bare(self) -> str:
        return self.text.strip(_EDGES).casefold()


def clean(transcript: Transcript) -> CleanText:
    """The transcript in paragraphs by speaker. Each removed word is reported."""
    removed: list[Removed] = []
    paragraphs: list[Paragraph] = []
    for segments in _groups(transcript):
        language = (segments[0].language or transcript.language or "").partition("-")[0].lower()
        tokens = [
            _Token(match.group(), segment)
            for segment in segments
            for match in _TOKEN.finditer(segment.text)
        ]
        kept = _without_fillers(tokens, language, removed)
        kept = _without_stutters(kept, language, removed)
        text = _tidy(unicode.joined(token.text for token in kept), language)
        if text:
            paragraphs.append(
                Paragraph(
                    segment_ids=tuple(segment.id for segment in segments),
                    start_ms=segments[0].start_ms,
                    end_ms=max(segment.end_ms for segment in segments),
                    text=text,
                    speaker=segments[0].speaker,
                )
            )
    return CleanText(paragraphs=tuple(paragraphs), removed=tuple(removed))


def _groups(transcript: Transcript) -> Iterator[list[Segment]]:
    group: list[Segment] = []
    for segment in transcript.segments:
        if group and _ends_paragraph(group, segment):
            yield group
            group = []
        group.append(segment)
    if group:
        yield group


def _ends_paragraph(group: list[Segment], segment: Segment) -> bool:
    last = group[-1]
    if segment.speaker != last.speaker or segment.language != last.language:
        return True
    if segment.start_ms - last.end_ms >= PARAGRAPH_GAP_MS:
        return True
    full = last.end_ms - group[0].start_ms >= PARAGRAPH_MS
    return full and last.text.rstrip().endswith(END_MARKS)


def _without_fillers(tokens: list[_Token], language: str, removed: list[Removed]) -> list[_Token]:
    fillers = _fillers(language)
    kept: list[_Token] = []
    for token in tokens:
        if token.bare not in fillers:
            kept.append(token)
            continue
        removed.append(Removed(word=token.text, reason="filler", segment_id=token.segment.id))
        # "…nice, um." becomes "…nice.": the end mark of a filler moves to the word before it.
        mark = token.text.strip("\"'“”‘’()[]")[-1:]
        if kept and mark in END_MARKS and mark != "…" and kept[-1].text[-1] not in mark:
            bare = kept[-1].text.rstrip(_PAUSES)
            kept[-1] = _Token((bare or kept[-1].text) + mark, kept[-1].segment)
    return kept


def _without_stutters(tokens: list[_Token], language: str, removed: list[Removed]) -> list[_Token]:
    """Remove the first of two equal words, as in "the the" or "I- I".

    Only words that are not doubled on purpose: "very very" is kept.
    """
    single = words(f"stutters_{language}") if language in _STUTTER_LANGUAGES else frozenset()
    kept: list[_Token] = []
    for token in tokens:
        before = kept[-1] if kept else None
        if (
            before is not None
            and token.bare in single
            and before.bare == token.bare
            and not _ends_sentence(before.text)
        ):
            kept.pop()
            removed.append(
                Removed(word=before.text, reason="repeated", segment_id=before.segment.id)
            )
            text = token.text
            if before.text[:1].isupper():
                text = text[:1].upper() + text[1:]
            kept.append(_Token(text, token.segment))
        else:
            kept.append(token)
    return kept


def _ends_sentence(word: str) -> bool:
    return word.endswith(END_MARKS) and not word.endswith("...")


def _tidy(text: str, language: str) -> str:
    if language != "fr":  # French has a space before ; : ! ?
        text = re.sub(r"\s+([,.;:!?…])(?=\s|$)", r"\1", text)
    text = re.sub(r",(?=[^\W\d_])", ", ", text)
    text = re.sub(r"^[,;:.…\s]+(?=\w)", "", text)
    if language == "en":
        text = re.sub(r"(?<![\w'’.-])i(?=$|['’](?:m|ll|ve|d|re)\b|[\s,?!;:])", "I", text)

    def capitalised(match: re.Match[str]) -> str:
        letter = match.group(2)
        dot = match.start()
        if match.group()[0] == "." and is_abbreviation(
            match.string, dot, letter, language=language
        ):
            return match.group()
        dotted = letter == "i" and language in ("tr", "az")
        return match.group(1) + ("İ" if dotted else letter.upper())

    text = re.sub(r"^([\"'“‘¿¡(]*)([^\W\d_])", capitalised, text)
    return re.sub(r"([.!?]\s+[\"'“‘¿¡(]*)([^\W\d_])", capitalised, text)


def _fillers(language: str) -> frozenset[str]:
    for line in lines("fillers"):
        code, _, listed = line.partition(":")
        if code == language:
            return frozenset(listed.casefold().split())
    return frozenset()


_STUTTER_LANGUAGES = frozenset({"en", "de", "fr", "es", "it", "pt", "nl"})
