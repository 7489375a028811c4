"""The Celery application of workers: ``celery -A mp4totext.worker worker``."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import warnings
from ctypes import c_double
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.signals import (
    celeryd_after_setup,
    setup_logging,
    worker_init,
    worker_process_init,
    worker_ready,
    worker_shutting_down,
)

from mp4totext.chores import CHORES
from mp4totext.jobs import runner
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.sweeper import Sweeper
from mp4totext.kit import log, tracing
from mp4totext.kit.counts import count_with
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.memory import limit_arenas
from mp4totext.kit.metrics import CHILDREN_FOLDER, Counted, serve_metrics, work_registry
from mp4totext.kit.packages import hide_paths
from mp4totext.kit.private_files import keep_new_files_private
from mp4totext.kit.queue import WAKE_TASK
from mp4totext.kit.queue_names import NETWORK_QUEUE, QUEUES
from mp4totext.kit.scratch import remove_abandoned
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings, environment

# Added to the niceness of download workers: downloads mostly wait for other servers.
DOWNLOADS_NICER = 5

# Celery warns workers that run as root of pickled messages, but all messages here are JSON. Without
# the filter, each start in a container would show the warning.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")


class _Process:
    """State of this process. A forked child has its own runtime, as connections are not shared."""

    def __init__(self) -> None:
        self.runtime = Runtime(Settings())
        # Shared with the children: when the worker was asked to stop, or 0. Without a lock, which a
        # child that is killed while it reads would never release.
        self.stopping_at: c_double = multiprocessing.RawValue("d", 0.0)
        self.prefork = False
        self.slots: int | None = None

    def stopping_for_s(self) -> float | None:
        at = self.stopping_at.value
        return None if at == 0.0 else time.monotonic() - at


process = _Process()
app: Celery = process.runtime.celery
logger = log.get_logger()


@app.task(name=WAKE_TASK, bind=True)
def wake(task: Task) -> None:
    """Run one job, or one part, and wake another worker while there is more work."""
    if process.stopping_for_s() is not None:
        return
    worker = _worker(task.app)
    try:
        if runner.work_once(worker) and runner.has_work(worker):
            worker.runtime.wake(task.request.delivery_info.get("routing_key") or "default")
    except DATABASE_AWAY as error:  # the sweeper wakes a worker again once it is back
        logger.warning("worker.database_away", reason=type(error).__name__)


def _worker(celery: Celery) -> Worker:
    return Worker(
        runtime=process.runtime,
        operations=OPERATIONS,
        name=_name(),
        queues=tuple(celery.amqp.queues.consume_from) or QUEUES,
        stopping_for_s=process.stopping_for_s,
        on_stuck=_end_child if process.prefork else lambda: None,
        slots=process.slots,
    )


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _end_child() -> None:
    """Kill this child of the pool if its work cannot be interrupted. Celery starts another."""
    os.kill(os.getpid(), signal.SIGKILL)


@setup_logging.connect
def _log(**_: Any) -> None:
    settings = process.runtime.settings.app
    log.configure(log_format=settings.log_format, debug=settings.debug)


@celeryd_after_setup.connect
def _note_slots(instance: Any, **_: Any) -> None:  # Celery's worker, before its pool is made
    process.slots = instance.concurrency
    serves = list(instance.app.amqp.queues.consume_from)
    if serves == [NETWORK_QUEUE] and sys.platform != "win32":
        os.nice(process.runtime.settings.jobs.worker_nice + DOWNLOADS_NICER)


@worker_init.connect
def _start(**_: Any) -> None:
    process.runtime.settings.refuse_weak_secrets()
    limit_arenas()  # also for the children, which are forked
    hide_paths()
    count_with(Counted())
    keep_new_files_private()
    remove_abandoned(process.runtime.settings.work_dir)
    if process.runtime.settings.jobs.celery_pool in ("solo", "threads"):
        _trace()  # a forked child does this itself, as the exporter's threads do not survive a fork


def _trace() -> None:
    endpoint = process.runtime.settings.app.otel_exporter_otlp_endpoint
    tracing.configure(endpoint, service="mp4totext-worker")


@worker_process_init.connect
def _start_child(**_: Any) -> None:
    process.prefork = True
    os.nice(process.runtime.settings.jobs.worker_nice)  # not the parent, which must answer pings
    process.runtime = Runtime(process.runtime.settings)
    remove_abandoned(process.runtime.settings.work_dir)
    _trace()


@worker_ready.connect
def _ready(**_: Any) -> None:
    """In the main process: start the sweeper, which also reports that the worker is alive."""
    sweeper = Sweeper(
        Runtime(process.runtime.settings), holder=f"worker:{_name()}", chores=CHORES, alive=True
    )
    if sys.platform != "win32":
        sweeper.pause_for_forks()  # the pool may fork at any time, to replace a child
    sweeper.start()
    if (parent := multiprocessing.parent_process()) is not None:  # ``serve``
        threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()
    _serve_metrics()
    logger.info("worker.ready", name=_name())


def _serve_metrics() -> None:
    """Serve metrics of this process and its children, unless ``serve`` started the worker."""
    settings = process.runtime.settings
    if settings.app.metrics_port is None or multiprocessing.parent_process() is not None:
        return
    folder = environment().get(CHILDREN_FOLDER)
    registry = work_registry(None if folder is None else Path(folder))
    try:
        serve_metrics(registry, host=settings.app.host, port=settings.app.metrics_port)
    except OSError as error:  # jobs matter more
        logger.warning("worker.no_metrics", port=settings.app.metrics_port, reason=error.strerror)


@worker_shutting_down.connect
def _stop(**_: Any) -> None:
    process.stopping_at.value = time.monotonic()


def _end_with(parent: BaseProcess) -> None:
    """End a worker that ``serve`` started if the service is killed."""
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
