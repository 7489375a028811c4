"""One recording on this machine: the service's own operation, in a folder that is then gone."""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mp4totext import migrations
from mp4totext.auth import service as auth
from mp4totext.jobs import runner
from mp4totext.jobs import service as jobs
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.errors import JobNotActive
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.kit.queue import QUEUES
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.settings import BrokerSettings, DatabaseSettings, Settings, StorageSettings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.schemas import TranscriptionOptions
from mp4totext.transcriptions.submission import Submission
from mp4totext.transcriptions.versions import details_of, transcript_of

LOOK_S = 0.1
IDLE_S = 0.05
STOP_S = 4  # a worker looks whether to go on every second

Tell = Callable[[Job], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the job of one recording ended with; ``transcript`` is None when it failed."""

    transcript: Transcript | None
    understanding: dict[str, Any] | None
    warnings: tuple[str, ...]
    error_code: str | None
    error_message: str | None


@contextmanager
def local_service(settings: Settings) -> Iterator[Runtime]:
    """Database, storage and work files that nothing remains of. Models stay where they are."""
    with tempfile.TemporaryDirectory(prefix="mp4totext-", ignore_cleanup_errors=True) as folder:
        runtime = Runtime(_inside(settings, Path(folder)))
        try:
            migrations.upgrade(runtime.database)
            runtime.settings.work_dir.mkdir(exist_ok=True)
            yield runtime
        finally:
            runtime.close()


def _inside(settings: Settings, folder: Path) -> Settings:
    changed = {
        "app": settings.app.model_copy(update={"data_dir": folder}),
        "database": DatabaseSettings(database_url=None),
        # Wake-ups are not needed: the crew looks for work itself.
        "broker": BrokerSettings(redis_host=None, celery_broker_url="memory://"),
        "storage": StorageSettings(minio_endpoint=None),
        "engines": settings.engines.model_copy(update={"models_dir": settings.models_dir}),
    }
    return settings.model_copy(update=changed)


def hear(
    runtime: Runtime, path: Path, options: TranscriptionOptions, *, name: str, tell: Tell
) -> Result:
    """Raises AppError before the job: not a recording, or options nothing here can do."""
    with runtime.database.write() as session:
        user = auth.local_account(session)
    caller = Caller(user_id=user.user_id, metered=user.metered)
    accepted = Submission.of(runtime, OPERATIONS).local_file(caller, path, options, name=name)
    with _crew(runtime) as crew:
        try:
            job = _watched(runtime, accepted.task_id, crew, tell)
        except BaseException:
            _cancel(runtime, accepted.task_id)
            raise
    return _result(runtime, accepted.id, job, tuple(accepted.warnings))


class WorkersDied(Exception):
    """A bug or a full disk ended the threads that should work."""


@contextmanager
def _crew(runtime: Runtime) -> Iterator[list[threading.Thread]]:
    """Threads that do the job and its windows: engines leave Python's lock while they compute."""
    stop = threading.Event()
    crew = [
        threading.Thread(target=_work, args=(runtime, number, stop), daemon=True)
        for number in range(_crew_size(runtime.settings))
    ]
    for thread in crew:
        thread.start()
    try:
        yield crew
    finally:
        stop.set()
        deadline = time.monotonic() + STOP_S
        for thread in crew:
            thread.join(max(0.0, deadline - time.monotonic()))


def _crew_size(settings: Settings) -> int:
    return settings.jobs.worker_concurrency or os.cpu_count() or 1


def _work(runtime: Runtime, number: int, stop: threading.Event) -> None:
    worker = Worker(runtime=runtime, operations=OPERATIONS, name=f"local:{number}", queues=QUEUES)
    while not stop.is_set():
        if not runner.work_once(worker):
            stop.wait(IDLE_S)


def _watched(runtime: Runtime, job_id: str, crew: list[threading.Thread], tell: Tell) -> Job:
    while True:
        with runtime.database.read() as session:
            job = session.get_one(Job, job_id)
        tell(job)
        if job.state in ENDED:
            return job
        if not all(thread.is_alive() for thread in crew):
            raise WorkersDied
        time.sleep(LOOK_S)


def _cancel(runtime: Runtime, job_id: str) -> None:
    with runtime.database.write() as session:
        try:
            jobs.cancel(session, session.get_one(Job, job_id))
        except JobNotActive:
            return


def _result(runtime: Runtime, transcription_id: str, job: Job, warnings: tuple[str, ...]) -> Result:
    if job.state != JobState.SUCCEEDED:
        return Result(
            transcript=None,
            understanding=None,
            warnings=warnings,
            error_code=job.error_code,
            error_message=job.error_message,
        )
    with runtime.database.read() as session:
        version = queries.version(session, session.get_one(Transcription, transcription_id))
        transcript = transcript_of(session, version)
        return Result(
            transcript=transcript,
            understanding=details_of(session, version).understanding,
            warnings=(*warnings, *job.warnings, *transcript.warnings),
            error_code=None,
            error_message=None,
        )
