"""Keeps a Celery worker running for ``serve`` and stops it with all its children."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from mp4totext.kit.log import get_logger

CRASHES_MAX = 5
CRASHES_WITHIN_S = 120.0
PAUSE_S = 1.0
KILL_WAIT_S = 5.0

log = get_logger()


def celery_command(
    *,
    concurrency: int,
    pool: str,
    queues: Sequence[str] = (),
    node: str | None = None,
    debug: bool = False,
) -> list[str]:
    """``node``: a name, needed for a second worker on the same machine; ``@%h`` is added."""
    command = [sys.executable, "-m", "celery", "-A", "mp4totext.worker", "--quiet", "worker"]
    command += ["--concurrency", str(concurrency), "--pool", pool]
    command += ["--loglevel", "debug" if debug else "info", "--without-mingle", "--without-gossip"]
    if queues:
        command += ["--queues", ",".join(queues)]
    if node is not None:
        command += ["--hostname", node if "@" in node else f"{node}@%h"]
    return command


class WorkerProcess:
    """Runs in its own process session, so that Ctrl-C in the terminal reaches only the parent."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        on_given_up: Callable[[], None],
        pause_s: float = PAUSE_S,
    ) -> None:
        """``on_given_up`` is called after CRASHES_MAX crashes within CRASHES_WITHIN_S."""
        self._command = list(command)
        self._environment = dict(environment)
        self._on_given_up = on_given_up
        self._pause_s = pause_s
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(
            target=self._keep_running, name="worker-process", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Does not wait, so that several can stop at the same time; ``stop`` waits."""
        with self._lock:
            already_asked = self._stopping.is_set()
            self._stopping.set()
            process = self._process
        if not already_asked and process is not None and process.poll() is None:
            process.terminate()

    def stop(self, *, grace_s: float) -> None:
        """Asks the worker to stop, waits, then kills it. An interrupt kills it at once."""
        self.ask_to_stop()
        process = self._process
        if process is None:
            return
        try:
            process.wait(grace_s)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            log.warning("worker.killed", grace_s=grace_s)
        finally:
            _kill_all(process)
        self._thread.join(KILL_WAIT_S)

    def _keep_running(self) -> None:
        crashes: deque[float] = deque(maxlen=CRASHES_MAX)
        while (process := self._start()) is not None:
            code = process.wait()
            _kill_all(process)
            if self._stopping.is_set():
                return
            crashes.append(time.monotonic())
            if len(crashes) == CRASHES_MAX and crashes[-1] - crashes[0] < CRASHES_WITHIN_S:
                log.error("worker.given_up", exit_code=code, crashes=CRASHES_MAX)
                self._on_given_up()
                return
            log.warning("worker.restarted", exit_code=code)
            self._stopping.wait(self._pause_s)

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # Celery's farewell; its log goes to stderr
                start_new_session=True,
            )
            return self._process


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kills the worker and what is left of its pool."""
    if sys.platform == "win32":
        process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # no process of the group is left
    process.wait(KILL_WAIT_S)
