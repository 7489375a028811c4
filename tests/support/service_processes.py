"""Runs the service as processes on loopback: API and workers, configured by environment."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from mp4totext import migrations
from mp4totext.credits import ledger
from mp4totext.credits.money import to_uc
from mp4totext.jobs.models import Lease
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.kit.queue_names import BATCH_QUEUES
from mp4totext.runtime import Runtime
from mp4totext.settings import (
    AppSettings,
    AuthSettings,
    BrokerSettings,
    DatabaseSettings,
    Settings,
    StorageSettings,
)
from tests.support.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "nX7qkR2vLw9sTz4bYc8mJd3fHg6pVa1eUoQi5W0x"
PASSWORD = "correct horse battery"
START_S = 60
STOP_S = 20

# Short leases, so that a death is noticed within seconds.
QUICK = {"JOB_LEASE_S": "2", "JOB_SWEEP_S": "0.5", "JOB_DRAIN_S": "1"}
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "BUNDLED_MODELS_DIR")


class NotStarted(Exception):
    """A process ended or did not become ready. The message has the end of its output."""


@dataclass(eq=False)
class Process:
    """A process and its descendants, which form a process group and are ended together."""

    popen: "subprocess.Popen[bytes]"
    log: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    def children(self) -> list[psutil.Process]:
        """The processes of a worker's pool."""
        try:
            return list(psutil.Process(self.pid).children())
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """Kill the whole group with SIGKILL, like a power failure."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait(STOP_S)

    def kill_children(self) -> None:
        """Kill the pool with SIGKILL; the parent starts another one."""
        for child in self.children():
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def stop(self) -> None:
        if self.popen.poll() is None:
            self.popen.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(STOP_S)
        self.kill()

    def output(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


@dataclass(eq=False, kw_only=True)
class Api:
    process: Process
    url: str


@dataclass(frozen=True, kw_only=True)
class Account:
    id: str
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A data folder, the environment of its processes, and a runtime to read its database."""

    folder: Path
    environment: Mapping[str, str]
    runtime: Runtime
    started: list[Process] = field(default_factory=list)
    under: tuple[str, ...] = ()  # put before the command of every process

    @contextmanager
    def api(self) -> Iterator[Api]:
        port = free_port()
        command = ("serve", "--no-worker", "--host", "127.0.0.1", "--port", str(port))
        process = self._start("mp4totext.cli", *command)
        try:
            api = Api(process=process, url=f"http://127.0.0.1:{port}")
            _wait(process, lambda: _answers(f"{api.url}/ready"))
            yield api
        finally:
            process.stop()

    def start_worker(self, concurrency: int = 1) -> Process:
        """Start a worker without waiting for it; ``stop`` or the end of the service ends it."""
        options = ["worker", "--concurrency", str(concurrency), "--loglevel", "WARNING"]
        return self._start("celery", "-A", "mp4totext.worker", *options)

    @contextmanager
    def worker(self, concurrency: int = 1) -> Iterator[Process]:
        process = self.start_worker(concurrency)
        try:
            self.wait_for_worker(process)
            yield process
        finally:
            process.stop()

    def live_worker(self, sessions: int = 8) -> AbstractContextManager[Process]:
        """Start a live worker like `serve`: one process with a thread for each session."""
        return self._threaded_worker("live", sessions)

    def network_worker(self, jobs: int = 8) -> AbstractContextManager[Process]:
        """Start a network worker like `serve`: a process with a thread for each download."""
        return self._threaded_worker("network", jobs)

    @contextmanager
    def batch_worker(self, concurrency: int = 1) -> Iterator[Process]:
        """Start a worker for recordings and texts like `serve`."""
        command = ("worker", "--queues", ",".join(BATCH_QUEUES))
        process = self._start("mp4totext.cli", *command, "--concurrency", str(concurrency))
        try:
            self.wait_for_worker(process)
            yield process
        finally:
            process.stop()

    @contextmanager
    def _threaded_worker(self, queue: str, threads: int) -> Iterator[Process]:
        options = ["--pool", "threads", "--queues", queue, "--hostname", f"{queue}@%h"]
        process = self._start(
            *("celery", "-A", "mp4totext.worker", "worker", "--loglevel", "WARNING"),
            *("--concurrency", str(threads), *options),
        )
        try:
            self.wait_for_worker(process)
            yield process
        finally:
            process.stop()

    def wait_for_worker(self, process: Process) -> None:
        _wait(process, lambda: self._says_alive(process.pid))

    def _says_alive(self, pid: int) -> bool:
        name = f"worker:{socket.gethostname()}:{pid}"[:40]
        with self.runtime.database.read() as session:
            lease = session.get(Lease, name)
            return lease is not None and lease.until > now()

    def account(self, api: Api, *, granted: float = 0) -> Account:
        """A new account, created by HTTP, with so many credits in addition to the gift."""
        body = {"email": f"{new_id('u')}@example.com", "password": PASSWORD}
        with httpx.Client(base_url=f"{api.url}/api/v1/auth", timeout=30) as client:
            client.post("/register", json=body).raise_for_status()
            token = client.post("/login", json=body).raise_for_status().json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            user_id = client.get("/me", headers=headers).raise_for_status().json()["id"]
        if granted:
            with self.runtime.database.write() as session:
                ledger.grant(
                    session,
                    user_id=user_id,
                    amount_uc=to_uc(str(granted)),
                    key=new_id("grant"),
                    reason="test",
                )
        return Account(id=user_id, headers=headers)

    def _start(self, *module: str) -> Process:
        log = self.folder / f"{len(self.started)}-{module[0]}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                [*self.under, sys.executable, "-m", *module],
                cwd=self.folder,  # no .env of a developer
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,  # not a session, as with ``serve``: niceness counts between them
                preexec_fn=_die_with_parent,  # noqa: PLW1509  one call into libc, no Python lock
            )
        process = Process(popen, log)
        self.started.append(process)
        return process


