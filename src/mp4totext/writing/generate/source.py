"""What a text is written from: one transcript, or passages of several as if they were one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from mp4totext.transcript import Segment, Speaker, Transcript

GAP_MS = 600_000
"""Between two recordings in one material: more than any passage or chapter spans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a segment of the material really stands."""

    transcription_id: str
    segment_id: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    transcription_id: str
    title: str
    transcript: Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Segments that are cited, in one recording."""

    transcription_id: str
    segment_ids: tuple[str, ...]
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """``origins``: segment id of ``transcript`` -> where it stands."""

    title: str | None
    transcript: Transcript
    origins: Mapping[str, Origin] = field(repr=False)

    @property
    def characters(self) -> int:
        return characters_of(self.transcript)

    def places(self, segment_ids: Sequence[str]) -> Iterator[Place]:
        """One a recording, in the order given; ids that do not exist are left out."""
        known = [self.origins[key] for key in segment_ids if key in self.origins]
        for transcription_id, found in groupby(known, key=lambda one: one.transcription_id):
            origins = list(found)
            yield Place(
                transcription_id=transcription_id,
                segment_ids=tuple(dict.fromkeys(one.segment_id for one in origins)),
                start_ms=min(one.start_ms for one in origins),
                end_ms=max(one.end_ms for one in origins),
            )


def characters_of(transcript: Transcript) -> int:
    """What rates for 1,000 characters count."""
    return sum(len(segment.text) for segment in transcript.segments)


def of_one(recording: Recording) -> Material:
    origins = {segment.id: _origin(recording, segment) for segment in recording.transcript.segments}
    return Material(title=recording.title, transcript=recording.transcript, origins=origins)


def of_many(
    recordings: Sequence[Recording], *, only: Mapping[str, frozenset[str]] | None = None
) -> Material:
    """Segments renumbered, one recording after another. ``only``: which of each are taken.

    Speakers of different recordings are different people, named with their recording's title.
    """
    segments: list[Segment] = []
    speakers: list[Speaker] = []
    origins: dict[str, Origin] = {}
    at = 0
    for number, recording in enumerate(recordings, 1):
        transcript = recording.transcript
        wanted = None if only is None else only.get(recording.transcription_id, frozenset())
        for segment in transcript.segments:
            if wanted is not None and segment.id not in wanted:
                continue
            key = f"s{len(segments) + 1}"
            origins[key] = _origin(recording, segment)
            segments.append(_moved(segment, key, at, number, transcript.language))
        speakers += [
            Speaker(id=f"S{number}.{one.id}", name=f"{one.label} in “{recording.title[:80]}”")
            for one in transcript.speakers
        ]
        at += transcript.duration_ms + GAP_MS
    language = next(
        (one.transcript.language for one in recordings if one.transcript.language), None
    )
    joined = Transcript(
        duration_ms=at, language=language, segments=tuple(segments), speakers=tuple(speakers)
    )
    return Material(title=None, transcript=joined, origins=origins)


def _moved(segment: Segment, key: str, at: int, recording: int, language: str | None) -> Segment:
    return replace(
        segment,
        id=key,
        start_ms=segment.start_ms + at,
        end_ms=segment.end_ms + at,
        words=(),
        speaker=f"S{recording}.{segment.speaker}" if segment.speaker else None,
        language=segment.language or language,
    )


def _origin(recording: Recording, segment: Segment) -> Origin:
    return Origin(
        transcription_id=recording.transcription_id,
        segment_id=segment.id,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
    )
