"""Speaks texts on this machine."""

from dataclasses import dataclass
from typing import Any

from mp4totext.jobs.models import JobState
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.local_run.service import LocalRuntime, OnProgress, local_caller, run_job
from mp4totext.media.sound import Codec, decoded, encoded
from mp4totext.voices import files as speech_files
from mp4totext.voices import queries as speeches
from mp4totext.voices import service as voices
from mp4totext.voices.schemas import SayRequest
from mp4totext.voices.speaking import RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOutcome:
    """``sound`` is None when the job failed."""

    sound: bytes | None
    facts: dict[str, Any]  # JSON values of the speech
    error_code: str | None
    error_message: str | None


def say_text(
    runtime: LocalRuntime, request: SayRequest, *, codec: Codec, on_progress: OnProgress
) -> SpeechOutcome:
    """Raises AppError for a text that no voice can speak."""
    caller = local_caller(runtime)
    with runtime.database.write() as session:
        accepted = voices.say(runtime, session, caller, request)
    job = run_job(runtime, accepted.task_id, on_progress)
    if job.state != JobState.SUCCEEDED:
        return SpeechOutcome(
            sound=None, facts={}, error_code=job.error_code, error_message=job.error_message
        )
    links = FileLinks(runtime, {"credential": caller.user_id})
    with runtime.database.read() as session:
        speech = speeches.get(session, user_id=caller.user_id, speech_id=accepted.id)
        facts = voices.speech_out(links, session, speech).model_dump(
            mode="json", exclude={"id", "links", "status", "error", "transcription_id"}
        )
    name = speech_files.MP3 if codec == "mp3" else speech_files.WAV
    key = speech_files.key(accepted.id, name)
    data = runtime.storage.fetch(key, runtime.settings.work_dir / name).read_bytes()
    if codec not in ("mp3", "wav"):
        data = encoded(decoded(data, rate=RATE), codec)
    return SpeechOutcome(sound=data, facts=facts, error_code=None, error_message=None)
