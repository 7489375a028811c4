"""Real servers for tests on loopback: Redis, PostgreSQL and Ceph's S3.

Each is a child process with a folder of its own, and is killed when the test run ends in any way.
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psycopg
import redis
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

STOP_S = 10
SEARCHED = f"{os.defpath}:/usr/local/bin:/usr/sbin:/sbin:/usr/local/sbin"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


class ProgramMissing(Exception):
    """The program of a server is not installed."""


class ServerFailed(Exception):
    """A server did not start. The message has the end of its log."""


@dataclass
class Child:
    """A server that can be stopped and restarted with the same port and files."""

    command: Sequence[str]
    folder: Path
    user: str | None = None
    ending: signal.Signals = signal.SIGTERM

    @contextmanager
    def life(self) -> Iterator["subprocess.Popen[bytes]"]:
        with ExitStack() as self._stack:
            yield self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server without waiting for it.

        Call it in the main thread, as the child is killed when the thread that started it ends.
        """
        process = running(self.command, self.folder, user=self.user, stop=self.ending)
        return self._stack.enter_context(process)

    def stop(self) -> None:
        self._stack.close()


@dataclass(frozen=True)
class RedisServer:
    port: int
    child: Child = field(compare=False)

    def client(self, database: int = 0) -> "redis.Redis[bytes]":
        return redis.Redis(host="127.0.0.1", port=self.port, db=database, socket_timeout=5)


