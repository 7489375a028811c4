"""Runs one job on this machine with the service's own operations, in a temporary folder."""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from mp4totext import tables
from mp4totext.auth import service as auth
from mp4totext.images import queries as images_of
from mp4totext.images import service as images
from mp4totext.images.files import picture_key
from mp4totext.images.schemas import ImageRequestBody
from mp4totext.jobs import runner
from mp4totext.jobs import service as jobs
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.errors import JobNotActive
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.kit.queue_names import QUEUES
from mp4totext.media.sound import Codec, decoded, encoded
from mp4totext.media.stills import Still, read_still
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.settings import BrokerSettings, DatabaseSettings, Settings, StorageSettings
from mp4totext.texts.models import WrittenText
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.schemas import TranscriptionAccepted, TranscriptionOptions
from mp4totext.transcriptions.submission import Submission
from mp4totext.transcriptions.versions import details_of, transcript_of
from mp4totext.videos import model_orders
from mp4totext.videos import service as videos
from mp4totext.videos.files import video_key
from mp4totext.videos.orders import speaker
from mp4totext.videos.planning import PRESETS
from mp4totext.videos.schemas import PictureChoice, VideoRequest, VoiceChoice
from mp4totext.voices import files as speech_files
from mp4totext.voices import queries as speeches
from mp4totext.voices import service as voices
from mp4totext.voices.schemas import SayRequest
from mp4totext.voices.speaking import RATE

PROGRESS_POLL_S = 0.1
IDLE_S = 0.05
STOP_S = 4  # threads check once a second whether to stop

