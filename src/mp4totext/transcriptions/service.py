"""Change and edit. Every verb takes the session that commits it."""

from sqlalchemy.orm import Session

from mp4totext.kit.clock import now
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import edits, queries
from mp4totext.transcriptions.errors import EditConflict
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.schemas import (
    SegmentsChange,
    SpeakersChange,
    TranscriptionChange,
)
from mp4totext.transcriptions.versions import (
    transcript_of,
    transcript_to_json,
)


def change(session: Session, transcription: Transcription, wanted: TranscriptionChange) -> None:
    if wanted.title is not None:
        transcription.title = wanted.title
    if wanted.version is not None:
        version = queries.version(session, transcription, wanted.version)
        transcription.version = version.number
        transcription.language = version.language
    transcription.updated_at = now()


def edit_segments(
    session: Session, transcription: Transcription, wanted: SegmentsChange
) -> TranscriptVersion:
    """New text for segments; what was recognised stays beside it."""
    version = _for_edit(session, transcription, wanted.revision)
    edited = edits.with_texts(transcript_of(version), {edit.id: edit.text for edit in wanted.edits})
    return _store(transcription, version, edited)


def edit_speakers(
    session: Session, transcription: Transcription, wanted: SpeakersChange
) -> TranscriptVersion:
    """Rename, merge, reassign, in the order given."""
    version = _for_edit(session, transcription, wanted.revision)
    edited = transcript_of(version)
    for action in wanted.actions:
        edited = edits.with_speaker_action(edited, action)
    return _store(transcription, version, edited)


def _for_edit(session: Session, transcription: Transcription, revision: int) -> TranscriptVersion:
    version = queries.version(session, transcription)
    session.refresh(version, with_for_update=True)
    if version.revision != revision:
        raise EditConflict(
            f"The transcript was edited since: it is at revision {version.revision}, "
            f"not {revision}. Read it again and repeat the edit.",
            revision=version.revision,
        )
    return version


def _store(
    transcription: Transcription, version: TranscriptVersion, edited: Transcript
) -> TranscriptVersion:
    version.edited = transcript_to_json(edited)
    version.text = edited.text
    version.revision += 1
    transcription.updated_at = now()
    return version
