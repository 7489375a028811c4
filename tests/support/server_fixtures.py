"""Fixtures of real servers, each started once in a test process, at its first use."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

import pytest

from tests.support.servers import (
    PostgresServer,
    ProgramMissing,
    RedisServer,
    S3Server,
    postgres_server,
    redis_server,
    s3_server,
)
from tests.support.service_processes import Api, Service, service

Server = TypeVar("Server")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-servers",
        action="store_true",
        help="fail when anything was skipped, as where a server is not installed",
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not config.getoption("--require-servers"):
        return  # a process of xdist's: what it skipped is reported to the first
    if reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED  # the summary names what was skipped


def _started(
    start: Callable[[], AbstractContextManager[Server]], request: pytest.FixtureRequest
) -> Iterator[Server]:
    try:
        with start() as server:
            yield server
    except ProgramMissing as missing:
        if request.config.getoption("--require-servers"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def started_redis_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    yield from _started(redis_server, request)


@pytest.fixture(scope="session")
def started_postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    yield from _started(postgres_server, request)


@pytest.fixture(scope="session")
def started_s3_server(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    yield from _started(s3_server, request)


@pytest.fixture(scope="session")
def started_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Api]]:
    """The service as processes, shared by tests that each use accounts of their own."""
    variables = {"WEBHOOK_ALLOW_PRIVATE": "true"}
    with (
        service(tmp_path_factory.mktemp("service"), variables) as made,
        made.api() as api,
        made.worker(),
    ):
        yield made, api


@pytest.fixture
def redis_port(started_redis_server: RedisServer) -> int:
    """The port of an empty Redis."""
    with started_redis_server.client() as client:
        client.flushall()
    return started_redis_server.port


@pytest.fixture
def postgres_url(started_postgres_server: PostgresServer) -> Iterator[str]:
    """The SQLAlchemy address of an empty database."""
    with started_postgres_server.database() as url:
        yield url


@pytest.fixture
def s3_bucket(started_s3_server: S3Server) -> tuple[S3Server, str]:
    """An S3 server and the name of an empty bucket on it."""
    return started_s3_server, started_s3_server.new_bucket()