OnProgress = Callable[[Job], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextResult:
    """A text that was asked for with a recording; ``body`` is None when it failed."""

    kind: str
    body: str | None  # Markdown
    data: dict[str, Any] | None  # of structured kinds
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of a recording's job; ``transcript`` is None when it failed."""

    transcription_id: str
    title: str
    transcript: Transcript | None
    understanding: dict[str, Any] | None
    texts: tuple[TextResult, ...] = ()
    warnings: tuple[str, ...]
    error_code: str | None
    error_message: str | None


class LocalRuntime(Runtime):
    def wake(self, queue: str) -> None:
        """No message is needed: the threads look for work themselves."""


@contextmanager
def local_service(settings: Settings) -> Iterator[Runtime]:
    """Database, storage and work files in a temporary folder. Models stay in MODELS_DIR."""
    with tempfile.TemporaryDirectory(prefix="mp4totext-", ignore_cleanup_errors=True) as folder:
        runtime = LocalRuntime(_inside(settings, Path(folder)))
        try:
            tables.create(runtime.database)
            runtime.settings.work_dir.mkdir(exist_ok=True)
            yield runtime
        finally:
            runtime.close()


def _inside(settings: Settings, folder: Path) -> Settings:
    changed = {
        "app": settings.app.model_copy(update={"data_dir": folder}),
        "database": DatabaseSettings(database_url=None),
        "broker": BrokerSettings(redis_host=None, celery_broker_url="memory://"),
        "storage": StorageSettings(minio_endpoint=None),
        "engines": settings.engines.model_copy(update={"models_dir": settings.models_dir}),
    }
    return settings.model_copy(update=changed)


def transcribe_file(
    runtime: Runtime,
    path: Path,
    options: TranscriptionOptions,
    *,
    name: str,
    on_progress: OnProgress,
) -> Result:
    """Raises AppError for a file that is no recording and for options that no engine supports."""
    caller = _local_caller(runtime)
    accepted = Submission.of(runtime, OPERATIONS).local_file(caller, path, options, name=name)
    return _transcribed(runtime, accepted, on_progress)


def transcribe_url(
    runtime: Runtime, url: str, options: TranscriptionOptions, *, on_progress: OnProgress
) -> Result:
    """Downloads a recording and transcribes it. Raises AppError for an address that is none."""
    caller = _local_caller(runtime)
    accepted = Submission.of(runtime, OPERATIONS).url(caller, url=url, title=None, options=options)
    return _transcribed(runtime, accepted, on_progress)


def _local_caller(runtime: Runtime) -> Caller:
    with runtime.database.write() as session:
        user = auth.local_account(session)
    return Caller(user_id=user.user_id, metered=user.metered)


def _transcribed(
    runtime: Runtime, accepted: TranscriptionAccepted, on_progress: OnProgress
) -> Result:
    """Runs the jobs of a recording one after the other: download, transcription, its texts."""
    job = _run(runtime, accepted.task_id, on_progress)
    with runtime.database.read() as session:
        following = session.get_one(Transcription, accepted.id).job_id
    if job.state == JobState.SUCCEEDED and following not in (None, job.id):
        job = _run(runtime, following, on_progress)
    with runtime.database.read() as session:
        of_texts = select(WrittenText.job_id).where(WrittenText.transcription_id == accepted.id)
        text_jobs = [job_id for job_id in session.scalars(of_texts) if job_id is not None]
    for job_id in text_jobs:
        _run(runtime, job_id, on_progress)
    return _result(runtime, accepted.id, job, tuple(accepted.warnings))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOutcome:
    """``sound`` is None when the job failed."""

    sound: bytes | None
    facts: dict[str, Any]  # JSON values of the speech
    error_code: str | None
    error_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoResult:
    """The outcome of a video's job; ``path`` is None when it failed."""

    path: Path | None
    warnings: tuple[str, ...]
    error_code: str | None
    error_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesOutcome:
    """``pictures`` is empty when the job failed; the facts are JSON values."""

    pictures: tuple[tuple[Still, dict[str, Any]], ...]
    warnings: tuple[str, ...]
    error_code: str | None
    error_message: str | None


def generate_images(
    runtime: Runtime, request: ImageRequestBody, *, on_progress: OnProgress
) -> ImagesOutcome:
    """Raises AppError for what no model can make."""
    with runtime.database.write() as session:
        user = auth.local_account(session)
        caller = Caller(user_id=user.user_id, metered=user.metered)
        accepted = images.generate(runtime, session, caller, request)
    job = _run(runtime, accepted.task_id, on_progress)
    with runtime.database.read() as session:
        rows = images_of.of_job(session, user_id=user.user_id, job_id=job.id)
    pictures = []
    for row in rows:
        target = runtime.settings.work_dir / row.id
        still = read_still(runtime.storage.fetch(picture_key(row.id), target))
        facts = {"seed": row.seed, "provider": row.provider, "model": row.model}
        pictures.append((still, facts))
    return ImagesOutcome(
        pictures=tuple(pictures),
        warnings=(*accepted.warnings, *job.warnings),
        error_code=job.error_code,
        error_message=job.error_message,
    )


def say_text(
    runtime: Runtime, request: SayRequest, *, codec: Codec, on_progress: OnProgress
) -> SpeechOutcome:
    """Raises AppError for what no voice can say."""
    caller = _local_caller(runtime)
    with runtime.database.write() as session:
        accepted = voices.say(runtime, session, caller, request)
    job = _run(runtime, accepted.task_id, on_progress)
    if job.state != JobState.SUCCEEDED:
        return SpeechOutcome(
            sound=None, facts={}, error_code=job.error_code, error_message=job.error_message
        )
    with runtime.database.read() as session:
        speech = speeches.get(session, user_id=caller.user_id, speech_id=accepted.id)
        facts = voices.speech_out(runtime, session, speech).model_dump(
            mode="json", exclude={"id", "links", "status", "error", "transcription_id"}
        )
    name = speech_files.MP3 if codec == "mp3" else speech_files.WAV
    key = speech_files.key(accepted.id, name)
    data = runtime.storage.fetch(key, runtime.settings.work_dir / name).read_bytes()
    if codec not in ("mp3", "wav"):
        data = encoded(decoded(data, rate=RATE), codec)
    return SpeechOutcome(sound=data, facts=facts, error_code=None, error_message=None)


def refuse_unready(runtime: Runtime, request: VideoRequest) -> None:
    """Raises AppError for a video whose models or voice are not there, before any work."""
    refuse_unready_models(runtime, request.planner, request.pictures)
    if PRESETS[request.preset].is_spoken and request.translation is not None:
        with runtime.database.read() as session:
            for choice in (request.voice or VoiceChoice(), *request.voices.values()):
                speaker(session, runtime, choice, request.translation)


def refuse_unready_models(
    runtime: Runtime, language_model: str, pictures: PictureChoice | None
) -> None:
    """Raises AppError where one is not there or not ready, before any work."""
    caller = _local_caller(runtime)
    with runtime.database.read() as session:
        model_orders.refuse_unready(session, runtime, caller.user_id, language_model, pictures)


def render_video(
    runtime: Runtime, transcription_id: str, request: VideoRequest, *, on_progress: OnProgress
) -> VideoResult:
    """A video of a recording that ``transcribe_file`` transcribed. Raises AppError, as it does."""
    caller = _local_caller(runtime)
    with runtime.database.write() as session:
        accepted = videos.request(runtime, session, caller, transcription_id, request)
    job = _run(runtime, accepted.task_id, on_progress)
    succeeded = job.state == JobState.SUCCEEDED
    return VideoResult(
        path=runtime.storage.local_path(video_key(accepted.id, 1)) if succeeded else None,
        warnings=(*accepted.warnings, *job.warnings),
        error_code=job.error_code,
        error_message=job.error_message,
    )


def _run(runtime: Runtime, job_id: str, on_progress: OnProgress) -> Job:
    """The job when it has ended; it is cancelled when the user interrupts."""
    with _worker_threads(runtime) as threads:
        try:
            return _ended_job(runtime, job_id, threads, on_progress)
        except BaseException:
            _cancel(runtime, job_id)
            raise


class WorkersDied(Exception):
    """A bug or a full disk ended the worker threads."""


@contextmanager
def _worker_threads(runtime: Runtime) -> Iterator[list[threading.Thread]]:
    """Threads are enough: engines release Python's lock while they compute."""
    stop = threading.Event()
    count = runtime.settings.jobs.worker_concurrency or os.cpu_count() or 1
    threads = [
        threading.Thread(target=_work, args=(runtime, number, stop), daemon=True)
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        stop.set()
        deadline = time.monotonic() + STOP_S
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def _work(runtime: Runtime, number: int, stop: threading.Event) -> None:
    worker = Worker(runtime=runtime, operations=OPERATIONS, name=f"local:{number}", queues=QUEUES)
    while not stop.is_set():
        if not runner.work_once(worker):
            stop.wait(IDLE_S)


def _ended_job(
    runtime: Runtime, job_id: str, threads: list[threading.Thread], on_progress: OnProgress
) -> Job:
    while True:
        with runtime.database.read() as session:
            job = session.get_one(Job, job_id)
        on_progress(job)
        if job.state in ENDED:
            return job
        if not all(thread.is_alive() for thread in threads):
            raise WorkersDied
        time.sleep(PROGRESS_POLL_S)


def _cancel(runtime: Runtime, job_id: str) -> None:
    with runtime.database.write() as session:
        try:
            jobs.cancel(session, session.get_one(Job, job_id))
        except JobNotActive:
            return


def _result(runtime: Runtime, transcription_id: str, job: Job, warnings: tuple[str, ...]) -> Result:
    with runtime.database.read() as session:
        transcription = session.get_one(Transcription, transcription_id)
        if job.state != JobState.SUCCEEDED:
            return Result(
                transcription_id=transcription_id,
                title=transcription.title,
                transcript=None,
                understanding=None,
                warnings=warnings,
                error_code=job.error_code,
                error_message=job.error_message,
            )
        version = queries.version(session, transcription)
        transcript = transcript_of(session, version)
        return Result(
            transcription_id=transcription_id,
            title=transcription.title,
            transcript=transcript,
            understanding=details_of(session, version).understanding,
            texts=_texts(session, transcription_id),
            warnings=(*warnings, *job.warnings, *transcript.warnings),
            error_code=None,
            error_message=None,
        )


def _texts(session: Session, transcription_id: str) -> tuple[TextResult, ...]:
    statement = (
        select(WrittenText, Job)
        .join(Job, Job.id == WrittenText.job_id)
        .where(WrittenText.transcription_id == transcription_id)
        .options(undefer(WrittenText.body), undefer(WrittenText.data))
        .order_by(WrittenText.id)
    )
    return tuple(
        TextResult(kind=text.kind, body=text.body, data=text.data, error=job.error_message)
        for text, job in session.execute(statement)
    )
