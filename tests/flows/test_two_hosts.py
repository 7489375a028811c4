"""Two hosts in network namespaces that share only the servers, and a broken connection."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mp4totext.jobs.models import ENDED, JobState
from tests.support.clusters import Cluster, Host, cluster, ready, submit
from tests.support.recordings import record
from tests.support.servers import PostgresServer, RedisServer, S3Server, free_port
from tests.support.service_processes import Account, Api, Process
from tests.support.tcp_gate import Gate
from tests.support.waiting import until

pytestmark = pytest.mark.slow

NET = "10.213.{}.{}"  # one /30 a machine: .1 is here, .2 is there
CLONE_NEWNET = 0x40000000  # Linux: sched.h
PLACES = ("alpha", "beta")


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=10)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A network namespace and the one cable into it."""

    name: str
    number: int
    cable: str

    @property
    def here(self) -> str:
        return NET.format(self.number, 1)

    @property
    def there(self) -> str:
        return NET.format(self.number, 2)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What is started in the block lives in this network; so does this thread meanwhile."""
        with Path("/proc/thread-self/ns/net").open() as home:
            with Path(f"/run/netns/{self.name}").open() as there:
                _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())

    def cut(self) -> None:
        ip("link", "set", self.cable, "down")

    def reconnect(self) -> None:
        ip("link", "set", self.cable, "up")


def _enter(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@dataclass(frozen=True, kw_only=True)
class Remote(Host):
    machine: Machine

    def start_api(self) -> Api:
        port = free_port()
        process = self.start(
            *("uvicorn", "--factory", "mp4totext.app:create_app", "--host", "0.0.0.0"),
            *("--port", str(port), "--no-access-log", "--log-level", "warning"),
        )
        return Api(process=process, url=f"http://{self.machine.there}:{port}")

    def start(self, *module: str) -> Process:
        with self.machine.inside():
            return super().start(*module)


@contextmanager
def machine(number: int) -> Iterator[Machine]:
    made = Machine(
        name=f"mp4totext-{os.getpid()}-{number}", number=number, cable=f"m4t{os.getpid()}-{number}"
    )
    other = f"{made.cable}x"
    try:
        ip("netns", "add", made.name)
        ip("link", "add", made.cable, "type", "veth", "peer", "name", other, "netns", made.name)
        ip("addr", "add", f"{made.here}/30", "dev", made.cable)
        ip("link", "set", made.cable, "up")
        for words in (
            ("addr", "add", f"{made.there}/30", "dev", other),
            ("link", "set", other, "up"),
            ("link", "set", "lo", "up"),
        ):
            ip("-n", made.name, *words)
        yield made
    finally:
        # The namespace stays until the processes in it have ended; the cable must not.
        for what in (("link", "del", made.cable), ("netns", "del", made.name)):
            subprocess.run(["ip", *what], check=False, capture_output=True)


@dataclass(frozen=True, kw_only=True)
class Pair:
    cluster: Cluster
    machines: tuple[Machine, Machine]
    apis: tuple[Api, Api]
    workers: tuple[Process, Process]
    account: Account
    recording: Path


@pytest.fixture
def pair(
    tmp_path: Path,
    started_redis_server: RedisServer,
    started_postgres_server: PostgresServer,
    started_s3_server: S3Server,
) -> Iterator[Pair]:
    with ExitStack() as stack:
        if shutil.which("ip") is None:
            pytest.skip("the program ip is not installed")
        try:
            machines = tuple(stack.enter_context(machine(n)) for n in (1, 2))
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces are not permitted: {error.stderr.decode()}")
        yield stack.enter_context(
            _pair(
                tmp_path,
                (machines[0], machines[1]),
                started_redis_server,
                started_postgres_server,
                started_s3_server,
            )
        )


@contextmanager
def _pair(
    folder: Path,
    machines: tuple[Machine, Machine],
    redis: RedisServer,
    postgres: PostgresServer,
    s3: S3Server,
) -> Iterator[Pair]:
    ports = [redis.port, postgres.port, int(s3.endpoint.rpartition(":")[2])]
    with cluster(folder / "pair", redis, postgres, s3) as made:
        hosts = []
        for place in machines:
            doors = [Gate(port, host=place.here) for port in ports]
            base = made.host(PLACES[place.number - 1])
            postgres_there = f"{place.here}:{doors[1].port}"
            url = made.service.environment["DATABASE_URL"]
            own = {
                "REDIS_HOST": place.here,
                "REDIS_PORT": str(doors[0].port),
                "DATABASE_URL": url.replace(f"127.0.0.1:{postgres.port}", postgres_there),
                "MINIO_ENDPOINT": f"http://{place.here}:{doors[2].port}",
            }
            hosts.append(
                Remote(
                    folder=base.folder,
                    environment={**base.environment, **own},
                    runtime=base.runtime,
                    started=base.started,
                    machine=place,
                )
            )
        apis = (hosts[0].start_api(), hosts[1].start_api())
        workers = (hosts[0].start_queues(), hosts[1].start_queues())
        for api in apis:
            ready(api)
        made.wait_for_workers(2)
        try:
            yield Pair(
                cluster=made,
                machines=machines,
                apis=apis,
                workers=workers,
                account=made.service.account(apis[0], granted=1000),
                recording=record(folder / "talk.wav", seconds=30),
            )
        finally:
            for process in made.service.started:
                process.kill()


@pytest.mark.allow_hosts(["127.0.0.1", "::1", NET.format(1, 2), NET.format(2, 2)])
def test_each_does_the_others_work_when_it_is_cut_off(pair: Pair) -> None:
    jobs: list[str] = []
    for turn in (0, 1):
        mine, other = pair.machines[turn], pair.machines[1 - turn]
        batch = _until_one_runs_here(pair, turn)
        mine.cut()
        batch.append(submit(pair.apis[1 - turn], pair.account, pair.recording)["task_id"])
        pair.cluster.wait_for(batch)
        mine.reconnect()
        jobs += batch
        until(lambda turn=turn: _answers(pair.apis[turn]), what=f"{other} to come back")  # type: ignore[misc]
    # What the machine that was cut off still had in work must not count.
    until(lambda: not _in_work(pair), what="both machines to be idle")
    assert pair.cluster.problems(jobs) == []


def _until_one_runs_here(pair: Pair, turn: int) -> list[str]:
    """The jobs that were submitted: of a few, the other machine may have been quick to take all."""
    jobs: list[str] = []
    for _ in range(5):
        more = (submit(pair.apis[turn], pair.account, pair.recording) for _ in range(4))
        jobs.extend(job["task_id"] for job in more)
        until(lambda: _here(pair, jobs, turn) or _all_ended(pair, jobs), what="the jobs to run")
        if _here(pair, jobs, turn):
            return jobs
    raise AssertionError(f"none of {len(jobs)} jobs ran on machine {turn + 1}")


def _all_ended(pair: Pair, jobs: list[str]) -> bool:
    return all(pair.cluster.job(job_id).state in ENDED for job_id in jobs)


def _in_work(pair: Pair) -> list[Path]:
    """The work folders of jobs, on both machines."""
    return list(pair.cluster.service.folder.rglob("work/*/jobs/*"))


def _here(pair: Pair, jobs: list[str], turn: int) -> list[str]:
    """Those of the jobs that run on one of the two machines."""
    found = [pair.cluster.job(job_id) for job_id in jobs]
    pids = {str(child.pid) for child in pair.workers[turn].children()}
    return [
        job.id
        for job in found
        if job.state == JobState.RUNNING and (job.worker or "").rpartition(":")[2] in pids
    ]


def _answers(api: Api) -> bool:
    ready(api)
    return True