@dataclass(frozen=True)
class PostgresServer:
    port: int
    child: Child = field(compare=False)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new database, which is dropped after the block."""
        name = f"test_{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement.encode())


@dataclass(frozen=True)
class S3Server:
    endpoint: str
    access_key: str
    secret_key: str

    def client(
        self, *, secret_key: str | None = None
    ) -> Any:  # boto3 makes its classes at run time
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=secret_key or self.secret_key,
            region_name="us-east-1",
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"max_attempts": 1},
                s3={"addressing_style": "path"},
            ),
        )

    def new_bucket(self) -> str:
        name = f"test-{uuid.uuid4().hex}"
        self.client().create_bucket(Bucket=name)
        return name


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    port = free_port()
    command = [
        *(program("redis-server"), "--bind", "127.0.0.1", "--port", str(port)),
        *("--save", "", "--appendonly", "no"),
    ]
    with own_folder() as folder:
        server = RedisServer(port, Child([*command, "--dir", str(folder)], folder))
        with server.child.life() as process:
            not_yet = (redis.ConnectionError, redis.TimeoutError)
            wait_for(server.client().ping, process, folder, not_yet)
            yield server


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run PostgreSQL. ``durable``: commits wait for the disk, as in production."""
    # PostgreSQL refuses to run as root.
    user = "postgres" if IS_ROOT else None
    port = free_port()
    with own_folder(user=user) as folder:
        data = folder / "data"
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        run([program("initdb"), "-D", str(data), *options], folder, user=user)
        command = [
            *(program("postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1"),
            *("-k", "", "-c", "max_connections=200"),
        ]
        if not durable:
            command += ["-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        server = PostgresServer(port, Child(command, folder, user, signal.SIGINT))
        with server.child.life() as process:
            wait_for(lambda: server._run("SELECT 1"), process, folder, psycopg.OperationalError)
            yield server


CEPH = """\
[global]
fsid = {fsid}
mon_host = v1:127.0.0.1:{monitor_port}
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr2 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = {folder}
log_file = {folder}/$name.log
admin_socket = {folder}/$name.$pid.sock
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
[mon.a]
mon_data = {folder}/mon
[osd]
osd_data = {folder}/osd
osd_objectstore = memstore
# Its first command races with the map of monitors and then fails with "wrong fsid".
osd_class_update_on_start = false
osd_crush_update_on_start = false
# A limit, not a reservation; a full store hangs writers instead of refusing them.
memstore_device_bytes = 8589934592
[client.rgw]
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{port}
rgw_dns_name = s3.test
rgw_override_bucket_index_max_shards = 1
"""


def _retry_while_starting(start: Callable[[], None], *, within_s: float = 60) -> None:
    """Repeat ``start`` while it fails because a server is still starting."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            return start()
        except ServerFailed:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run Ceph's S3 gateway, which verifies signatures, with a monitor and a store in memory."""
    monitor, store, gateway = program("ceph-mon"), program("ceph-osd"), program("radosgw")
    port = free_port()
    server = S3Server(f"http://127.0.0.1:{port}", "test-access-key", "test-secret-key")
    with own_folder() as folder, ExitStack() as stack:
        for name in ("mon", "osd", "rgw"):
            (folder / name).mkdir()
        fsid, monitor_port = str(uuid.uuid4()), free_port()
        config = folder / "ceph.conf"
        config.write_text(
            CEPH.format(fsid=fsid, monitor_port=monitor_port, folder=folder, port=port)
        )
        who = ["--setuser", "root", "--setgroup", "root"] if IS_ROOT else []

        def daemon(name: str, *arguments: str) -> list[str]:
            return [name, "-c", str(config), *arguments, *who]

        def ceph(*arguments: str) -> None:  # refused until the monitor has its quorum
            command = [program("ceph"), "-c", str(config), *arguments]
            _retry_while_starting(lambda: run(command, folder))

        address = f"[v1:127.0.0.1:{monitor_port}]"
        maps = ["--create", "--fsid", fsid, "--addv", "a", address, str(folder / "monmap")]
        run([program("monmaptool"), *maps], folder)
        run(daemon(monitor, "-i", "a", "--mkfs", "--monmap", str(folder / "monmap")), folder)
        # They take long to stop when asked, and nothing of theirs is worth keeping.
        kill = signal.SIGKILL
        stack.enter_context(running(daemon(monitor, "-i", "a", "-f"), folder, stop=kill))
        osd = str(uuid.uuid4())
        ceph("osd", "new", osd)
        run(daemon(store, "-i", "0", "--mkfs", "--osd-uuid", osd), folder)
        ceph("osd", "crush", "add", "osd.0", "1", "host=localhost", "root=default")
        stack.enter_context(running(daemon(store, "-i", "0", "-f"), folder, stop=kill))
        process = stack.enter_context(
            running(daemon(gateway, "-n", "client.rgw", "-f"), folder, stop=kill)
        )
        # Both would create the default zone; the gateway listens when it has done so.
        wait_for(
            lambda: socket.create_connection(("127.0.0.1", port)).close(), process, folder, OSError
        )
        user = ["user", "create", "--uid=test", "--display-name=test"]
        keys = [f"--access-key={server.access_key}", f"--secret-key={server.secret_key}"]
        admin = [program("radosgw-admin"), "-c", str(config), "-n", "client.rgw"]
        run([*admin, *user, *keys], folder)
        wait_for(server.client().list_buckets, process, folder, (BotoCoreError, ClientError))
        yield server


def program(name: str) -> str:
    """The path of a program. Raises ProgramMissing."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders = [os.defpath, SEARCHED, *map(str, versions)]
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        raise ProgramMissing(f"{name} is not installed")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> None:
    """Connect to a port. Raises OSError if no process listens."""
    socket.create_connection(("127.0.0.1", port), timeout=5).close()


@contextmanager
def own_folder(*, user: str | None = None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mp4totext-test-"))
    if user is not None:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(command: Sequence[str], folder: Path, *, user: str | None = None) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, check=False, timeout=60, **as_user(user)
    )
    if done.returncode:
        raise ServerFailed(f"{command[0]}: {done.stderr.decode(errors='replace')[-2000:]}")


@contextmanager
def running(
    command: Sequence[str],
    folder: Path,
    *,
    user: str | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "output.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the test run; the server is stopped below
            preexec_fn=_die_with_parent,  # noqa: PLW1509  one call into libc, no Python lock
            **as_user(user),
        )
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_S)


def as_user(user: str | None) -> dict[str, Any]:  # arguments of subprocess
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    """Let the kernel kill this process if the test run is killed (Linux: PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def wait_for(
    probe: Callable[[], object],
    process: subprocess.Popen[bytes],
    folder: Path,
    not_yet: type[Exception] | tuple[type[Exception], ...],
    *,
    timeout_s: float = 60,
) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            probe()
        except not_yet as error:
            if process.poll() is not None or time.monotonic() > deadline:
                output = (folder / "output.log").read_text(errors="replace")[-2000:]
                raise ServerFailed(f"{process.args!r} did not come up:\n{output}") from error
            time.sleep(0.05)
        else:
            return
