"""The Celery worker that ``serve`` starts: kept alive, and ended with all its children."""

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
    """``node`` tells two workers of one machine apart."""
    command = [sys.executable, "-m", "celery", "-A", "mp4totext.worker", "--quiet", "worker"]
    command += ["--concurrency", str(concurrency), "--pool", pool]
    command += ["--loglevel", "debug" if debug else "info", "--without-mingle", "--without-gossip"]
    if queues:
        command += ["--queues", ",".join(queues)]
    if node is not None:
        command += ["--hostname", f"{node}@%h"]
    return command


class WorkerProcess:
    """In a session of its own, so that a Ctrl-C in the terminal reaches only its parent."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        on_given_up: Callable[[], None],
        pause_s: float = PAUSE_S,
    ) -> None:
        """``on_given_up`` is called when it crashed too often to try again."""
        self._command = list(command)
        self._environment = dict(environment)
        self._on_given_up = on_given_up
        self._pause_s = pause_s
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker-process", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask(self) -> None:
        """To end, once; ``stop`` waits for it. So several can end at the same time."""
        with self._lock:
            asked = self._stopping.is_set()
            self._stopping.set()
            process = self._process
        if not asked and process is not None and process.poll() is None:
            process.terminate()

    def stop(self, *, grace_s: float) -> None:
        """Asks, waits, kills. An interrupt while it waits kills at once."""
        self.ask()
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

    def _keep(self) -> None:
        crashes: deque[float] = deque(maxlen=CRASHES_MAX)
        while (process := self._begin()) is not None:
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

    def _begin(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            return self._process


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    """The worker and what is left of its pool."""
    if sys.platform == "win32":
        process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # the group is empty: all have ended
    process.wait(KILL_WAIT_S)
