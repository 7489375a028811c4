"""The keeper of the worker: it restarts with a limit, and stopping leaves no process."""

import sys
from pathlib import Path
from threading import Event

import psutil

from mp4totext.commands.worker_process import CRASHES_MAX, WorkerProcess
from mp4totext.settings import environment
from tests.support.waiting import until

STUBBORN = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(600)
"""


def test_a_worker_that_cannot_start_is_given_up(tmp_path: Path) -> None:
    given_up = Event()
    starts = tmp_path / "starts"
    code = f"open({str(starts)!r}, 'a').write('x'); raise SystemExit(3)"
    worker = WorkerProcess(
        [sys.executable, "-c", code],
        environment=environment(),
        on_given_up=given_up.set,
        pause_s=0.01,
    )
    worker.start()
    assert given_up.wait(30)
    assert starts.read_text() == "x" * CRASHES_MAX
    worker.stop(grace_s=1)


def is_alive(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def test_a_worker_that_does_not_leave_is_killed_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    worker = WorkerProcess(
        [sys.executable, "-c", STUBBORN, str(note)],
        environment=environment(),
        on_given_up=lambda: None,
    )
    worker.start()
    until(lambda: note.exists() and note.read_text(), within_s=20)
    child = psutil.Process(int(note.read_text()))
    parent = child.parent()
    assert parent is not None
    worker.stop(grace_s=0.2)
    until(lambda: not any(is_alive(process) for process in (child, parent)))
