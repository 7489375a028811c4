"""The source of a text: one transcript, or segments of several joined into one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from mp4totext.transcript import Segment, Speaker, Transcript

GAP_MS = 600_000
"""Between two recordings in one source: longer than any passage (60 s), so that none spans both."""

TITLE_CHARACTERS = 80  # of a recording, in the names of its speakers


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The recording, segment and time that a segment of the source comes from."""

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
    """Cited segments of one recording, and the time they span."""

    transcription_id: str
    segment_ids: tuple[str, ...]
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """``origins``: segment id in ``transcript`` -> its origin."""

    title: str | None
    transcript: Transcript
    origins: Mapping[str, Origin] = field(repr=False)

    @property
    def characters(self) -> int:
        return characters_of(self.transcript)

    def places(self, segment_ids: Sequence[str]) -> Iterator[Place]:
        """The places of segments, one for each run of one recording. Unknown ids are left out."""
        known = [self.origins[key] for key in segment_ids if key in self.origins]
        for transcription_id, run in groupby(known, key=lambda origin: origin.transcription_id):
            origins = list(run)
            yield Place(
                transcription_id=transcription_id,
                segment_ids=tuple(dict.fromkeys(origin.segment_id for origin in origins)),
                start_ms=min(origin.start_ms for origin in origins),
                end_ms=max(origin.end_ms for origin in origins),
            )


def characters_of(transcript: Transcript) -> int:
    """The characters that rates for 1,000 characters count."""
    return sum(len(segment.text) for segment in transcript.segments)


def single_source(recording: Recording) -> Source:
    origins = {segment.id: _origin(recording, segment) for segment in recording.transcript.segments}
    return Source(title=recording.title, transcript=recording.transcript, origins=origins)


def combined_source(
    recordings: Sequence[Recording], *, only: Mapping[str, frozenset[str]] | None = None
) -> Source:
    """Join recordings one after another, with new segment ids and times.

    ``only``: transcription id -> the ids of the segments to take. Speakers of different recordings
    are different people, and named with the title of their recording.
    """
    segments: list[Segment] = []
    speakers: list[Speaker] = []
    origins: dict[str, Origin] = {}
    offset_ms = 0
    for number, recording in enumerate(recordings, 1):
        transcript = recording.transcript
        selected = None if only is None else only.get(recording.transcription_id, frozenset())
        for segment in transcript.segments:
            if selected is not None and segment.id not in selected:
                continue
            moved = replace(
                segment,
                id=f"s{len(segments) + 1}",
                start_ms=segment.start_ms + offset_ms,
                end_ms=segment.end_ms + offset_ms,
                words=(),
                speaker=f"S{number}.{segment.speaker}" if segment.speaker else None,
                language=segment.language or transcript.language,
            )
            origins[moved.id] = _origin(recording, segment)
            segments.append(moved)
        title = recording.title[:TITLE_CHARACTERS]
        speakers += [
            Speaker(id=f"S{number}.{speaker.id}", name=f"{speaker.label} in “{title}”")
            for speaker in transcript.speakers
        ]
        offset_ms += transcript.duration_ms + GAP_MS
    languages = (recording.transcript.language for recording in recordings)
    joined = Transcript(
        duration_ms=offset_ms,
        language=next(filter(None, languages), None),
        segments=tuple(segments),
        speakers=tuple(speakers),
    )
    return Source(title=None, transcript=joined, origins=origins)


def _origin(recording: Recording, segment: Segment) -> Origin:
    return Origin(
        transcription_id=recording.transcription_id,
        segment_id=segment.id,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
    )
