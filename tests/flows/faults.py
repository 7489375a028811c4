"""Servers that fail under load, and what must hold afterwards."""

import itertools
import select
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import httpx

from mp4totext.jobs.models import JobState
from tests.clusters import Cluster, cluster, ready, until
from tests.processes import Account, Api, Process
from tests.recordings import record
from tests.services import PostgresServer, RedisServer, S3Server

SLOWEST_S = 180.0


class Gate:
    """A TCP door before a server: open, refusing, or silent (it takes connections, no more)."""

    def __init__(self, port: int, *, host: str = "127.0.0.1") -> None:
        self._host = host
        self._target = ("127.0.0.1", port)
        self._silent = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        self._silent.clear()
        if self._listener is None:
            self._listener = socket.create_server((self._host, self.port))
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Cuts what is connected and lets nobody in."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for pair in self._pairs:
            _close(*pair)
        self._pairs.clear()

    def fall_silent(self) -> None:
        self._silent.set()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            self._pairs.append((client, server))
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        others = {client: server, server: client}
        with suppress(OSError, ValueError):
            while True:
                if self._silent.is_set():
                    time.sleep(0.05)
                    continue
                readable, _, _ = select.select([client, server], [], [], 0.2)
                for side in readable:
                    data = side.recv(1 << 16)
                    if not data:
                        return _close(client, server)
                    others[side].sendall(data)
        return _close(client, server)


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@dataclass(kw_only=True)
class Load:
    """Somebody who submits recordings all the time, patiently, each exactly once."""

    apis: list[Api]
    account: Account
    recording: Path
    pause_s: float = 0.3
    jobs: list[str] = field(default_factory=list)
    answers: list[tuple[float, int, float]] = field(default_factory=list)  # began, status, seconds
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> "Load":
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
            # The same request again, at the other door, until somebody has accepted it.
            while not self._accepted(self.apis[next(turn) % len(self.apis)], key, data):
                if time.monotonic() > deadline:
                    self.failures.append(f"{key} was not accepted within {SLOWEST_S} s")
                    break
                time.sleep(0.3)

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
        if answer.status_code not in (429, 503):
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
    "| fault | jobs | accepted during it | asked to come again | slowest answer (s) "
    "| last job after its end (s) | problems |\n|---|---|---|---|---|---|---|"
)


@contextmanager
def under_load(cluster: Cluster, load: Load, fault: str, *, calm_s: float) -> Iterator[Outcome]:
    """The block is the fault. Before and after it jobs come too; then all must have ended well."""
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
    outcome.refused_during = sum(1 for _, status, _ in during if status != 202)
    outcome.slowest_s = max((seconds for _, _, seconds in during), default=0.0)
    outcome.problems += load.failures
    if len(set(load.jobs)) != len(load.jobs):
        outcome.problems.append("a request was accepted twice")
    outcome.problems += cluster.problems(load.jobs)


def _running(cluster: Cluster, load: Load) -> bool:
    jobs = list(load.jobs)
    return any(cluster.job(job_id).state == JobState.RUNNING for job_id in jobs)


@dataclass(kw_only=True)
class World:
    """Two hosts for requests and two for work; the store stands behind a gate."""

    cluster: Cluster
    redis: RedisServer
    postgres: PostgresServer
    store: Gate
    apis: list[Api]
    workers: list[Process]
    account: Account
    recording: Path
    made: "itertools.count[int]" = field(default_factory=lambda: itertools.count(2))

    def load(self) -> Load:
        return Load(apis=self.apis, account=self.account, recording=self.recording, pause_s=0.5)

    def new_worker(self) -> Process:
        worker = self.cluster.host(f"worker-{next(self.made)}").start_queues()
        self.cluster.service.wait_for_worker(worker)
        return worker


