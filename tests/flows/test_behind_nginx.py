"""The service behind nginx with the shipped configuration: client addresses, streams."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.support.nginx import nginx_before
from tests.support.servers import ProgramMissing
from tests.support.service_processes import PASSWORD, QUICK, Api, Service, service

pytestmark = pytest.mark.slow

LIMITED = {"RATE_LIMIT_ENABLED": "true", "RATE_LIMIT_REGISTER": "1000/hour"}
LOGINS = 10  # a minute: RATE_LIMIT_LOGIN
_numbers = count(1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("proxy")
    with service(folder, {**QUICK, **LIMITED, "FORWARDED_ALLOW_IPS": "127.0.0.1"}) as made:
        yield made


@pytest.fixture(scope="module")
def api(made: Service) -> Iterator[Api]:
    with made.api() as api:
        yield api


@pytest.fixture(scope="module")
def proxy(api: Api, request: pytest.FixtureRequest) -> Iterator[str]:
    try:
        with nginx_before(int(api.url.rpartition(":")[2])) as url:
            yield url
    except ProgramMissing as missing:
        if request.config.getoption("--require-servers"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


def client_at(url: str, address: str) -> httpx.Client:
    return httpx.Client(base_url=url, transport=httpx.HTTPTransport(local_address=address))


def log_in_often(client: httpx.Client, *, forged: bool) -> list[int]:
    """As many times as the limit, and half as often again; each time as somebody else."""
    statuses = []
    for number in range(LOGINS + LOGINS // 2):
        headers = {}
        if forged:
            headers = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": "203.0.113.1"}
        body = {"email": f"nobody{next(_numbers)}@example.com", "password": PASSWORD}
        statuses.append(client.post("/api/v1/auth/login", json=body, headers=headers).status_code)
    return statuses


EXPECTED = [401] * LOGINS + [429] * (LOGINS // 2)


@pytest.mark.parametrize(("address", "forged"), [("127.0.0.11", False), ("127.0.0.12", True)])
def test_each_client_has_its_own_limit_whatever_it_claims(
    proxy: str, address: str, forged: bool
) -> None:
    with client_at(proxy, address) as client:
        assert log_in_often(client, forged=forged) == EXPECTED


def test_only_the_proxy_that_is_named_is_believed(api: Api) -> None:
    """Past the proxy, from an address that is not the proxy's."""
    with client_at(api.url, "127.0.0.13") as client:
        assert log_in_often(client, forged=True) == EXPECTED


def test_without_a_named_proxy_nobody_is_believed(made: Service) -> None:
    environment = {k: v for k, v in made.environment.items() if k != "FORWARDED_ALLOW_IPS"}
    unnamed = Service(
        folder=made.folder, environment=environment, runtime=made.runtime, started=made.started
    )
    with unnamed.api() as api, client_at(api.url, "127.0.0.1") as client:
        assert log_in_often(client, forged=True) == EXPECTED


def test_uploads_events_and_refusals_pass_through(made: Service, api: Api, proxy: str) -> None:
    account = made.account(api)
    with httpx.Client(base_url=proxy, headers=account.headers, timeout=30) as client:
        sent = client.post(
            "/api/v1/transcriptions", content=bytes(4 << 20), headers={"X-Filename": "zeros"}
        )
        assert (sent.status_code, sent.json()["code"]) == (415, "not_media")
        large = client.post("/api/v1/auth/login", content=b" " * (2 << 20))
        assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
        crowded = client.get("/health", headers={f"X-{n}": "a" * 10_000 for n in range(10)})
        assert crowded.status_code in (400, 431)
        assert client.get("/metrics").status_code == 404
    token = account.headers["Authorization"].partition(" ")[2]
    address = proxy.replace("http", "ws") + "/api/v1/ws?since=0"
    with connect(address, subprotocols=["bearer", token]) as socket:  # type: ignore[list-item]
        assert '"credit_update"' in str(socket.recv(timeout=10))
