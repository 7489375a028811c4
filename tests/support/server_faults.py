"""Makes servers fail under load, and checks the invariants afterwards."""

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import httpx

from mp4totext.jobs.models import JobState
from tests.support.clusters import Cluster, Host, cluster, ready
from tests.support.recordings import record
from tests.support.servers import PostgresServer, RedisServer, S3Server
from tests.support.service_processes import Account, Api, Process
from tests.support.small_disks import SmallDisks, small_disks
from tests.support.tcp_gate import Gate
from tests.support.waiting import until

SLOWEST_S = 180.0
_JOBS = "/api/v1/jobs"


@dataclass(kw_only=True)
class SteadyLoad:
    """A client that continuously uploads recordings, each exactly once, and sends reads."""

    apis: list[Api]
    account: Account
    recording: Path
    pause_s: float = 0.3
    jobs: list[str] = field(default_factory=list)
    answers: list[tuple[float, int, float]] = field(default_factory=list)  # began, status, seconds
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> "SteadyLoad":
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(SLOWEST_S)

    def _run(self) -> None:
        turn = itertools.count()
        data = self.recording.read_bytes()
        while not self._stop.wait(self.pause_s):
            key = uuid.uuid4().hex
            deadline = time.monotonic() + SLOWEST_S
            # The same request is sent to the other API process until one accepts it.
            while not self._accepted(self.apis[next(turn) % len(self.apis)], key, data):
                if time.monotonic() > deadline:
                    self.failures.append(f"{key} was not accepted within {SLOWEST_S} s")
                    break
                time.sleep(0.3)
            self._read(self.apis[next(turn) % len(self.apis)])

    def _read(self, api: Api) -> None:
        """Send a read, as a web page would."""
        began = time.monotonic()
        try:
            answer = httpx.get(f"{api.url}{_JOBS}", headers=self.account.headers, timeout=SLOWEST_S)
        except httpx.TransportError:
            self.answers.append((began, 0, time.monotonic() - began))
            return
        self.answers.append((began, answer.status_code, time.monotonic() - began))
        if answer.status_code not in (200, 503):
            self.failures.append(f"reading: {answer.status_code} {answer.text[:300]}")

    def _accepted(self, api: Api, key: str, data: bytes) -> bool:
        began = time.monotonic()
        try:
            answer = httpx.post(
                f"{api.url}/api/v1/transcriptions",
                headers={**self.account.headers, "Idempotency-Key": key},
                data={"language": "en", "diarize": "false"},
                files={"file": ("talk.wav", data)},
                timeout=SLOWEST_S,
            )
        except httpx.TransportError:
            self.answers.append((began, 0, time.monotonic() - began))
            return False
        self.answers.append((began, answer.status_code, time.monotonic() - began))
        if answer.status_code == 202:
            self.jobs.append(answer.json()["task_id"])
            return True
        if answer.status_code not in (429, 503, 507):
            self.failures.append(f"{answer.status_code} {answer.text[:300]}")
        return False


@dataclass(kw_only=True)
class Outcome:
    fault: str
    jobs: int = 0
    accepted_during: int = 0
    refused_during: int = 0
    slowest_s: float = 0.0  # an answer during the fault
    over_s: float = 0.0  # from the fault's end to the last job's
    problems: list[str] = field(default_factory=list)

    def row(self) -> str:
        return (
            f"| {self.fault} | {self.jobs} | {self.accepted_during} | {self.refused_during} "
            f"| {self.slowest_s:.1f} | {self.over_s:.1f} | {len(self.problems)} |"
        )


HEAD = (
    "| fault | jobs | accepted during it | refused for now | slowest answer (s) "
    "| last job after its end (s) | problems |\n|---|---|---|---|---|---|---|"
)


