"""Versions of transcripts: each run adds one, and the others stay."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from mp4totext.editing.alignment import aligned
from mp4totext.editing.carry_over import carried
from mp4totext.jobs.job_view import JobView
from mp4totext.kit.clock import now
from mp4totext.transcript import Coverage, CoverageKind, Segment, Source, Speaker, Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import (
    TranscriptChange,
    TranscriptDetails,
    Transcription,
    TranscriptSegment,
    TranscriptVersion,
)
from mp4totext.transcriptions.options import TextOrder
from mp4totext.transcriptions.segments import (
    GAP,
    as_recognised,
    columns_of,
    segment_of,
    segment_to_json,
    speakers_from_json,
    speakers_to_json,
)
from mp4totext.transcriptions.steps.match_profiles import Suggested

CARRIED = "carried"
"""The first change of a version: edits of speakers of the previous one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcribed:
    transcript: Transcript
    understanding: dict[str, Any] | None
    delivered: frozenset[str]  # price keys
    texts: tuple[TextOrder, ...] = ()
    suggested: tuple[Suggested, ...] = ()  # profiles that the speakers may match


def store_version(
    session: Session,
    transcription: Transcription,
    *,
    job: JobView,
    result: Transcribed,
    edited: Transcript | None = None,
) -> TranscriptVersion:
    """Store a new version and make it the current one.

    ``edited``: the version with a person's edits; without it, the edits of speakers in the previous
    version are carried over.
    """
    transcript = result.transcript
    if edited is None and transcription.version is not None:
        edited = with_carried_edits(session, queries.version(session, transcription), transcript)
    version = add_version(
        session,
        transcription.id,
        transcript,
        number=queries.last_version(session, transcription.id) + 1,
        job_id=job.id,
        edited=edited,
        understanding=result.understanding,
    )
    transcription.version = version.number
    transcription.language = transcript.language
    transcription.updated_at = now()
    session.flush()
    return version


def add_version(
    session: Session,
    transcription_id: str,
    transcript: Transcript,
    *,
    number: int,
    job_id: str,
    edited: Transcript | None = None,
    understanding: dict[str, Any] | None = None,
) -> TranscriptVersion:
    """The rows of a version; ``edited`` becomes its first change."""
    rows = list(_rows(transcript, edited))
    if edited is not None and edited.speakers == transcript.speakers:
        edited = edited if any(row["revision"] for row in rows) else None
    speakers = transcript.speakers if edited is None else edited.speakers
    speaker_numbers = (_id_number("S", each.id) for each in (*transcript.speakers, *speakers))
    revision = 0 if edited is None else 1
    version = TranscriptVersion(
        transcription_id=transcription_id,
        number=number,
        job_id=job_id,
        engine=transcript.engine,
        model=transcript.model,
        language=transcript.language,
        duration_ms=transcript.duration_ms,
        word_count=sum(len(s.words) or len(s.text.split()) for s in transcript.segments),
        revision=revision,
        speakers=speakers_to_json(speakers, dict.fromkeys((s.id for s in speakers), revision)),
        recognised_speakers=None if edited is None else speakers_to_json(transcript.speakers),
        next_segment=1 + max((_id_number("s", row["id"]) for row in rows), default=0),
        next_speaker=1 + max(speaker_numbers, default=0),
        created_at=now(),
    )
    session.add(version)
    session.flush()
    session.add(
        TranscriptDetails(
            transcription_id=transcription_id,
            version=number,
            language_confidence=transcript.language_confidence,
            coverage=[_coverage_to_json(stretch) for stretch in transcript.coverage],
            warnings=list(transcript.warnings),
            sources=[asdict(source) for source in transcript.sources],
            understanding=understanding,
        )
    )
    keys = {"transcription_id": transcription_id, "version": number}
    if rows:
        session.execute(insert(TranscriptSegment), [keys | row for row in rows])
    if edited is not None:
        session.add(_carried_change(version, rows))
    session.flush()
    return version


