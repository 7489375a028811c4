"""``mp4totext worker``: replaces this process with a Celery worker."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import psutil

from mp4totext.commands.checks import refuse_broken
from mp4totext.commands.output import is_debug, settings_for
from mp4totext.commands.worker_process import celery_arguments
from mp4totext.kit.metrics import CHILDREN_FOLDER
from mp4totext.kit.private_files import keep_new_files_private
from mp4totext.kit.queue_names import LIVE_QUEUE, NETWORK_QUEUE
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings, environment


def worker(
    queues: tuple[str, ...] | None,
    concurrency: int | None,
    hostname: str | None,
    data: Path | None,
) -> None:
    settings = settings_for(data)
    settings.refuse_weak_secrets()
    keep_new_files_private()
    chosen = queues or ()
    with closing(Runtime(settings)) as runtime:
        refuse_broken(runtime)
    if len(chosen) == 1 and chosen[0] in THREADED:
        arguments, child = threaded_worker(
            settings, chosen[0], node=hostname, concurrency=concurrency, debug=is_debug()
        )
    else:
        arguments = celery_arguments(
            concurrency=concurrency or processes(settings),
            pool=pool(settings),
            queues=chosen,
            node=hostname,
            debug=is_debug(),
        )
        child = environment(DATA_DIR=str(settings.data_dir))
    if settings.app.metrics_port is not None:
        child[CHILDREN_FOLDER] = str(_counted(settings))
    command = [sys.executable, "-m", "celery", *arguments]
    if sys.platform == "win32":  # exec there does not keep the terminal
        sys.exit(subprocess.call(command, env=child))  # noqa: S603  our own interpreter
    os.execve(command[0], command, child)  # noqa: S606  our own interpreter, no shell


def _counted(settings: Settings) -> Path:
    """Create a folder for the metrics of this worker; remove those of workers that ended."""
    for folder in settings.work_dir.glob("metrics-*"):
        pid = int(folder.name.rpartition("-")[2])
        if pid == os.getpid() or not psutil.pid_exists(pid):
            shutil.rmtree(folder, ignore_errors=True)
    own = settings.work_dir / f"metrics-{os.getpid()}"  # exec keeps the process
    own.mkdir(parents=True)
    return own


def processes(settings: Settings) -> int:
    return settings.jobs.worker_concurrency or os.cpu_count() or 1


def pool(settings: Settings) -> str:
    return settings.jobs.celery_pool or ("solo" if sys.platform == "win32" else "prefork")


# Queues whose jobs mostly wait for other servers or processes, and the number of threads of a
# worker that serves only this queue.
THREADED: Mapping[str, Callable[[Settings], int]] = {
    LIVE_QUEUE: lambda settings: max(settings.live.live_sessions, 1),  # which share one model
    NETWORK_QUEUE: lambda settings: settings.jobs.network_jobs,  # a download is a process itself
}


def threaded_worker(
    settings: Settings,
    queue: str,
    *,
    node: str | None = None,
    concurrency: int | None = None,
    debug: bool,
) -> tuple[list[str], dict[str, str]]:
    """Celery's arguments and the environment of a worker for one of the queues in THREADED."""
    pool_name = settings.jobs.celery_pool or "threads"
    arguments = celery_arguments(
        concurrency=concurrency or THREADED[queue](settings),
        pool=pool_name,
        queues=(queue,),
        node=node or queue,
        debug=debug,
    )
    return arguments, environment(DATA_DIR=str(settings.data_dir), CELERY_POOL=pool_name)
