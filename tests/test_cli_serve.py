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
import pytest

from tests.support.command_line import BECKETT, environment_of, started
from tests.support.servers import free_port
from tests.support.waiting import has_ended, until


@dataclass(frozen=True)
class Service:
    process: subprocess.Popen[bytes]
    client: httpx.Client
    code: str  # of the link that it printed

    def workers(self) -> list[psutil.Process]:
        """Celery's workers, the pool of the one for recordings, and what forks and watches them."""
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def crash_workers(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children()
        workers = [worker for child in children for worker in child.children()]
        for worker in workers:
            worker.kill()
        return workers

    def crash_all(self) -> list[psutil.Process]:
        """Also the process that forks workers."""
        killed = self.workers()
        for process in killed:
            process.kill()
        return killed

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
        link = process.stderr.readline().decode()
        code = re.search(rf"{found[0]}/#code=(\S+)", link)
        assert code, link
        with httpx.Client(base_url=found[0], timeout=30) as client:
            yield Service(process, client, code[1])


def all_gone(processes: list[psutil.Process]) -> bool:
    return all(has_ended(process) for process in processes)


def answers(found: Service) -> bool:
    try:
        return found.client.get("/health").is_success
    except httpx.TransportError:
        return False


def metrics_at(port: int) -> list[str]:
    return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text.splitlines()


def open_link(found: Service) -> None:
    """As a browser does that was given the link."""
    found.client.headers["Origin"] = str(found.client.base_url).rstrip("/")
    answer = found.client.post("/api/v1/auth/session/code", json={"code": found.code})
    assert answer.is_success, answer.text


@pytest.mark.slow
def test_serve_works_heals_and_stops_with_nothing_left(tmp_path: Path) -> None:
    metrics_port = free_port()
    with service(tmp_path, METRICS_PORT=str(metrics_port)) as found:
        until(lambda: answers(found) and found.is_working(), within_s=180)
        open_link(found)
        assert found.client.get("/api/v1/admin/stats").is_success
        crashed = found.crash_workers()
        assert crashed
        until(lambda: all_gone(crashed), within_s=60)
        with BECKETT.open("rb") as file:
            answer = found.client.post("/api/v1/transcriptions", files={"file": file})
        job = f"/api/v1/jobs/{answer.json()['task_id']}"
        until(lambda: found.client.get(job).json()["state"] == "succeeded", what="the job to end")
        assert found.client.get("/metrics").status_code == 404
        ended = 'mp4totext_jobs_ended_total{code="",operation="transcribe",outcome="succeeded"} 1.0'
        until(lambda: ended in metrics_at(metrics_port))  # it is counted after it is committed
        counted = metrics_at(metrics_port)
        (audio,) = [line for line in counted if line.startswith("mp4totext_audio_seconds_total{")]
        assert 9 < float(audio.rpartition(" ")[2]) < 11  # seconds, of a child of a worker
        workers = found.workers()
        assert workers
        found.process.send_signal(signal.SIGINT)
        assert found.process.wait(30) == 0
        until(lambda: all_gone(workers), within_s=60)  # what forked them ends after ``serve``


@pytest.mark.slow
def test_serve_heals_when_also_the_process_dies_that_forks_workers(tmp_path: Path) -> None:
    with service(tmp_path) as found:
        until(lambda: answers(found) and found.is_working(), within_s=180)
        killed = found.crash_all()
        until(lambda: all_gone(killed), within_s=60)
        until(lambda: len(found.workers()) == len(killed), within_s=180)


@pytest.mark.slow
def test_the_worker_of_a_killed_service_ends_by_itself(tmp_path: Path) -> None:
    with service(tmp_path) as found:
        until(lambda: answers(found) and found.is_working(), within_s=180)
        workers = found.workers()
        found.process.kill()
        until(lambda: all_gone(workers), within_s=60)


@pytest.mark.slow
def test_it_prints_our_own_lines_alone(tmp_path: Path) -> None:
    with service(tmp_path) as found:
        until(lambda: answers(found) and found.is_working(), within_s=180)
        found.process.send_signal(signal.SIGINT)
        output, errors = found.process.communicate(timeout=60)
    assert output == b""
    lines = errors.decode().splitlines()
    assert any("worker.ready" in line for line in lines)
    assert [line for line in lines if not re.match(r"\d{4}-\d\d-\d\dT", line)] == []
    assert [line for line in lines if "[warning" in line] == []
