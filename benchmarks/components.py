"""Measures the throughput of each part of a machine for docs/capacity.md: ``--json FILE``."""

import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from mp4totext.auth import service as auth
from mp4totext.auth.models import Role, User
from mp4totext.credits import ledger, prices
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, lines_to_json
from mp4totext.events import log as event_log
from mp4totext.jobs import claims, runner, service
from mp4totext.jobs.context import Context
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job, JobState
from mp4totext.jobs.operation import Operation
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.kit.queue_names import QUEUES
from mp4totext.kit.storage import Storage, local_storage, s3_storage
from mp4totext.runtime import Runtime
from tests.support.servers import postgres_server, s3_server
from tests.support.service_processes import PASSWORD
from tests.support.service_processes import service as processes

THREADS = (1, 4)
CYCLES = 60
BACKLOGS = (100, 1_000, 10_000)
USERS = 100
CROWD = 5_000
OBJECT_BYTES = 256 << 20


class _Nothing(BaseModel):
    pass


class _Free(Operation[_Nothing, None]):
    """An operation without work: what remains is the cost of being a job."""

    name = "nothing"
    params = _Nothing

    def time_limit_s(self, params: _Nothing) -> int:
        return 60

    def quote(self, params: _Nothing, prices: PriceList) -> Quote:
        line = Line(key="transcription", quantity_milli=1000, amount_uc=1_000_000)
        return Quote(lines=(line,))

    def run(self, params: _Nothing, ctx: Context) -> None:
        pass

    def save(self, session: Session, job: JobView, result: None) -> tuple[Line, ...]:
        return job.quote


def _users(runtime: Runtime, count: int) -> list[str]:
    found = []
    for number in range(count):
        user = auth.register(runtime, email=f"u{number}@example.com", password=PASSWORD)
        with runtime.database.write() as session:
            ledger.grant(
                session, user_id=user.id, amount_uc=10**12, key=f"g{number}", reason="bench"
            )
        found.append(user.id)
    return found


def _worker(runtime: Runtime, name: str) -> Worker:
    return Worker(runtime=runtime, operations={"nothing": _Free()}, name=name, queues=QUEUES)


def cycles(runtime: Runtime, users: list[str], threads: int) -> float:
    """Jobs a second from submission to settlement: submit, claim, run nothing, finish."""

    def several(number: int) -> None:
        worker = _worker(runtime, f"bench:{number}")
        for _ in range(CYCLES):
            with runtime.database.write() as session:
                service.submit(
                    session,
                    operation=_Free(),
                    params=_Nothing(),
                    user_id=users[number],
                    metered=True,
                )
            runner.work_once(worker)

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(several, range(threads)))
    return threads * CYCLES / (time.perf_counter() - began)


def _crowd(runtime: Runtime) -> list[str]:
    """Users who only wait: no password, no account."""
    found = [new_id("usr") for _ in range(CROWD)]
    row = {"full_name": "", "role": Role.USER, "active": True, "metered": False}
    with runtime.database.write() as session:
        rows = [row | {"id": each, "email": each, "created_at": now()} for each in found]
        session.execute(insert(User), rows)
    return found


def claim_ms(runtime: Runtime, users: list[str], backlog: int) -> float:
    """Milliseconds of one claim while so many jobs of these users wait."""
    at = now()
    line = Line(key="transcription", quantity_milli=1000, amount_uc=0)
    row: dict[str, Any] = {
        "operation": "nothing",
        "params": {},
        "metered": False,
        "queue": "default",
        "priority": 1,
        "state": JobState.QUEUED,
        "time_limit_s": 60,
        "prices": prices.to_json(_today(runtime)),
        "quote": lines_to_json((line,)),
        "held_uc": 0,
        "warnings": [],
        "created_at": at,
        "queued_at": at,
    }
    with runtime.database.write() as session:
        session.execute(delete(Job))
        rows = [
            row | {"id": new_id("job"), "user_id": users[n % len(users)]} for n in range(backlog)
        ]
        session.execute(insert(Job), rows)
    claimed = min(40, backlog)
    began = time.perf_counter()
    for _ in range(claimed):
        with runtime.database.write() as session:
            assert claims.claim(session, queues=QUEUES, worker="bench", lease_s=30)
    spent = time.perf_counter() - began
    with runtime.database.write() as session:
        session.execute(delete(Job))
    return spent / claimed * 1000


def _today(runtime: Runtime) -> PriceList:
    with runtime.database.read() as session:
        return prices.current(session)


def events_per_s(runtime: Runtime, users: list[str], threads: int) -> float:
    """Commits of one progress event each."""

    def several(number: int) -> None:
        for done in range(CYCLES):
            with runtime.database.write() as session:
                event_log.append(
                    session, user_id=users[number], type="progress", done_ms=done, total_ms=CYCLES
                )

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(several, range(threads)))
    return threads * CYCLES / (time.perf_counter() - began)


def of_database(name: str, runtime: Runtime) -> Iterator[tuple[str, float]]:
    users = _users(runtime, USERS)
    for threads in THREADS:
        yield f"{name}: jobs/s, {threads} at once", cycles(runtime, users, threads)
    for threads in THREADS:
        yield f"{name}: events/s, {threads} at once", events_per_s(runtime, users, threads)
    for backlog in BACKLOGS:
        yield f"{name}: ms a claim, {backlog} waiting", claim_ms(runtime, users, backlog)
    crowd = _crowd(runtime)
    yield f"{name}: ms a claim, {CROWD} waiting, a user each", claim_ms(runtime, crowd, CROWD)
    with runtime.database.read() as session:
        assert ledger.audit(session) == []


def of_storage(name: str, storage: Storage, folder: Path) -> Iterator[tuple[str, float]]:
    source = folder / "object"
    source.write_bytes(b"\0" * OBJECT_BYTES)
    began = time.perf_counter()
    storage.adopt(source, "bench/object")
    yield f"{name}: MB/s in", OBJECT_BYTES / 1e6 / (time.perf_counter() - began)
    began = time.perf_counter()
    for _ in storage.stream("bench/object", start=0, end=OBJECT_BYTES):
        pass
    yield f"{name}: MB/s out", OBJECT_BYTES / 1e6 / (time.perf_counter() - began)
    storage.delete_prefix("bench")


def measured(folder: Path) -> Iterator[tuple[str, float]]:
    with _runtime(folder / "sqlite", None) as runtime:
        yield from of_database("SQLite", runtime)
    with (
        postgres_server(durable=True) as server,
        server.database() as url,
        _runtime(folder / "pg", url) as runtime,
    ):
        yield from of_database("PostgreSQL", runtime)
    yield from of_storage("folder", local_storage(folder / "media"), folder)
    with s3_server() as s3:
        storage = s3_storage(
            endpoint=s3.endpoint,
            access_key=s3.access_key,
            secret_key=s3.secret_key,
            bucket=s3.new_bucket(),
            region="us-east-1",
            secure=False,
            virtual_host_style=False,
        )
        yield from of_storage("S3", storage, folder)


@contextmanager
def _runtime(folder: Path, url: str | None) -> Iterator[Runtime]:
    with processes(folder, database_url=url) as made:
        yield made.runtime


@click.command()
@click.option("--json", "target", type=click.Path(path_type=Path), help="Also write them here.")
def main(target: Path | None) -> None:
    """Takes about two minutes."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measured(Path(folder)):
            found[name] = round(value, 2)
            click.echo(f"{value:10.1f}  {name}")
    if target is not None:
        target.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
