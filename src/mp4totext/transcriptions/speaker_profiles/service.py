"""Agree to voice recognition, learn a voice, forget it. Nothing here commits."""

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
from mp4totext.transcript import Speaker, Transcript
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.errors import NotReady
from mp4totext.transcriptions.speaker_profiles import queries
from mp4totext.transcriptions.speaker_profiles.errors import (
    NoConsent,
    NotNamed,
    TooLittleSpeech,
    TooManyVoices,
)
from mp4totext.transcriptions.speaker_profiles.models import Voice, VoiceConsent
from mp4totext.transcriptions.speaker_profiles.operations import ENROL_VOICE, EnrolVoiceParams
from mp4totext.transcriptions.speaker_profiles.schemas import ConsentOut, VoiceRequest
from mp4totext.transcriptions.versions import transcript_of

MAX_VOICES = 200

log = get_logger()


def consent_of(session: Session, user_id: str) -> ConsentOut:
    found = queries.consent(session, user_id)
    return ConsentOut(
        given=found is not None,
        given_at=None if found is None else found.given_at,
        voices=queries.count(session, user_id),
    )


def give_consent(session: Session, user_id: str) -> None:
    if queries.consent(session, user_id) is None:
        session.add(VoiceConsent(user_id=user_id, given_at=now()))
        session.flush()
        log.info("voices.consent_given", user_id=user_id)


def withdraw_consent(session: Session, runtime: Runtime, user_id: str) -> None:
    """And with it every voice of the account; a job that is learning one will not keep it."""
    session.execute(delete(VoiceConsent).where(VoiceConsent.user_id == user_id))
    session.execute(delete(Voice).where(Voice.user_id == user_id))
    after_commit(session, lambda: runtime.database.overwrite_deleted("voices"))
    log.info("voices.consent_withdrawn", user_id=user_id)


def forget(session: Session, runtime: Runtime, voice: Voice) -> None:
    """Its suggestions go with it."""
    session.execute(delete(Voice).where(Voice.id == voice.id))
    after_commit(session, lambda: runtime.database.overwrite_deleted("voices"))
    log.info("voice.forgotten", voice_id=voice.id)


def enrol(session: Session, caller: Caller, body: VoiceRequest) -> Accepted:
    """Raises NoConsent, NotNamed, TooLittleSpeech, TooManyVoices before anything is done."""

    def make() -> Accepted:
        params = _enrolment(session, caller.user_id, body)
        job = submit(session, caller, ENROL_VOICE, params, subject_id=params.transcription_id)
        return Accepted.of(job, id=params.voice_id)

    request = ("voice", body.model_dump(mode="json"))
    return accept(session, caller, request, Accepted, make)


def _enrolment(session: Session, user_id: str, wanted: VoiceRequest) -> EnrolVoiceParams:
    if queries.consent(session, user_id) is None:
        raise NoConsent(
            "Voice recognition is off for this account. Switch it on first: "
            'PUT /api/v1/voices/consent {"given": true}.'
        )
    if queries.count(session, user_id) >= MAX_VOICES:
        raise TooManyVoices(f"An account has at most {MAX_VOICES} voices: delete one first.")
    transcription = transcriptions.get(
        session, user_id=user_id, transcription_id=wanted.transcription_id
    )
    version = transcriptions.version(session, transcription)
    if transcription.media_key is None:
        raise NotReady("The recording was never downloaded, so there is nothing to learn from.")
    transcript = transcript_of(version)
    name = _speaker(transcript, wanted.speaker).name
    if name is None:
        raise NotNamed("Only a speaker with a name can be learned: rename the speaker first.")
    spoken_ms = voice_prints.length_ms(voice_prints.spans_of(transcript, wanted.speaker))
    if spoken_ms < voice_prints.ENROL_MS:
        raise TooLittleSpeech(
            f"To learn a voice takes {voice_prints.ENROL_MS // 1000} s of it, alone and without "
            f"long pauses; here are {spoken_ms / 1000:.1f} s."
        )
    return EnrolVoiceParams(
        voice_id=new_id("voc"),
        transcription_id=transcription.id,
        media_key=transcription.media_key,
        version=version.number,
        speaker=wanted.speaker,
        name=name,
    )


def _speaker(transcript: Transcript, speaker: str) -> Speaker:
    for each in transcript.speakers:
        if each.id == speaker:
            return each
    raise Invalid(f"No speaker has the id {speaker!r}.", code="unknown_speaker")
