"""Converts rows to responses."""

from typing import Any

from sqlalchemy.orm import Session

from mp4totext.editing.speakers import speaking_times
from mp4totext.jobs.failure import message_of
from mp4totext.jobs.models import ENDED, Job
from mp4totext.jobs.queries import queue_places
from mp4totext.jobs.schemas import progress_out
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.transcript import Segment, Speaker
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Tag, Transcription, TranscriptVersion
from mp4totext.transcriptions.schemas import (
    CoverageOut,
    SegmentOut,
    SourceOut,
    SpeakerOut,
    TagOut,
    TranscriptionOut,
    TranscriptionSummary,
)
from mp4totext.transcriptions.segments import segment_of, speakers_from_json
from mp4totext.transcriptions.versions import details_of

# FFmpeg's container names, and browsers' names for them.
_BROWSER_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "aac": "audio/aac",
    "matroska,webm": "video/webm",
    "mov,mp4,m4a,3gp,3g2,mj2": "video/mp4",
}


def browser_type(transcription: Transcription) -> str:
    """The content type for players: never one that a browser would execute."""
    known = _BROWSER_TYPES.get(transcription.media_type or "", "application/octet-stream")
    return known if transcription.has_video else known.replace("video/", "audio/")


def summaries(session: Session, rows: list[Transcription]) -> list[TranscriptionSummary]:
    """The summaries of a list, with one query for each kind of related rows."""
    jobs = queries.jobs_of(session, rows)
    places = queue_places(session, jobs.values())
    tags = queries.tags_of(session, rows)
    speakers = queries.speakers_of(session, rows)
    return [
        TranscriptionSummary(
            **_facts(
                row,
                jobs.get(row.job_id or ""),
                place=places.get(row.job_id or ""),
                tags=tags.get(row.id, []),
                speakers=speakers.get(row.id, []),
            )
        )
        for row in rows
    ]


def _facts(
    transcription: Transcription,
    job: Job | None,
    *,
    place: int | None,
    tags: list[Tag],
    speakers: list[dict[str, Any]],
) -> dict[str, object]:
    running = job is not None and job.state not in ENDED
    return {
        "id": transcription.id,
        "job_id": transcription.job_id,
        "title": transcription.title,
        "filename": transcription.filename,
        "source_url": transcription.source_url,
        "status": job.state if job is not None else "unknown",
        "language": transcription.language,
        "duration_ms": transcription.duration_ms,
        "size_bytes": transcription.size_bytes,
        "has_video": transcription.has_video,
        "version": transcription.version,
        "options": transcription.options,
        "error": message_of(job) if job is not None else None,
        "progress": progress_out(job) if running and job is not None else None,
        "queue_place": place,
        "tags": [TagOut.model_validate(tag) for tag in tags],
        "speakers_named": [speaker.label for speaker in speakers_from_json(speakers)],
        "archived": transcription.archived_at is not None,
        "binned_at": transcription.binned_at,
        "created_at": transcription.created_at,
        "updated_at": transcription.updated_at,
    }


def without_transcript(
    session: Session, links: FileLinks, transcription: Transcription
) -> TranscriptionOut:
    out = TranscriptionOut.model_validate(summaries(session, [transcription])[0].model_dump())
    job = queries.jobs_of(session, [transcription]).get(transcription.job_id or "")
    if transcription.media_key is not None:
        out.media_url = links.to(
            transcription.media_key,
            media_type=browser_type(transcription),
            filename=transcription.filename,
        )
    if job is not None:
        out.warnings = list(job.warnings)
    return out


def add_transcript(
    session: Session, out: TranscriptionOut, version: TranscriptVersion, *, words: bool
) -> None:
    details = details_of(session, version)
    rows = queries.segments(session, version, words=words)
    segments = tuple(segment_of(row, words=words) for row in rows)
    out.version = version.number
    out.engine, out.model = version.engine, version.model
    out.revision = version.revision
    out.language = version.language
    out.text = " ".join(segment.text for segment in segments)
    out.segments = [
        segment_out(segment, revision=row["revision"], words=words)
        for segment, row in zip(segments, rows, strict=True)
    ]
    out.speakers = _speakers(speakers_from_json(version.speakers), segments)
    out.coverage = [CoverageOut.model_validate(stretch) for stretch in details.coverage]
    out.sources = [SourceOut.model_validate(source) for source in details.sources or ()]
    out.understanding = details.understanding
    out.warnings = [*details.warnings, *out.warnings]


def segment_out(segment: Segment, *, revision: int, words: bool) -> SegmentOut:
    out = SegmentOut.model_validate(segment)
    out.revision = revision
    if not words:
        out.words = None
    return out


def _speakers(speakers: tuple[Speaker, ...], segments: tuple[Segment, ...]) -> list[SpeakerOut]:
    return [
        SpeakerOut(
            id=spoken.speaker.id,
            name=spoken.speaker.name,
            label=spoken.speaker.label,
            speaking_ms=spoken.spoken_ms,
            share=round(spoken.share, 4),
            segments=spoken.segments,
        )
        for spoken in speaking_times(speakers, segments)
    ]
