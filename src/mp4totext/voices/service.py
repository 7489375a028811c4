"""Request and delete speeches. Each function works in its caller's transaction."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mp4totext.credits import prices
from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.failure import message_of
from mp4totext.jobs.models import Job
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.queue_names import Priority
from mp4totext.media.sound import MEDIA_TYPES
from mp4totext.providers import registry
from mp4totext.providers.voice.table import VOICE
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.versions import transcript_of
from mp4totext.voices import files
from mp4totext.voices.errors import NothingToSay
from mp4totext.voices.models import Speech
from mp4totext.voices.operations import SPEAK, SpeechParams, remove_sound
from mp4totext.voices.planning import TEXT_CHARACTERS_MAX, VoiceOrder, plan_voice
from mp4totext.voices.schemas import (
    SayRequest,
    SpeechAccepted,
    SpeechOut,
    SpeechRequestBody,
    SpeechSummary,
    SpokenWordOut,
    VoiceOut,
)

log = get_logger()


def say(runtime: Runtime, session: Session, caller: Caller, body: SayRequest) -> SpeechAccepted:
    """Raises AppError before anything is held."""

    def make() -> SpeechAccepted:
        return _submit(runtime, session, caller, body.order(), body.text, priority=body.priority)

    request = ("say", body.model_dump(mode="json"))
    return accept(session, caller, request, SpeechAccepted, make)


def say_recording(
    runtime: Runtime,
    session: Session,
    caller: Caller,
    transcription_id: str,
    body: SpeechRequestBody,
) -> SpeechAccepted:
    """Speak a recording's current transcript, or a text that is stored with the recording."""

    def make() -> SpeechAccepted:
        row = transcriptions.get(session, user_id=caller.user_id, transcription_id=transcription_id)
        transcript = transcript_of(session, transcriptions.version(session, row))
        text = body.text or "\n".join(segment.text for segment in transcript.segments)
        if len(text) > TEXT_CHARACTERS_MAX:
            raise NothingToSay(
                f"The transcript has {len(text):,} characters; {TEXT_CHARACTERS_MAX:,} can be "
                "spoken at once. Send a part of it as `text`.",
                code="text_too_long",
            )
        return _submit(
            runtime,
            session,
            caller,
            body.order(language=transcript.language),
            text,
            priority=body.priority,
            transcription_id=row.id,
        )

    request = ("speech", transcription_id, body.model_dump(mode="json"))
    return accept(session, caller, request, SpeechAccepted, make)


def _submit(
    runtime: Runtime,
    session: Session,
    caller: Caller,
    order: VoiceOrder,
    text: str,
    *,
    priority: Priority,
    transcription_id: str | None = None,
) -> SpeechAccepted:
    planned = plan_voice(
        order,
        text,
        prices=prices.current(session),
        settings=runtime.settings,
        today=now().date(),
    )
    speech_id = new_id("spk")
    facts = {
        "provider": planned.provider,
        "model": planned.model,
        "voice": planned.voice,
        "language": planned.language,
    }
    params = SpeechParams(
        speech_id=speech_id,
        text=text,
        speed=planned.speed,
        direction=planned.direction,
        **facts,
    )
    job = submit(session, caller, SPEAK, params, subject_id=transcription_id, priority=priority)
    session.add(
        Speech(
            id=speech_id,
            user_id=caller.user_id,
            transcription_id=transcription_id,
            job_id=job.id,
            speed=planned.speed,
            characters=len(text),
            text=text,
            created_at=now(),
            **facts,
        )
    )
    session.flush()
    return SpeechAccepted.of(
        job,
        id=speech_id,
        transcription_id=transcription_id,
        characters=len(text),
        **facts,
    )


def remove(session: Session, runtime: Runtime, speech: Speech) -> None:
    """Delete a speech, and its text in the job's row; a running job is cancelled."""
    jobs.discard(session, speech.job_id)
    session.execute(delete(Speech).where(Speech.id == speech.id))
    speech_id = speech.id
    after_commit(session, lambda: remove_sound(runtime, [speech_id]))
    log.info("speech.deleted", speech_id=speech.id)


def summary_out(speech: Speech, job: Job | None) -> SpeechSummary:
    return SpeechSummary(
        id=speech.id,
        transcription_id=speech.transcription_id,
        status=job.state if job is not None else "succeeded",
        error=message_of(job) if job is not None else None,
        provider=speech.provider,
        model=speech.model,
        voice=speech.voice,
        language=speech.language,
        speed=speech.speed,
        characters=speech.characters,
        duration_ms=speech.duration_ms,
        heard_back=speech.heard_back,
        created_at=speech.created_at,
        finished_at=speech.finished_at,
    )


def speech_out(links: FileLinks, session: Session, speech: Speech) -> SpeechOut:
    summary = summary_out(speech, session.get(Job, speech.job_id))
    words = speech.words
    return SpeechOut(
        **summary.model_dump(),
        text=speech.text,
        words=None if words is None else [SpokenWordOut(**word) for word in words],
        links={} if speech.finished_at is None else _links(links, speech.id),
    )


def _links(links: FileLinks, speech_id: str) -> dict[str, str]:
    def link(name: str, media_type: str) -> str:
        return links.to(files.key(speech_id, name), media_type=media_type, filename=name)

    return {
        "wav": link(files.WAV, MEDIA_TYPES["wav"]),
        "mp3": link(files.MP3, MEDIA_TYPES["mp3"]),
    }


def voices(settings: Settings) -> list[VoiceOut]:
    """All voices of all providers, those of this machine first."""
    listed = []
    for provider, entry in VOICE.items():
        missing = registry.missing(entry, settings)
        listed += [
            VoiceOut(
                provider=provider,
                voice=name,
                label=voice.label,
                languages=sorted(voice.languages),
                gender=voice.gender,
                ready=missing is None,
                missing=missing,
                local=entry.capabilities.local,
                speed=entry.capabilities.speed,
                direction=entry.capabilities.direction,
            )
            for name, voice in entry.capabilities.voices.items()
        ]
    return listed
