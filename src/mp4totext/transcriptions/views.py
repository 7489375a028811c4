"""Rows to answers."""

from sqlalchemy.orm import Session

from mp4totext.editing.speakers import speaking_times
from mp4totext.jobs.models import Job
from mp4totext.jobs.stored_files import link_to
from mp4totext.runtime import Runtime
from mp4totext.transcript import Segment, Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.schemas import (
    CoverageOut,
    SegmentOut,
    SourceOut,
    SpeakerOut,
    TranscriptionOut,
    TranscriptionSummary,
)
from mp4totext.transcriptions.versions import transcript_of

# FFmpeg's container names, as browsers know them.
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
    """The content type a player is told; never one that a browser would run."""
    known = _BROWSER_TYPES.get(transcription.media_type or "", "application/octet-stream")
    return known if transcription.has_video else known.replace("video/", "audio/")


def summary(transcription: Transcription, job: Job | None) -> TranscriptionSummary:
    return TranscriptionSummary(**_facts(transcription, job))


def _facts(transcription: Transcription, job: Job | None) -> dict[str, object]:
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
        "error": job.error_message if job is not None else None,
        "created_at": transcription.created_at,
        "updated_at": transcription.updated_at,
    }


def whole(
    session: Session,
    runtime: Runtime,
    transcription: Transcription,
    version: TranscriptVersion | None,
    *,
    words: bool,
) -> TranscriptionOut:
    job = queries.jobs_of(session, [transcription]).get(transcription.job_id or "")
    out = TranscriptionOut.model_validate(_facts(transcription, job))
    if transcription.media_key is not None:
        out.media_url = link_to(
            runtime,
            transcription.media_key,
            media_type=browser_type(transcription),
            filename=transcription.filename,
        )
    if job is not None:
        out.warnings = list(job.warnings)
    if version is not None:
        _add_transcript(out, version, words=words)
    return out


def _add_transcript(out: TranscriptionOut, version: TranscriptVersion, *, words: bool) -> None:
    transcript = transcript_of(version, words=words)
    out.version = version.number
    out.engine, out.model = version.engine, version.model
    out.revision = version.revision
    out.language = transcript.language
    out.text = transcript.text
    out.segments = [_segment(segment, words=words) for segment in transcript.segments]
    out.speakers = _speakers(transcript)
    out.coverage = [CoverageOut.model_validate(stretch) for stretch in transcript.coverage]
    out.sources = [SourceOut.model_validate(source) for source in transcript.sources]
    out.understanding = version.understanding
    out.warnings = [*transcript.warnings, *out.warnings]


def _segment(segment: Segment, *, words: bool) -> SegmentOut:
    out = SegmentOut.model_validate(segment)
    if not words:
        out.words = None
    return out


def _speakers(transcript: Transcript) -> list[SpeakerOut]:
    return [
        SpeakerOut(
            id=spoken.speaker.id,
            name=spoken.speaker.name,
            label=spoken.speaker.label,
            speaking_ms=spoken.spoken_ms,
            share=round(spoken.share, 4),
            segments=spoken.segments,
        )
        for spoken in speaking_times(transcript)
    ]