@contextmanager
def under_load(
    cluster: Cluster, load: SteadyLoad, fault: str, *, calm_s: float
) -> Iterator[Outcome]:
    """Apply load before, during and after the block, which is the fault. All jobs must succeed."""
    outcome = Outcome(fault=fault)
    with load:
        until(lambda: _running(cluster, load), what="a job to run")
        time.sleep(calm_s)
        began = time.monotonic()
        yield outcome
        ended = time.monotonic()
        time.sleep(calm_s)
    cluster.wait_for(load.jobs, timeout_s=240)
    outcome.over_s = time.monotonic() - ended
    during = [a for a in load.answers if a[0] < ended and a[0] + a[2] > began]
    outcome.jobs = len(load.jobs)
    outcome.accepted_during = sum(1 for _, status, _ in during if status == 202)
    outcome.refused_during = sum(1 for _, status, _ in during if status not in (200, 202))
    outcome.slowest_s = max((seconds for _, _, seconds in during), default=0.0)
    outcome.problems += load.failures
    if len(set(load.jobs)) != len(load.jobs):
        outcome.problems.append("a request was accepted twice")
    outcome.problems += cluster.problems(load.jobs)


def _running(cluster: Cluster, load: SteadyLoad) -> bool:
    jobs = list(load.jobs)
    return any(cluster.job(job_id).state == JobState.RUNNING for job_id in jobs)


@dataclass(kw_only=True)
class FaultCluster:
    """Two hosts for the API and two for workers; S3 is reached through a ``Gate``."""

    cluster: Cluster
    redis: RedisServer
    postgres: PostgresServer
    store: Gate
    disks: SmallDisks
    apis: list[Api]
    workers: list[tuple[Host, Process]]
    account: Account
    recording: Path
    concurrency: int
    made: "itertools.count[int]" = field(default_factory=lambda: itertools.count(2))
    accounts: dict[str, Account] = field(default_factory=dict)

    def load(self) -> SteadyLoad:
        return SteadyLoad(
            apis=self.apis, account=self.account, recording=self.recording, pause_s=0.5
        )

    def account_of(self, name: str) -> Account:
        """The account of a name. Several avoid waiting, as commits of one user are serialised."""
        if name not in self.accounts:
            made = self.cluster.service.account(self.apis[0], granted=1_000)
            self.accounts[name] = made
        return self.accounts[name]

    def start_worker(self, host: Host) -> tuple[Host, Process]:
        """Start a worker without waiting until it is ready."""
        return host, host.start_queues(concurrency=self.concurrency)

    def new_worker(self) -> tuple[Host, Process]:
        host, worker = self.start_worker(self.cluster.host(f"worker-{next(self.made)}"))
        self.cluster.service.wait_for_worker(worker)
        return host, worker


@contextmanager
def fault_cluster(
    folder: Path,
    redis: RedisServer,
    postgres: PostgresServer,
    s3: S3Server,
    *,
    concurrency: int = 1,
    **variables: str,
) -> Iterator[FaultCluster]:
    """A cluster whose first hosts have small disks if mounting is permitted."""
    store = Gate(int(s3.endpoint.rpartition(":")[2]))
    at = f"http://127.0.0.1:{store.port}"
    names = [f"{kind}-{number}" for kind in ("api", "worker") for number in range(2)]
    with ExitStack() as stack:
        work = [folder / name / "data" / "work" for name in names]
        disks = stack.enter_context(small_disks(folder / "disks", work))
        made = stack.enter_context(
            cluster(folder, redis, postgres, s3, s3_endpoint=at, under=disks.under, **variables)
        )
        apis = [made.host(f"api-{number}").start_api() for number in range(2)]
        hosts = [made.host(f"worker-{number}") for number in range(2)]
        setup = FaultCluster(
            cluster=made,
            redis=redis,
            postgres=postgres,
            store=store,
            disks=disks,
            apis=apis,
            workers=[(host, host.start_queues(concurrency=concurrency)) for host in hosts],
            account=made.service.account(ready(apis[0]), granted=10_000),
            recording=record(folder / "talk.wav", seconds=4),
            concurrency=concurrency,
        )
        ready(apis[1])
        for _, worker in setup.workers:
            made.service.wait_for_worker(worker)
        yield setup
        store.refuse()


@contextmanager
def redis_stopped(setup: FaultCluster, _seconds: float) -> Iterator[None]:
    """Stop Redis and lose its data. The status must show it, and uploads must be accepted."""
    setup.redis.child.stop()
    yield
    until(lambda: not _status(setup)["broker"]["ok"], within_s=10, what="/status to tell")
    setup.redis.child.start()
    until(lambda: _status(setup)["broker"]["ok"], within_s=20, what="/status to tell")


