"""The canonical transcript: what engines return and exports read. Of ours it imports words.

Times are integer milliseconds from the start of the recording; ends are exclusive.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from mp4totext.messages import in_every_language, worded

_NUMBERED = "Speaker {number}"  # nobody has named them


class CoverageKind(StrEnum):
    """The outcome of transcribing a stretch of the recording."""

    SPEECH = "speech"  # its words are in the text
    NO_SPEECH = "no_speech"
    QUARANTINED = "quarantined"  # recognised, but a loop or a hallucination: kept, out of the text
    FAILED = "failed"  # voiced, but no engine gave words for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One spoken word with its punctuation, e.g. ``"Hello,"``."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = None  # 0 to 1
    speaker: str | None = None  # Speaker.id
    speaker_confidence: float | None = None  # 0 to 1
    estimated: bool = False  # the time was inferred, not measured

    def __reduce__(self) -> tuple[Callable[..., "Word"], tuple[object, ...]]:
        # Long recordings have 100,000, and a dataclass's own way takes three times as long.
        return _word, (
            self.text,
            self.start_ms,
            self.end_ms,
            self.confidence,
            self.speaker,
            self.speaker_confidence,
            self.estimated,
        )


def _word(
    text: str,
    start_ms: int,
    end_ms: int,
    confidence: float | None,
    speaker: str | None,
    speaker_confidence: float | None,
    estimated: bool,  # noqa: FBT001  pickle has no names
) -> Word:
    return Word(
        text=text,
        start_ms=start_ms,
        end_ms=end_ms,
        confidence=confidence,
        speaker=speaker,
        speaker_confidence=speaker_confidence,
        estimated=estimated,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A sentence or a phrase by one speaker; ``text`` is what readers see."""

    id: str  # stable inside one version: "s1", "s2", ...
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    confidence: float | None = None
    language: str | None = None  # BCP-47, when it differs from the transcript's or was detected
    recognised_text: str | None = None  # the engine's text, if a person edited ``text``
    checked: bool = False  # a person confirmed it
    # Ids of the recognised segments that a person cut or joined it from; None: it is one itself.
    origins: tuple[str, ...] | None = None

    @property
    def speaker_confidence(self) -> float | None:
        """Mean confidence of the speaker over its words, 0 to 1; None if unknown."""
        known = [w.speaker_confidence for w in self.words if w.speaker_confidence is not None]
        return round(sum(known) / len(known), 3) if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    id: str  # "S1", "S2", ... in order of first appearance
    name: str | None = None  # given by a person

    @property
    def label(self) -> str:
        """The name, or a number in the language of who reads it."""
        return self.name or worded(_NUMBERED).format(number=self._number)

    def is_called(self, name: str) -> bool:
        """Whether ``name`` is the label, of a nameless speaker in any language; case is ignored."""
        if self.name:
            labels = [self.name]
        else:
            labels = [each.format(number=self._number) for each in in_every_language(_NUMBERED)]
        return name.casefold() in map(str.casefold, labels)

    @property
    def _number(self) -> str:
        return self.id.removeprefix("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One speaker from start to end; turns of different speakers may overlap."""

    start_ms: int
    end_ms: int
    speaker: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One stretch of the recording; all stretches together tile it without gap or overlap."""

    start_ms: int
    end_ms: int
    kind: CoverageKind
    text: str | None = None  # the engine's text, if quarantined
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One channel of one sound track of the recording: whether it was transcribed, and why."""

    track: int  # from 1
    channel: int  # from 1
    weight: float  # its share of the transcribed signal; 0 if it was not transcribed
    signal: int | None = None  # channels with the same number, from 1, were mixed
    reason: str = ""  # for readers: "its own voice", "no voice"
    language: str | None = None  # as the file says, BCP-47
    title: str | None = None  # of the track, as the file says


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    duration_ms: int
    language: str | None = None  # BCP-47; None when nothing was said
    language_confidence: float | None = None
    segments: tuple[Segment, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    engine: str = ""
    model: str = ""
    warnings: tuple[str, ...] = field(default=())
    sources: tuple[
        Source, ...
    ] = ()  # empty for live sessions, and for transcripts made before sources were stored

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def words(self) -> Iterator[Word]:
        return (word for segment in self.segments for word in segment.words)

    def speaker_label(self, speaker_id: str | None) -> str | None:
        """The name readers see for a speaker id, or None when there is no speaker."""
        if speaker_id is None:
            return None
        known = {speaker.id: speaker for speaker in self.speakers}
        return known.get(speaker_id, Speaker(id=speaker_id)).label


def problems(transcript: Transcript) -> list[str]:
    """Violations of the invariants of times and coverage; empty if there are none.

    Segments and words are ordered, inside the recording and inside their segment; coverage tiles
    the recording from 0 to its duration.
    """
    found: list[str] = []
    last_start = 0
    for segment in transcript.segments:
        if not 0 <= segment.start_ms <= segment.end_ms <= transcript.duration_ms:
            found.append(f"segment {segment.id} is outside the recording")
        if segment.start_ms < last_start:
            found.append(f"segment {segment.id} starts before the previous one")
        last_start = segment.start_ms
        found.extend(_word_problems(segment))
    found.extend(_coverage_problems(transcript))
    return found


def _word_problems(segment: Segment) -> Iterator[str]:
    last_start = segment.start_ms
    for word in segment.words:
        if not segment.start_ms <= word.start_ms <= word.end_ms <= segment.end_ms:
            yield f"word {word.text!r} at {word.start_ms} ms is outside segment {segment.id}"
        if word.start_ms < last_start:
            yield f"word {word.text!r} at {word.start_ms} ms runs backwards"
        last_start = word.start_ms


def _coverage_problems(transcript: Transcript) -> Iterator[str]:
    at = 0
    for stretch in transcript.coverage:
        if stretch.start_ms != at or stretch.end_ms < stretch.start_ms:
            yield f"coverage is broken at {at} ms"
        at = stretch.end_ms
    if transcript.coverage and at != transcript.duration_ms:
        yield f"coverage ends at {at} ms of {transcript.duration_ms} ms"


def renumbered(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """The same segments with ids s1, s2, ... in order."""
    return tuple(replace(segment, id=f"s{n}") for n, segment in enumerate(segments, 1))


def words_to_arrays(words: Iterable[Word]) -> list[list[Any]]:
    """As they are stored: arrays, as there are twenty times as many words as segments."""
    return [
        [w.text, w.start_ms, w.end_ms, w.confidence, w.speaker, w.speaker_confidence, w.estimated]
        for w in words
    ]


def words_from_arrays(stored: Iterable[Sequence[Any]]) -> tuple[Word, ...]:
    return tuple(
        Word(
            text=text,
            start_ms=start_ms,
            end_ms=end_ms,
            confidence=confidence,
            speaker=speaker,
            speaker_confidence=speaker_confidence,
            estimated=estimated,
        )
        for text, start_ms, end_ms, confidence, speaker, speaker_confidence, estimated in stored
    )
