"""Checks a model's text against the recording: its citations exist, its quotes are verbatim."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from mp4totext.transcript import Transcript
from mp4totext.writing import chinese
from mp4totext.writing.results import Cited
from mp4totext.writing.text_index import TextIndex

_MARKER = re.compile(r"\[(s\d+(?:\s*(?:[-–,;]|to)\s*s?\d+)*)\]")
_RANGE = re.compile(r"s(\d+)(?:\s*(?:[-–]|to)\s*s?(\d+))?")
_QUOTED = re.compile(
    r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|「([^「」]+)」|『([^『』]+)』|\"([^\"\n]+)\""
)
_GAP = re.compile(r"\.{3}|…|\[[^\[\]]*\]")

MIN_QUOTE_CHARACTERS = 12
"""Shorter text in quotation marks is a term, not a quote (only letters and digits count)."""

RANGE_MAX = 10_000
"""A longer range of ids, such as "s1-s99999", is a mistake of the model."""

AnswerT = TypeVar("AnswerT", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation(Cited):
    """A citation marker, such as "[s12-s14]", at ``text[at:to]``."""

    at: int
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedQuote:
    """A quote at ``text[at:to]``, with its quotation marks; ``cited`` is None if not found."""

    text: str
    at: int
    to: int
    cited: Cited | None

    @property
    def verbatim(self) -> bool:
        return self.cited is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    text: str
    citations: tuple[Citation, ...]
    unknown: tuple[str, ...]  # cited segment ids that do not exist
    quotes: tuple[CheckedQuote, ...]

    @property
    def marked(self) -> str:
        """The text with "[?]" after each quote that is not verbatim."""
        text = self.text
        for checked in sorted(self.quotes, key=lambda quote: quote.at, reverse=True):
            if not checked.verbatim:
                text = f"{text[: checked.to]} [?]{text[checked.to :]}"
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundedAnswer(Generic[AnswerT]):
    """A structured answer without the segment ids that do not exist."""

    answer: AnswerT
    unknown: tuple[str, ...]
    not_verbatim: tuple[str, ...]  # values of fields called ``quote``


class Grounder:
    """Checks any number of texts against one transcript."""

    def __init__(self, transcript: Transcript) -> None:
        self._text_index = TextIndex(transcript)
        self._places = {segment.id: n for n, segment in enumerate(transcript.segments)}
        self._is_chinese = chinese.is_chinese(transcript.language)
        self._letters, self._positions = _letters(self._comparable(self._text_index.text))

    def check(self, text: str) -> Grounded:
        citations: list[Citation] = []
        unknown: list[str] = []
        for marker in _MARKER.finditer(text):
            ids = list(_ids(marker.group(1)))
            known = [key for key in ids if key in self._places]
            unknown.extend(key for key in ids if key not in self._places)
            if known:
                citations.append(self._citation(known, marker))
        quotes = tuple(self._quotes(text))
        return Grounded(
            text=text, citations=tuple(citations), unknown=tuple(unknown), quotes=quotes
        )

    def check_answer(self, answer: AnswerT) -> GroundedAnswer[AnswerT]:
        """Check every ``segment_ids`` and ``quote`` field of a structured answer."""
        unknown: list[str] = []
        not_verbatim: list[str] = []
        cleaned = self._cleaned(answer.model_dump(), unknown, not_verbatim)
        return GroundedAnswer(
            answer=type(answer).model_validate(cleaned),
            unknown=tuple(unknown),
            not_verbatim=tuple(not_verbatim),
        )

    def find(self, quote: str) -> Cited | None:
        """The position of a quote in the recording, or None.

        Case, accents, punctuation and the script of Chinese are ignored. "…" and "[...]" in the
        quote match any words.
        """
        first, end = None, 0
        for piece in _GAP.split(quote):
            letters = _letters(self._comparable(piece))[0]
            if not letters:
                continue
            position = self._letters.find(letters, end)
            if position < 0:
                return None
            first = position if first is None else first
            end = position + len(letters)
        if first is None:
            return None
        return self._text_index.cite(self._positions[first], self._positions[end - 1] + 1)

    def _comparable(self, text: str) -> str:
        """Convert Chinese to simplified script, as text and recording may differ in script."""
        return chinese.simplified(text) if self._is_chinese else text

    def _citation(self, ids: list[str], marker: re.Match[str]) -> Citation:
        segments = [self._text_index.transcript.segments[self._places[key]] for key in ids]
        return Citation(
            segment_ids=tuple(dict.fromkeys(ids)),
            start_ms=min(segment.start_ms for segment in segments),
            end_ms=max(segment.end_ms for segment in segments),
            at=marker.start(),
            to=marker.end(),
        )

    def _quotes(self, text: str) -> Iterator[CheckedQuote]:
        for match in _QUOTED.finditer(text):
            words = next(group for group in match.groups() if group is not None)
            if len(_letters(words)[0]) >= MIN_QUOTE_CHARACTERS:
                yield CheckedQuote(
                    text=words, at=match.start(), to=match.end(), cited=self.find(words)
                )

    def _cleaned(self, value: object, unknown: list[str], not_verbatim: list[str]) -> object:
        """``value`` without unknown segment ids. Appends the problems to the two lists."""
        if isinstance(value, list):
            return [self._cleaned(entry, unknown, not_verbatim) for entry in value]
        if not isinstance(value, dict):
            return value
        cleaned: dict[str, object] = {}
        for key, entry in value.items():
            if key == "segment_ids" and isinstance(entry, list):
                unknown.extend(segment_id for segment_id in entry if segment_id not in self._places)
                cleaned[key] = [segment_id for segment_id in entry if segment_id in self._places]
                continue
            if key == "quote" and isinstance(entry, str) and self.find(entry) is None:
                not_verbatim.append(entry)
            cleaned[key] = self._cleaned(entry, unknown, not_verbatim)
        return cleaned


def _ids(marker: str) -> Iterator[str]:
    for match in _RANGE.finditer(marker):
        first = int(match.group(1))
        last = int(match.group(2) or first)
        if last - first > RANGE_MAX:
            last = first
        yield from (f"s{number}" for number in range(first, last + 1))


def _letters(text: str) -> tuple[str, list[int]]:
    """The letters and digits of a text without case and accents, and the position of each in it."""
    letters: list[str] = []
    positions: list[int] = []
    for position, character in enumerate(text):
        for letter in unicodedata.normalize("NFKD", character).casefold():
            if letter.isalnum():
                letters.append(letter)
                positions.append(position)
    return "".join(letters), positions
