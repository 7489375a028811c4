"""The supervisor of a worker: it restarts it with a limit and stops all its processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import psutil
import pytest

from mp4totext.commands.worker_process import CRASHES_MAX, WorkerProcess
from tests.support.waiting import has_ended, until


def fail(starts: Path) -> None:
    with starts.open("a") as file:
        file.write("x")
    raise SystemExit(3)


def stay(note: Path) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    note.write_text(str(child.pid))
    time.sleep(600)


def note_modules(note: Path) -> None:
    note.write_text("\n".join(sys.modules))


def note_groups(note: Path) -> None:
    note.write_text(f"{os.getpid()} {os.getpgid(0)} {os.getsid(0)}")


@pytest.mark.slow
def test_a_worker_that_cannot_start_is_given_up(tmp_path: Path) -> None:
    given_up = Event()
    starts = tmp_path / "starts"
    worker = WorkerProcess(fail, starts, on_given_up=given_up.set, pause_s=0.01)
    worker.start()
    assert given_up.wait(60)
    assert starts.read_text() == "x" * CRASHES_MAX
    worker.stop(grace_s=1)


def test_a_worker_that_does_not_leave_is_killed_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    worker = WorkerProcess(stay, note, on_given_up=lambda: None)
    worker.start()
    until(lambda: note.exists() and note.read_text())
    child = psutil.Process(int(note.read_text()))
    parent = child.parent()
    assert parent is not None
    worker.stop(grace_s=0.2)
    until(lambda: all(has_ended(process) for process in (child, parent)))


def test_a_worker_starts_with_what_it_needs_and_without_what_reads_its_settings(
    tmp_path: Path,
) -> None:
    note = tmp_path / "modules"
    worker = WorkerProcess(note_modules, note, on_given_up=lambda: None, pause_s=600)
    worker.start()
    until(lambda: note.exists() and note.read_text(), within_s=60)
    worker.stop(grace_s=1)
    modules = set(note.read_text().split())
    assert {"celery.bin.worker", "mp4totext.chores", "mp4totext.operations"} <= modules
    assert {"mp4totext.worker", "prometheus_client", "fastapi", "mp4totext.app"}.isdisjoint(modules)


def test_a_worker_shares_the_session_but_not_the_group(tmp_path: Path) -> None:
    """Niceness counts within a session only, where Linux groups tasks by sessions."""
    note = tmp_path / "groups"
    worker = WorkerProcess(note_groups, note, on_given_up=lambda: None, pause_s=600)
    worker.start()
    until(lambda: note.exists() and note.read_text(), within_s=60)
    worker.stop(grace_s=1)
    process, group, session = note.read_text().split()
    assert group == process
    assert session == str(os.getsid(0))
