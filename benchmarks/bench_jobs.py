"""Measures speed and memory of whole jobs on real processes."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from benchmarks.measure import Figure, middle, p99
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.settings import JobSettings
from tests.support.recordings import record
from tests.support.service_processes import ROOT, Account, Api, Process, Service, service

ROUTES = ("/api/v1/jobs", "/api/v1/transcriptions", "/api/v1/credits/balance")
PATIENCE_S = 1_800


@contextmanager
def service_of(folder: Path, processes: int) -> Iterator[tuple[Service, Api, Process, Account]]:
    """A service whose worker has loaded its models, with an account that has credits."""
    as_installed = {"WORKER_NICE": str(JobSettings().worker_nice)}
    with (
        service(
            folder / f"workers-{time.monotonic_ns()}", as_installed, models=folder / "models"
        ) as made,
        made.api() as api,
        made.worker(processes) as worker,
    ):
        account = made.account(api, granted=100_000)
        warm = [submit(api, account, warm_up(folder)) for _ in range(2 * processes)]
        for job_id in warm:
            seconds(made, job_id)
        yield made, api, worker, account


def warm_up(folder: Path) -> Path:
    path = folder / "warm.m4a"
    return path if path.exists() else record(path, seconds=20, speech_s=20)


def submit(api: Api, account: Account, path: Path, *, quality: str = "balanced") -> str:
    with path.open("rb") as file:
        answer = httpx.post(
            f"{api.url}/api/v1/transcriptions",
            params={"language": "en", "quality": quality},
            headers=account.headers | {"X-Filename": path.name},
            content=file,
            timeout=300,
        )
    answer.raise_for_status()
    return str(answer.json()["task_id"])


def seconds(made: Service, job_id: str) -> float:
    """From acceptance to the end: waiting, work and settlement."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with made.runtime.database.read() as session:
            job = session.get_one(Job, job_id)
        if job.state in ENDED:
            break
        assert time.monotonic() < deadline, f"{job_id} is still {job.state}"
        time.sleep(0.05)
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert job.finished_at is not None
    return (job.finished_at - job.created_at).total_seconds()


def overhead(folder: Path, *, minutes: float, rounds: int) -> Iterator[Figure]:
    """In ``fast``, so that both sides do the same work: ``balanced`` also asks Whisper."""
    recording = record(folder / "ten.m4a", seconds=60 * minutes)
    jobs, bare, job_cpu, bare_cpu = [], [], [], []
    with service_of(folder, 1) as (made, api, worker, account):
        for _ in range(rounds):
            wall_s, cpu_s = _bare(folder, recording)
            bare.append(wall_s)
            bare_cpu.append(cpu_s)
            before = _cpu_s(worker)
            jobs.append(seconds(made, submit(api, account, recording, quality="fast")))
            job_cpu.append(_cpu_s(worker) - before)
    yield Figure(
        name=f"whole job in `fast` / bare engine, {minutes:g} min, one process",
        value=middle(jobs) / middle(bare),
        target="<= 1.15",
        facts={"job_s": jobs, "bare_s": bare},
    )
    yield Figure(
        name=f"processor time of the same ({minutes:g} min): worker and its child / bare engine",
        value=middle(job_cpu) / middle(bare_cpu),
        target="<= 1.15",
        facts={"job_s": job_cpu, "bare_s": bare_cpu},
    )


def _cpu_s(worker: Process) -> float:
    """Processor seconds of a worker and its pool, which other load hardly affects."""
    times = [p.cpu_times() for p in (psutil.Process(worker.pid), *worker.children())]
    return float(sum(t.user + t.system for t in times))


def _bare(folder: Path, recording: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.bare", str(recording), str(warm_up(folder))]
    done = subprocess.run(  # noqa: S603  ours
        [*command, str(folder / "models")],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=True,
        timeout=PATIENCE_S,
    )
    wall_s, cpu_s = done.stdout.split()
    return float(wall_s), float(cpu_s)


def speed_up(folder: Path, *, minutes: float, rounds: int) -> Iterator[Figure]:
    recording = record(folder / "thirty.m4a", seconds=60 * minutes)
    one: list[float] = []
    two: list[float] = []
    for _ in range(rounds):
        for processes, taken in ((1, one), (2, two)):
            with service_of(folder, processes) as (made, api, _, account):
                taken.append(seconds(made, submit(api, account, recording)))
    yield Figure(
        name=f"one process / two processes, {minutes:g} min",
        value=middle(one) / middle(two),
        target=">= 1.6",
        facts={"one_s": one, "two_s": two},
    )


def memory(folder: Path, *, hours: float) -> Iterator[Figure]:
    """Memory of long recordings, of which a tenth is speech so that hours run in minutes.

    Both models are loaded before: whether `balanced` doubts a word of the short one is chance.
    """
    peaks = {}
    for name, length_s in (("short", 600.0), ("long", hours * 3_600)):
        recording = record(folder / f"{name}.flac", seconds=length_s, speech_s=6)
        with service_of(folder, 1) as (made, api, worker, account):
            seconds(made, submit(api, account, warm_up(folder), quality="best"))
            seconds(made, submit(api, account, recording))
            peaks[name] = max(peak_bytes(child.pid) for child in worker.children())
    yield Figure(
        name=f"peak memory of a worker, {hours:g} h / 10 min",
        value=peaks["long"] / peaks["short"],
        target="<= 1.2",
        facts={name: f"{peak / 2**20:.0f} MB" for name, peak in peaks.items()},
    )


def peak_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise LookupError(pid)


def reads_while_busy(folder: Path, *, minutes: float) -> Iterator[Figure]:
    recording = record(folder / "busy.m4a", seconds=60 * minutes)
    with service_of(folder, 2) as (made, api, _, account):
        idle = _read_for(api, account, 6.0)
        jobs = [submit(api, account, recording) for _ in range(2)]
        time.sleep(2)
        busy = _read_for(api, account, 12.0)
        for job_id in jobs:
            seconds(made, job_id)
        idle += _read_for(api, account, 6.0)
    yield Figure(
        name="p99 of reads while two jobs run / idle",
        value=p99(busy) / p99(idle),
        target="<= 3",
        facts={
            "idle_p50_p99_ms": [round(middle(idle) * 1e3, 1), round(p99(idle) * 1e3, 1)],
            "busy_p50_p99_ms": [round(middle(busy) * 1e3, 1), round(p99(busy) * 1e3, 1)],
            "reads": [len(idle), len(busy)],
        },
    )


def _read_for(api: Api, account: Account, length_s: float) -> list[float]:
    taken = []
    with httpx.Client(base_url=api.url, headers=account.headers, timeout=30) as client:
        until = time.monotonic() + length_s
        while time.monotonic() < until:
            for route in ROUTES:
                began = time.perf_counter()
                client.get(route).raise_for_status()
                taken.append(time.perf_counter() - began)
            time.sleep(0.01)
    return taken
