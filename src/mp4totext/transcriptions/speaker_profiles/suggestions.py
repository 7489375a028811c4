"""Suggested profiles for the speakers of a version: stored, never applied."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mp4totext.transcriptions.models import TranscriptVersion
from mp4totext.transcriptions.speaker_profiles.models import ProfileSuggestion, SpeakerProfile
from mp4totext.transcriptions.steps.match_profiles import Suggested


def keep_suggestions(
    session: Session, version: TranscriptVersion, suggested: Sequence[Suggested]
) -> None:
    """Store suggestions whose profiles still exist: one may have been deleted during the job."""
    if not suggested:
        return
    ids = {each.profile_id for each in suggested}
    locked = select(SpeakerProfile.id).where(SpeakerProfile.id.in_(ids)).with_for_update(read=True)
    existing = set(session.scalars(locked))
    session.add_all(
        ProfileSuggestion(
            transcription_id=version.transcription_id,
            version=version.number,
            speaker=each.speaker,
            profile_id=each.profile_id,
            score=each.score,
        )
        for each in suggested
        if each.profile_id in existing
    )


def suggestions_of(
    session: Session, version: TranscriptVersion
) -> list[tuple[ProfileSuggestion, SpeakerProfile]]:
    """The suggestions with their profiles, the likeliest first."""
    statement = (
        select(ProfileSuggestion, SpeakerProfile)
        .join(SpeakerProfile, SpeakerProfile.id == ProfileSuggestion.profile_id)
        .where(
            ProfileSuggestion.transcription_id == version.transcription_id,
            ProfileSuggestion.version == version.number,
        )
        .order_by(ProfileSuggestion.score.desc(), ProfileSuggestion.profile_id)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]
