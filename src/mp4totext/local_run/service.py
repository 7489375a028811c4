"""Jobs of the service on this machine: its own operations, run by threads in a temporary folder."""

import errno
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from mp4totext import tables
from mp4totext.auth.local_user import local_user
from mp4totext.jobs import runner
from mp4totext.jobs import service as jobs
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.jobs.runner import DISK_IS_FULL, STORAGE_AWAY
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.queue_names import QUEUES
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.settings import BrokerSettings, DatabaseSettings, Settings, StorageSettings

IDLE_S = 1.0  # seconds until threads look for work without a wake-up: retries send none
ROOM_BYTES = 1_000_000  # with less, neither a recording nor the database has room
FULL_TRIES = 3  # of a job for which the disk or the storage has no room
# Somebody waits for a command: it tells soon that there is no network, where a service goes on
# for minutes. What a vendor has done in part is not given up so soon.
UNREACHABLE_RETRIES = 2
STOP_S = 4  # threads check once a second whether to stop

OnProgress = Callable[[Job], None]


class _WakeUps:
    """Counts wake-ups, so that none is missed while a thread looks for work."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.count = 0

    def wake(self) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def wait_after(self, count: int, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.count != count, timeout_s)


class LocalRuntime(Runtime):
    """Sends wake-ups and signals to the threads of this process."""

    @cached_property
    def queued(self) -> _WakeUps:
        return _WakeUps()

    @cached_property
    def changed(self) -> _WakeUps:
        return _WakeUps()

    def wake(self, queue: str) -> None:
        self.queued.wake()

    def publish(self, user_id: str) -> None:
        self.changed.wake()


@contextmanager
def local_service(settings: Settings) -> Iterator[LocalRuntime]:
    """Database, storage and work files in a temporary folder. Models stay in MODELS_DIR."""
    with tempfile.TemporaryDirectory(prefix="mp4totext-", ignore_cleanup_errors=True) as folder:
        runtime = LocalRuntime(_inside(settings, Path(folder)))
        try:
            tables.create(runtime.database)
            runtime.settings.work_dir.mkdir(exist_ok=True)
            yield runtime
        except (*DATABASE_AWAY, StorageUnavailable) as error:
            if _has_room(Path(folder)):
                raise
            raise _full(Path(folder)) from error
        finally:
            runtime.close()


def _inside(settings: Settings, folder: Path) -> Settings:
    changed = {
        "app": settings.app.model_copy(update={"data_dir": folder}),
        "database": DatabaseSettings(database_url=None),
        "broker": BrokerSettings(redis_host=None, celery_broker_url="memory://"),
        "storage": StorageSettings(minio_endpoint=None),
        "engines": settings.engines.model_copy(
            update={"models_dir": settings.models_dir, "auto_uses_vendors": False}
        ),
    }
    return settings.model_copy(update=changed)


def _has_room(folder: Path) -> bool:
    if shutil.disk_usage(folder).free >= ROOM_BYTES:
        return True
    probe = folder / "probe"  # as an administrator may write to a disk that is full for others
    try:
        probe.write_bytes(bytes(ROOM_BYTES))
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True


def _full(folder: Path) -> OSError:
    reason = "The folder for temporary files is full: free some space, or set TMPDIR"
    return OSError(errno.ENOSPC, reason, str(folder.parent))


def run_job(runtime: LocalRuntime, job_id: str, on_progress: OnProgress) -> Job:
    """Run a job and return it after its end; it is cancelled if the user interrupts."""
    with _worker_threads(runtime) as threads:
        try:
            return _ended_job(runtime, job_id, threads, on_progress)
        except BaseException:
            _cancel(runtime, job_id)
            raise


class WorkersDied(Exception):
    """A bug or a full disk ended the worker threads."""


@contextmanager
def _worker_threads(runtime: LocalRuntime) -> Iterator[list[threading.Thread]]:
    """Worker threads; they suffice, as engines release Python's lock while they compute."""
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
        runtime.queued.wake()
        deadline = time.monotonic() + STOP_S
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def _work(runtime: LocalRuntime, number: int, stop: threading.Event) -> None:
    worker = Worker(
        runtime=runtime,
        operations=OPERATIONS,
        name=f"local:{number}",
        queues=QUEUES,
        unreachable_retries=UNREACHABLE_RETRIES,
    )
    if number > 0:  # there is one job at first
        runtime.queued.wait_after(runtime.queued.count, IDLE_S)
    while not stop.is_set():
        before = runtime.queued.count
        if not runner.work_once(worker):
            runtime.queued.wait_after(before, IDLE_S)


def _ended_job(
    runtime: LocalRuntime, job_id: str, threads: list[threading.Thread], on_progress: OnProgress
) -> Job:
    while True:
        before = runtime.changed.count
        with runtime.database.read() as session:
            job = session.get_one(Job, job_id)
        on_progress(job)
        if job.state in ENDED:
            return job
        # A service waits until there is room again; a command would wait for hours in silence.
        is_waiting = job.state == JobState.QUEUED and job.attempt >= 2 * FULL_TRIES
        if (is_waiting and job.error_code in (DISK_IS_FULL, STORAGE_AWAY)) or not _has_room(
            runtime.settings.data_dir
        ):
            raise _full(runtime.settings.data_dir)
        if not all(thread.is_alive() for thread in threads):
            raise WorkersDied
        runtime.changed.wait_after(before, IDLE_S)


def _cancel(runtime: LocalRuntime, job_id: str) -> None:
    try:
        with runtime.database.write() as session:
            jobs.cancel_unless_ended(session, session.get_one(Job, job_id))
    except DATABASE_AWAY:  # a full disk: the job is deleted with the folder
        return


def local_caller(runtime: LocalRuntime) -> Caller:
    with runtime.database.write() as session:
        user = local_user(session)
        return Caller(user_id=user.id, metered=user.metered)
