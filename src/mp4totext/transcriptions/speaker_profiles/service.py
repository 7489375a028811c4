"""Consent, learning and deletion of profiles. Each function works in its caller's transaction."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mp4totext.jobs.acceptance import Accepted, accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.kit.errors import Invalid
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.providers.diarization import voice_prints
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.errors import NotReady
from mp4totext.transcriptions.speaker_profiles import queries
from mp4totext.transcriptions.speaker_profiles.errors import (
    NoConsent,
    NotNamed,
    TooLittleSpeech,
)
from mp4totext.transcriptions.speaker_profiles.models import SpeakerProfile, SpeakerProfileConsent
from mp4totext.transcriptions.speaker_profiles.operations import LEARN_PROFILE, LearnProfileParams
from mp4totext.transcriptions.speaker_profiles.schemas import ConsentOut, SpeakerProfileRequest
from mp4totext.transcriptions.versions import transcript_of

log = get_logger()


def consent_of(session: Session, user_id: str) -> ConsentOut:
    found = queries.consent(session, user_id)
    return ConsentOut(
        given=found is not None,
        given_at=None if found is None else found.given_at,
        profiles=queries.count(session, user_id),
    )


def give_consent(session: Session, user_id: str) -> None:
    if queries.consent(session, user_id) is None:
        session.add(SpeakerProfileConsent(user_id=user_id, given_at=now()))
        session.flush()
        log.info("speaker_profiles.consent_given", user_id=user_id)


def withdraw_consent(session: Session, runtime: Runtime, user_id: str) -> None:
    """Delete all profiles of the account; a running job that learns one will not store it."""
    session.execute(delete(SpeakerProfileConsent).where(SpeakerProfileConsent.user_id == user_id))
    session.execute(delete(SpeakerProfile).where(SpeakerProfile.user_id == user_id))
    after_commit(session, lambda: runtime.database.overwrite_deleted("speaker_profiles"))
    log.info("speaker_profiles.consent_withdrawn", user_id=user_id)


def remove(session: Session, runtime: Runtime, profile: SpeakerProfile) -> None:
    """Delete a profile with its suggestions."""
    session.execute(delete(SpeakerProfile).where(SpeakerProfile.id == profile.id))
    after_commit(session, lambda: runtime.database.overwrite_deleted("speaker_profiles"))
    log.info("speaker_profile.deleted", profile_id=profile.id)


def learn(session: Session, caller: Caller, body: SpeakerProfileRequest) -> Accepted:
    """Submit the job. Raises NoConsent, NotNamed, TooLittleSpeech or TooManySpeakerProfiles."""

    def make() -> Accepted:
        params = _params(session, caller.user_id, body)
        job = submit(session, caller, LEARN_PROFILE, params, subject_id=params.transcription_id)
        return Accepted.of(job, id=params.profile_id)

    request = ("speaker_profile", body.model_dump(mode="json"))
    return accept(session, caller, request, Accepted, make)


def _params(session: Session, user_id: str, body: SpeakerProfileRequest) -> LearnProfileParams:
    if queries.consent(session, user_id) is None:
        raise NoConsent(
            "Speaker recognition is off for this account. Switch it on first: "
            'PUT /api/v1/speaker-profiles/consent {"given": true}.'
        )
    queries.refuse_above_limit(session, user_id)
    transcription = transcriptions.get(
        session, user_id=user_id, transcription_id=body.transcription_id
    )
    version = transcriptions.version(session, transcription)
    if transcription.media_key is None:
        raise NotReady("The recording was never downloaded, so there is nothing to learn from.")
    transcript = transcript_of(session, version)
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    if body.speaker not in names:
        raise Invalid(f"No speaker has the id {body.speaker!r}.", code="unknown_speaker")
    name = names[body.speaker]
    if name is None:
        raise NotNamed("Only a speaker with a name can be learned: rename the speaker first.")
    spoken_ms = voice_prints.length_ms(voice_prints.spans_of(transcript, body.speaker))
    if spoken_ms < voice_prints.ENROL_MS:
        raise TooLittleSpeech(
            f"A profile needs {voice_prints.ENROL_MS // 1000} s of speech without overlap and long "
            f"pauses; this speaker has {spoken_ms / 1000:.1f} s."
        )
    return LearnProfileParams(
        profile_id=new_id("voc"),
        transcription_id=transcription.id,
        media_key=transcription.media_key,
        version=version.number,
        speaker=body.speaker,
        name=name,
    )
