"""Which known voices the speakers of a version may have: kept beside it, never applied."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mp4totext.transcriptions.models import TranscriptVersion
from mp4totext.transcriptions.speaker_profiles.models import Voice, VoiceSuggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    speaker: str
    voice_id: str
    score: float  # 0 to 1


def keep_suggestions(
    session: Session, version: TranscriptVersion, suggested: Sequence[Suggested]
) -> None:
    """Of voices that are still there: one may have been deleted while the job ran."""
    if not suggested:
        return
    wanted = {each.voice_id for each in suggested}
    locked = select(Voice.id).where(Voice.id.in_(wanted)).with_for_update(read=True)
    there = set(session.scalars(locked))
    session.add_all(
        VoiceSuggestion(
            transcription_id=version.transcription_id,
            version=version.number,
            speaker=each.speaker,
            voice_id=each.voice_id,
            score=each.score,
        )
        for each in suggested
        if each.voice_id in there
    )


def suggestions_of(
    session: Session, version: TranscriptVersion
) -> list[tuple[VoiceSuggestion, Voice]]:
    """The likeliest first."""
    statement = (
        select(VoiceSuggestion, Voice)
        .join(Voice, Voice.id == VoiceSuggestion.voice_id)
        .where(
            VoiceSuggestion.transcription_id == version.transcription_id,
            VoiceSuggestion.version == version.number,
        )
        .order_by(VoiceSuggestion.score.desc(), VoiceSuggestion.voice_id)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]
