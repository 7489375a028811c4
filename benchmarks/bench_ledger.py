"""Measures pairs of hold and settle per second against bare commits of a row, on each database."""

import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, String, Table, insert

from benchmarks.measure import Figure, middle
from mp4totext import migrations
from mp4totext.auth import service as auth
from mp4totext.credits import ledger
from mp4totext.credits.ledger import Charge
from mp4totext.credits.quotes import Line
from mp4totext.kit.db import Database
from mp4totext.kit.ids import new_id
from tests.support.servers import ProgramMissing, postgres_server
from tests.support.service_processes import PASSWORD, service

PAIRS = 150
ROUNDS = 3
_PLAIN = Table("bare", MetaData(), Column("id", Integer, primary_key=True), Column("x", String(80)))


def pairs(folder: Path) -> Iterator[Figure]:
    """Pairs per second. The target is for a default PostgreSQL, whose commits wait for the disk."""
    yield _figure("SQLite", f"sqlite:///{folder / 'ledger.db'}", folder, target=None)
    for durable in (True, False):
        name = "PostgreSQL" if durable else "PostgreSQL that does not wait for the disk"
        try:
            with postgres_server(durable=durable) as server, server.database() as url:
                yield _figure(name, url, folder, target=">= 0.25" if durable else None)
        except ProgramMissing as missing:
            yield Figure(name=f"hold+settle on {name}: {missing}", value=float("nan"))


def _figure(name: str, url: str, folder: Path, *, target: str | None) -> Figure:
    with service(folder / "ledger", database_url=url) as made:
        database = made.runtime.database
        migrations.upgrade(database)
        user = auth.register(made.runtime, email="a@example.com", password=PASSWORD)
        with database.write() as session:
            ledger.grant(session, user_id=user.id, amount_uc=10**12, key="g", reason="bench")
        _PLAIN.create(database.engine)
        bare, both = [], []
        for _ in range(ROUNDS):
            bare.append(_commits(database))
            both.append(_hold_and_settle(database, user.id))
        with database.read() as session:
            assert ledger.audit(session) == []
        _PLAIN.drop(database.engine)
    return Figure(
        name=f"hold+settle pairs / bare INSERT commits, {name}",
        value=middle(both) / middle(bare),
        target=target,
        facts={"pairs_per_s": round(middle(both)), "bare_per_s": round(middle(bare))},
    )


def _commits(database: Database) -> float:
    """Commits per second without a session and with a statement that is built once."""
    engine = database.engine.execution_options(writes=True)
    statement = insert(_PLAIN)
    began = time.perf_counter()
    for _ in range(PAIRS):
        with engine.begin() as connection:
            connection.execute(statement, {"x": "x" * 80})
    return PAIRS / (time.perf_counter() - began)


def _hold_and_settle(database: Database, user_id: str) -> float:
    line = Line(key="transcription", quantity_milli=1000, amount_uc=1_000_000)
    began = time.perf_counter()
    for _ in range(PAIRS):
        charge = Charge(
            user_id=user_id, job_id=new_id("job"), run=1, operation="bench", subject_id=None
        )
        with database.write() as session:
            ledger.hold(session, charge, line.amount_uc)
        with database.write() as session:
            ledger.settle(session, charge, [line])
    return PAIRS / (time.perf_counter() - began)
