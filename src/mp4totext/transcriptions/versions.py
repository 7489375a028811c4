"""Transcript versions: each run stores one, beside the ones before."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from mp4totext.editing.carry_over import carried
from mp4totext.jobs.job_view import JobView
from mp4totext.kit.clock import now
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.schemas import TextOrder
from mp4totext.transcriptions.steps.match_profiles import Suggested

_TRANSCRIPT = TypeAdapter(Transcript)


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
    """A new version beside the old ones, now the one readers see.

    ``edited``: what a person made of it; absent: what they said about speakers in the version
    before is carried over.
    """
    transcript = result.transcript
    version = TranscriptVersion(
        transcription_id=transcription.id,
        number=queries.last_version(session, transcription.id) + 1,
        job_id=job.id,
        engine=transcript.engine,
        model=transcript.model,
        language=transcript.language,
        word_count=sum(len(s.words) or len(s.text.split()) for s in transcript.segments),
        revision=0,
        created_at=now(),
        recognised=transcript_to_json(transcript),
        edited=None,
        understanding=result.understanding,
        text=transcript.text,
    )
    if edited is None and transcription.version is not None:
        edited = with_carried_edits(queries.version(session, transcription), transcript)
    if edited is not None and edited != transcript:
        version.edited = transcript_to_json(edited)
        version.text = edited.text
        version.revision = 1
    session.add(version)
    transcription.version = version.number
    transcription.language = transcript.language
    transcription.updated_at = now()
    session.flush()
    return version


def with_carried_edits(old: TranscriptVersion, fresh: Transcript) -> Transcript:
    """What a person said about speakers holds for the new version too."""
    if old.edited is None:
        return fresh
    return carried(
        recognised=transcript_from_json(old.recognised),
        edited=transcript_from_json(old.edited),
        fresh=fresh,
    )


def transcript_to_json(transcript: Transcript) -> dict[str, Any]:
    dumped: dict[str, Any] = _TRANSCRIPT.dump_python(transcript, mode="json")
    return dumped


def transcript_from_json(data: dict[str, Any]) -> Transcript:
    return _TRANSCRIPT.validate_python(data)


def transcript_of(version: TranscriptVersion, *, words: bool = True) -> Transcript:
    """What readers see: the recognised transcript with a person's edits."""
    stored = version.edited or version.recognised
    if not words:  # nine tenths of it
        stored = stored | {"segments": [s | {"words": ()} for s in stored["segments"]]}
    return transcript_from_json(stored)
