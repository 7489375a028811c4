"""``mp4totext serve`` as a process: it starts, works, heals, and leaves no process behind."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.support.command_line import BECKETT, PASSWORD, command, environment_of, started
from tests.support.waiting import until


@dataclass(frozen=True)
class Service:
    process: subprocess.Popen[bytes]
    client: httpx.Client

    def workers(self) -> list[psutil.Process]:
        """Both Celery workers, and the pool of the one for recordings."""
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def crash_workers(self) -> None:
        for worker in psutil.Process(self.process.pid).children():
            worker.kill()

    def is_working(self) -> bool:
        return bool(self.client.get("/api/v1/status").json()["workers"])


@contextmanager
def service(folder: Path, **environment: str) -> Iterator[Service]:
    arguments = ("serve", "--port", 0, "--workers", 1)
    with started(*arguments, environment=environment_of(folder, **environment)) as process:
        assert process.stderr is not None
        banner = process.stderr.readline().decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", banner)
        assert found, banner + process.stderr.read().decode()
        with httpx.Client(base_url=found[0], timeout=30) as client:
            yield Service(process, client)


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def answers(found: Service) -> bool:
    try:
        return found.client.get("/health").is_success
    except httpx.TransportError:
        return False


def log_in(found: Service) -> None:
    login = {"email": "boss@example.com", "password": PASSWORD}
    tokens = found.client.post("/api/v1/auth/login", json=login).json()
    found.client.headers["Authorization"] = f"Bearer {tokens['access_token']}"


def test_serve_works_heals_and_stops_with_nothing_left(tmp_path: Path) -> None:
    with service(tmp_path) as found:
        until(lambda: answers(found) and found.is_working(), within_s=60)
        make_admin(tmp_path)
        log_in(found)
        assert found.client.get("/api/v1/admin/stats").is_success
        first = found.workers()
        found.crash_workers()
        until(lambda: all_gone(first), within_s=20)
        with BECKETT.open("rb") as file:
            answer = found.client.post("/api/v1/transcriptions", files={"file": file})
        job = f"/api/v1/jobs/{answer.json()['task_id']}"
        until(lambda: found.client.get(job).json()["state"] == "succeeded", what="the job to end")
        workers = found.workers()
        assert workers
        found.process.send_signal(signal.SIGINT)
        assert found.process.wait(30) == 0
        assert all_gone(workers)


def test_the_worker_of_a_killed_service_ends_by_itself(tmp_path: Path) -> None:
    with service(tmp_path) as found:
        until(lambda: answers(found) and found.is_working(), within_s=60)
        workers = found.workers()
        found.process.kill()
        until(lambda: all_gone(workers), within_s=20)


def make_admin(folder: Path) -> None:
    path = folder / "password"
    path.write_text(PASSWORD + "\n")
    with path.open("rb") as stdin:
        done = subprocess.run(
            command("users", "create", "boss@example.com", "--admin", "--password-stdin"),
            env=environment_of(folder),
            stdin=stdin,
            check=False,
            capture_output=True,
        )
    assert done.returncode == 0, done.stderr