@contextmanager
def redis_emptied(setup: FaultCluster, _seconds: float) -> Iterator[None]:
    """Delete all data of Redis twice a second."""
    over = threading.Event()

    def empty() -> None:
        while True:
            with setup.redis.client() as client:
                client.flushall()
            if over.wait(0.5):
                return

    thread = threading.Thread(target=empty, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


@contextmanager
def redis_frozen(setup: FaultCluster, seconds: float) -> Iterator[None]:
    """Stop Redis so that it accepts connections but does not respond."""
    with setup.redis.client() as client:
        client.execute_command("CLIENT", "PAUSE", int(seconds * 1000), "ALL")
    yield


@contextmanager
def postgres_restarted(setup: FaultCluster, _seconds: float) -> Iterator[None]:
    setup.postgres.child.stop()
    yield
    setup.postgres.child.start()
    until(lambda: _status(setup)["database"]["ok"], within_s=30, what="the database")


@contextmanager
def storage_refuses(setup: FaultCluster, _seconds: float) -> Iterator[None]:
    setup.store.refuse()
    yield
    setup.store.open()


@contextmanager
def storage_slow(setup: FaultCluster, _seconds: float) -> Iterator[None]:
    setup.store.slow_down()
    yield
    setup.store.open()


@contextmanager
def storage_silent(setup: FaultCluster, _seconds: float) -> Iterator[None]:
    setup.store.fall_silent()
    yield
    setup.store.open()


@contextmanager
def disk_full(setup: FaultCluster, _seconds: float) -> Iterator[None]:
    """Fill the disks of the work folders of all processes."""
    with setup.disks.full():
        yield


@contextmanager
def worker_killed(setup: FaultCluster, _seconds: float) -> Iterator[None]:
    """Kill all workers as a power failure would, and restart them on their hosts."""
    for _, worker in setup.workers:
        worker.kill()
    yield
    setup.workers = [setup.start_worker(host) for host, _ in setup.workers]
    for _, worker in setup.workers:
        setup.cluster.service.wait_for_worker(worker)


@contextmanager
def api_killed(setup: FaultCluster, _seconds: float) -> Iterator[None]:
    setup.apis[0].process.kill()
    yield
    setup.apis[0] = ready(setup.cluster.host("api-0").start_api())


@contextmanager
def rolling_restart(setup: FaultCluster, _seconds: float) -> Iterator[None]:
    """Start new processes, then ask the old ones to stop."""
    for number, old in enumerate(list(setup.apis)):
        setup.apis[number] = ready(setup.cluster.host(f"api-{next(setup.made)}").start_api())
        _stopped(old.process)
    for old_worker in list(setup.workers):
        setup.workers.append(setup.new_worker())
        setup.workers.remove(old_worker)
        _stopped(old_worker[1])
    yield


def _stopped(process: Process) -> None:
    process.popen.terminate()
    process.popen.wait(float(30))


def _status(setup: FaultCluster) -> dict[str, dict[str, object]]:
    answer = httpx.get(f"{setup.apis[1].url}/api/v1/status", timeout=30)
    status: dict[str, dict[str, object]] = answer.raise_for_status().json()
    return status


Fault = Callable[[FaultCluster, float], AbstractContextManager[None]]
"""Strikes on entering the block, is over on leaving it; told how long that will be."""

FAULTS: dict[str, Fault] = {
    "worker killed": worker_killed,
    "API killed": api_killed,
    "Redis stopped": redis_stopped,
    "Redis emptied": redis_emptied,
    "Redis silent": redis_frozen,
    "PostgreSQL restarted": postgres_restarted,
    "S3 refuses": storage_refuses,
    "S3 slow": storage_slow,
    "S3 silent": storage_silent,
    "disk full": disk_full,
    "rolling restart": rolling_restart,
}
# In these nobody may be told to come again.
SMOOTH = ("Redis stopped", "Redis emptied", "Redis silent", "worker killed", "rolling restart")


def run_fault(setup: FaultCluster, fault: str, seconds: float, *, calm_s: float = 1.0) -> Outcome:
    """Cause one fault under load."""
    load = under_load(setup.cluster, setup.load(), fault, calm_s=calm_s)
    with load as outcome, FAULTS[fault](setup, seconds):
        time.sleep(seconds)
    if fault in SMOOTH and outcome.refused_during:
        outcome.problems.append(f"{outcome.refused_during} requests were refused")
    return outcome