def _rows(transcript: Transcript, edited: Transcript | None) -> Iterator[dict[str, Any]]:
    if edited is None:
        for number, segment in enumerate(transcript.segments, 1):
            yield _row(segment, number)
        return
    for number, pair in enumerate(aligned(transcript, edited), 1):
        if pair.edited is None:
            assert pair.recognised is not None
            yield _row(replace(pair.recognised, id=pair.id), number) | {
                "revision": 1,
                "removed": True,
            }
        elif pair.recognised is None:
            yield _row(pair.edited, number) | {"revision": 1, "added": True}
        elif replace(pair.recognised, id=pair.id) == pair.edited:
            yield _row(pair.edited, number)
        else:
            recognised = segment_to_json(pair.recognised)
            yield _row(pair.edited, number) | {"revision": 1, "recognised": recognised}


def _row(segment: Segment, number: int) -> dict[str, Any]:
    return columns_of(segment) | {
        "id": segment.id,
        "position": number * GAP,
        "revision": 0,
        "added": False,
        "removed": False,
        "recognised": None,
    }


def _carried_change(version: TranscriptVersion, rows: list[dict[str, Any]]) -> TranscriptChange:
    changed = [row for row in rows if row["revision"]]
    return TranscriptChange(
        transcription_id=version.transcription_id,
        version=version.number,
        revision=version.revision,
        at=version.created_at,
        kind=CARRIED,
        before={
            row["id"]: None if row["added"] else segment_to_json(as_recognised(row))
            for row in changed
        },
        after={
            row["id"]: None if row["removed"] else segment_to_json(segment_of(row))
            for row in changed
        },
        placed={},
        speakers_before=version.recognised_speakers,
        speakers_after=version.speakers,
    )


def _id_number(letter: str, name: str) -> int:
    number = name.removeprefix(letter)
    return int(number) if number.isdecimal() else 0


def _coverage_to_json(stretch: Coverage) -> dict[str, Any]:
    return {
        "start_ms": stretch.start_ms,
        "end_ms": stretch.end_ms,
        "kind": stretch.kind.value,
        "text": stretch.text,
        "reason": stretch.reason,
    }


def with_carried_edits(session: Session, old: TranscriptVersion, fresh: Transcript) -> Transcript:
    """The new transcript with the edits of speakers in the old version."""
    if old.revision == 0:
        return fresh
    return carried(
        recognised=recognised_of(session, old),
        edited=transcript_of(session, old),
        fresh=fresh,
    )


def transcript_of(session: Session, version: TranscriptVersion) -> Transcript:
    """The transcript for readers: as recognised, with a person's edits."""
    rows = queries.segments(session, version, words=True)
    segments = tuple(segment_of(row) for row in rows)
    return _transcript(session, version, segments, speakers_from_json(version.speakers))


def with_stored_words(
    session: Session, version: TranscriptVersion
) -> tuple[Transcript, tuple[str, ...]]:
    """The transcript for readers without words, and the words of each segment as stored JSON."""
    rows = queries.segments_with_stored_words(session, version)
    segments = tuple(segment_of(row, words=False) for row in rows)
    transcript = _transcript(session, version, segments, speakers_from_json(version.speakers))
    return transcript, tuple(row["words"] for row in rows)


def recognised_of(session: Session, version: TranscriptVersion) -> Transcript:
    """The transcript before any edit."""
    segments = [as_recognised(row) for row in queries.recognised_segments(session, version)]
    segments.sort(key=lambda segment: segment.start_ms)
    speakers = version.recognised_speakers
    if speakers is None:
        speakers = version.speakers
    return _transcript(session, version, tuple(segments), speakers_from_json(speakers))


def details_of(session: Session, version: TranscriptVersion) -> TranscriptDetails:
    return session.get_one(TranscriptDetails, (version.transcription_id, version.number))


def _transcript(
    session: Session,
    version: TranscriptVersion,
    segments: tuple[Segment, ...],
    speakers: tuple[Speaker, ...],
) -> Transcript:
    details = details_of(session, version)
    return Transcript(
        duration_ms=version.duration_ms,
        language=version.language,
        language_confidence=details.language_confidence,
        segments=segments,
        speakers=speakers,
        coverage=tuple(
            Coverage(
                start_ms=stretch["start_ms"],
                end_ms=stretch["end_ms"],
                kind=CoverageKind(stretch["kind"]),
                text=stretch["text"],
                reason=stretch["reason"],
            )
            for stretch in details.coverage
        ),
        engine=version.engine,
        model=version.model,
        warnings=tuple(details.warnings),
        sources=tuple(Source(**source) for source in details.sources or ()),
    )