@contextmanager
def world(
    folder: Path, redis: RedisServer, postgres: PostgresServer, s3: S3Server, **variables: str
) -> Iterator[World]:
    store = Gate(int(s3.endpoint.rpartition(":")[2]))
    at = f"http://127.0.0.1:{store.port}"
    with cluster(folder, redis, postgres, s3, s3_endpoint=at, **variables) as made:
        apis = [made.host(f"api-{number}").start_api() for number in range(2)]
        workers = [made.host(f"worker-{number}").start_queues() for number in range(2)]
        for api in apis:
            ready(api)
        for worker in workers:
            made.service.wait_for_worker(worker)
        yield World(
            cluster=made,
            redis=redis,
            postgres=postgres,
            store=store,
            apis=apis,
            workers=workers,
            account=made.service.account(apis[0], granted=1000),
            recording=record(folder / "talk.wav", seconds=4),
        )
        store.refuse()


def stop_redis(here: World, seconds: float) -> None:
    """Without its data, too. The status must say so, and submissions must go on."""
    here.redis.child.stop()
    until(lambda: not _status(here)["broker"]["ok"], timeout_s=10, what="/status to tell")
    time.sleep(seconds)
    here.redis.child.start()
    until(lambda: _status(here)["broker"]["ok"], timeout_s=20, what="/status to tell")


def flush_redis(here: World, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with here.redis.client() as client:
            client.flushall()
        time.sleep(0.5)


def freeze_redis(here: World, seconds: float) -> None:
    """It takes connections and says nothing."""
    with here.redis.client() as client:
        client.execute_command("CLIENT", "PAUSE", int(seconds * 1000), "ALL")
    time.sleep(seconds)


def restart_postgres(here: World, seconds: float) -> None:
    here.postgres.child.stop()
    time.sleep(seconds)
    here.postgres.child.start()
    until(lambda: _status(here)["database"]["ok"], timeout_s=30, what="the database")


def refuse_storage(here: World, seconds: float) -> None:
    here.store.refuse()
    time.sleep(seconds)
    here.store.open()


def silence_storage(here: World, seconds: float) -> None:
    here.store.fall_silent()
    time.sleep(seconds)
    here.store.open()


def kill_worker(here: World, seconds: float) -> None:
    here.workers.pop(0).kill()
    time.sleep(seconds)
    here.workers.append(here.new_worker())


def kill_api(here: World, seconds: float) -> None:
    here.apis[0].process.kill()
    time.sleep(seconds)
    here.apis[0] = ready(here.cluster.host(f"api-{next(here.made)}").start_api())


def roll(here: World, _seconds: float) -> None:
    """New processes beside the old ones; then the old ones are told to stop."""
    for number, old in enumerate(list(here.apis)):
        here.apis[number] = ready(here.cluster.host(f"api-{next(here.made)}").start_api())
        _stopped(old.process)
    for old_worker in list(here.workers):
        here.workers.append(here.new_worker())
        here.workers.remove(old_worker)
        _stopped(old_worker)


def _stopped(process: Process) -> None:
    process.popen.terminate()
    process.popen.wait(float(30))


def _status(here: World) -> dict[str, dict[str, object]]:
    answer = httpx.get(f"{here.apis[1].url}/api/v1/status", timeout=30)
    status: dict[str, dict[str, object]] = answer.raise_for_status().json()
    return status


FAULTS: dict[str, Callable[[World, float], None]] = {
    "Redis stopped": stop_redis,
    "Redis emptied": flush_redis,
    "Redis silent": freeze_redis,
    "PostgreSQL restarted": restart_postgres,
    "S3 refuses": refuse_storage,
    "S3 silent": silence_storage,
    "worker killed": kill_worker,
    "API killed": kill_api,
    "rolling restart": roll,
}
# In these nobody may be told to come again.
SMOOTH = ("Redis stopped", "Redis emptied", "Redis silent", "worker killed", "rolling restart")


def suffer(here: World, fault: str, seconds: float, *, calm_s: float = 1.0) -> Outcome:
    """One fault under load."""
    with under_load(here.cluster, here.load(), fault, calm_s=calm_s) as outcome:
        FAULTS[fault](here, seconds)
    if fault in SMOOTH and outcome.refused_during:
        outcome.problems.append(f"{outcome.refused_during} requests were refused")
    return outcome
