"""Keeps a Celery worker running for ``serve`` and stops it with all its children.

Workers are forked from a process that imported once what they all need: three workers that each
import it take 6 s more of the processor, and 300 MB more.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any

from mp4totext.kit.log import get_logger
from mp4totext.settings import replace_environment

CRASHES_MAX = 5
CRASHES_WITHIN_S = 120.0
PAUSE_S = 1.0
KILL_WAIT_S = 5.0

log = get_logger()
if sys.platform == "win32":
    _processes: Any = multiprocessing.get_context("spawn")  # Any: contexts have no common type
else:
    _processes = multiprocessing.get_context("forkserver")
    _processes.set_forkserver_preload(["mp4totext.commands.worker_modules"])


def celery_arguments(
    *,
    concurrency: int,
    pool: str,
    queues: Sequence[str] = (),
    node: str | None = None,
    debug: bool = False,
) -> list[str]:
    """Celery's command line. ``node``: a name, needed for a second worker on the same machine."""
    arguments = ["-A", "mp4totext.worker", "--quiet", "worker"]
    arguments += ["--concurrency", str(concurrency), "--pool", pool]
    level = "debug" if debug else "info"
    arguments += ["--loglevel", level, "--without-mingle", "--without-gossip"]
    if queues:
        arguments += ["--queues", ",".join(queues)]
    if node is not None:
        arguments += ["--hostname", node if "@" in node else f"{node}@%h"]
    return arguments


def run_celery(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run Celery. The entry point of a worker's process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # hides Celery's goodbye; its log is on stderr
    replace_environment(environment)
    sys.argv = ["celery", *arguments]
    importlib.import_module("celery.__main__").main()


class WorkerProcess:
    def __init__(
        self,
        work: Callable[..., None],
        *arguments: Any,
        on_given_up: Callable[[], None],
        pause_s: float = PAUSE_S,
    ) -> None:
        """``work`` is a function of a module, run with ``arguments`` in a separate process.

        ``on_given_up`` is called after CRASHES_MAX crashes within CRASHES_WITHIN_S.
        """
        self._work = work
        self._arguments = arguments
        self._on_given_up = on_given_up
        self._pause_s = pause_s
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._thread = threading.Thread(
            target=self._keep_running, name="worker-process", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Request a stop without waiting, so that several workers stop at the same time."""
        with self._lock:
            already_asked = self._stopping.is_set()
            self._stopping.set()
            process = self._process
        if not already_asked and process is not None:
            process.terminate()

    def stop(self, *, grace_s: float) -> None:
        """Request a stop, wait up to ``grace_s``, then kill the worker. Ctrl-C kills it at once."""
        self.ask_to_stop()
        try:
            self._thread.join(grace_s)
        except KeyboardInterrupt:
            grace_s = 0
        if self._thread.is_alive() and self._process is not None:
            log.warning("worker.killed", grace_s=grace_s)
            _kill_all(self._process)
            self._thread.join(KILL_WAIT_S)

    def _keep_running(self) -> None:
        crashes: deque[float] = deque(maxlen=CRASHES_MAX)
        while (process := self._start()) is not None:
            process.join()
            _kill_all(process)
            if self._stopping.is_set():
                return
            crashes.append(time.monotonic())
            if len(crashes) == CRASHES_MAX and crashes[-1] - crashes[0] < CRASHES_WITHIN_S:
                log.error("worker.given_up", exit_code=process.exitcode, crashes=CRASHES_MAX)
                self._on_given_up()
                return
            log.warning("worker.restarted", exit_code=process.exitcode)
            self._stopping.wait(self._pause_s)

    def _start(self) -> BaseProcess | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            self._process = _processes.Process(
                target=_run_in_group, args=(self._work, *self._arguments)
            )
            self._process.start()
            return self._process


def _run_in_group(work: Callable[..., None], *arguments: Any) -> None:
    """Run ``work`` in a new process group, so that Ctrl-C in the terminal reaches only ``serve``.

    It does not get its own session: Linux divides the processor among sessions before it
    considers niceness (autogroup), so one download would get as much as all recordings.
    """
    if sys.platform != "win32":
        os.setpgid(0, 0)
    work(*arguments)


def _kill_all(process: BaseProcess) -> None:
    """Kill the worker and the remaining processes of its pool."""
    process.kill()
    if sys.platform != "win32" and process.pid is not None:
        with suppress(ProcessLookupError):  # no process of the group is left
            os.killpg(process.pid, signal.SIGKILL)