@contextmanager
def service(
    folder: Path,
    variables: Mapping[str, str] | None = None,
    *,
    database_url: str | None = None,
    models: Path | None = None,
) -> Iterator[Service]:
    """An empty service with a migrated database. All its processes end with the block.

    ``models``: a folder for models that engines derive, to share between services.
    """
    environment = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251  passed on
        if name in _PASSED_ON or name.startswith("COVERAGE_")
    }
    environment |= {
        "PYTHONPATH": str(ROOT / "src"),
        "DATA_DIR": str(folder / "data"),
        "MODELS_DIR": str(models or folder / "models"),
        "SECRET_KEY": SECRET,
        "BCRYPT_ROUNDS": "4",
        "UPLOAD_PART_BYTES_MIN": "1",  # recordings here are shorter than one part must be
        "RATE_LIMIT_ENABLED": "false",
        "OMP_NUM_THREADS": "1",
        "WORKER_NICE": "1",  # behind all other tests a pool would wait too long
    }
    if database_url is not None:
        environment["DATABASE_URL"] = database_url
    environment |= variables or {}
    runtime = Runtime(
        Settings(
            app=AppSettings(app_env="test", data_dir=folder / "data", secret_key=SECRET),
            auth=AuthSettings(bcrypt_rounds=4),
            broker=BrokerSettings(redis_host=None, celery_broker_url=None),
            database=DatabaseSettings(database_url=database_url),
            storage=StorageSettings(**_storage(environment)),
        )
    )
    folder.mkdir(parents=True, exist_ok=True)
    migrations.upgrade(runtime.database)
    made = Service(folder=folder, environment=environment, runtime=runtime)
    try:
        yield made
    finally:
        for process in made.started:
            process.kill()
        runtime.close()


def _storage(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings of the store that the processes use."""
    names = ("minio_endpoint", "minio_access_key", "minio_secret_key", "minio_bucket")
    told = {name: environment[name.upper()] for name in names if name.upper() in environment}
    return told or {"minio_endpoint": None}


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def _wait(process: Process, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_S
    while not ready():
        if process.popen.poll() is not None or time.monotonic() > deadline:
            raise NotStarted(f"{process.popen.args!r}\n{process.output()}")
        time.sleep(0.05)


def _die_with_parent() -> None:
    """Let the kernel kill this process if the test run is killed (Linux: PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
