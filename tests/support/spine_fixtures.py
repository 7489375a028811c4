"""The fixture ``spine``: jobs and credits with toy operations, on SQLite and PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from mp4totext import migrations
from mp4totext.credits import ledger
from mp4totext.kit.db import Database
from mp4totext.runtime import Runtime
from mp4totext.settings import DatabaseSettings, JobSettings
from tests.conftest import settings_for
from tests.support.servers import PostgresServer
from tests.support.toy_operation import Spine


@pytest.fixture(scope="session")
def postgres_template(started_postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a migrated database, which is copied for each test."""
    with started_postgres_server.database() as url:
        database = Database(url)
        migrations.upgrade(database)
        database.close()
        yield url.rpartition("/")[2]


@pytest.fixture
def migrated_postgres_url(
    postgres_template: str, started_postgres_server: PostgresServer
) -> Iterator[str]:
    """A migrated database: a copy, as migrations take a second of processor time."""
    name = f"test_{uuid4().hex}"
    started_postgres_server._run(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield started_postgres_server.url(name)
    started_postgres_server._run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """A migrated database: None for the SQLite file in the data folder."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("empty_database"), tmp_path / "mp4totext.db")
        yield None
    else:
        yield request.getfixturevalue("migrated_postgres_url")


@pytest.fixture
def spine(database_url: str | None, tmp_path: Path) -> Iterator[Spine]:
    settings = settings_for(tmp_path).model_copy(
        update={
            "database": DatabaseSettings(database_url=database_url),
            "jobs": JobSettings(
                job_lease_s=3, job_drain_s=0, job_max_retries=2, webhook_allow_private=True
            ),
        }
    )
    runtime = Runtime(settings)
    yield Spine(runtime)
    with runtime.database.read() as session:
        assert ledger.audit(session) == []
    runtime.close()
