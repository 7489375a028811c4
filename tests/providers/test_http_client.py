"""A vendor's HTTP API without an SDK: its failures are ours, and its key stays here."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from mp4totext.providers import registry
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)
from mp4totext.providers.http_client import HttpClient
from mp4totext.providers.registry import Entry
from mp4totext.providers.text.table import TEXT
from mp4totext.settings import AppSettings, EngineSettings, Settings
from tests.conformance.server import Received, Reply, Server, running

KEY = "sk-0123456789abcdef"
ROW = Entry(
    title="Acme",
    factory="mp4totext.providers.http_client:HttpClient",
    capabilities=None,
    key="OPENAI_API_KEY",
    base_url="OPENAI_BASE_URL",
)


class Echo:
    def answer(self, request: Received) -> Reply:
        return Reply(body={"path": request.path, "key": request.headers.get("authorization")})


@pytest.fixture
def server() -> Iterator[Server]:
    with running(Echo()) as running_server:
        yield running_server


@pytest.fixture
def client(server: Server, tmp_path: Path) -> Iterator[HttpClient]:
    engines = EngineSettings(
        openai_api_key=SecretStr(KEY),
        openai_base_url=server.url,
        vendor_timeout_s=0.5,
        vendor_connect_timeout_s=0.5,
    )
    settings = Settings(app=AppSettings(app_env="test", data_dir=tmp_path), engines=engines)
    with registry.build({"acme": ROW}, "acme", settings) as built:
        yield built


def test_the_key_goes_along(client: HttpClient) -> None:
    assert client.post_for_json("/v1/x", json={}) == {"path": "/v1/x", "key": f"Bearer {KEY}"}


@pytest.mark.parametrize(
    ("reply", "kind", "message"),
    [
        (Reply(status=400, body={"error": "too long"}), ProviderRejected, "too long"),
        (Reply(status=400, body={"error": {"message": "too long"}}), ProviderRejected, "too long"),
        (Reply(status=400, body={"message": "too long"}), ProviderRejected, "too long"),
        (Reply(status=400, body=b"too long"), ProviderRejected, "too long"),
        (Reply(status=401, body={"error": f"not {KEY}"}), ProviderMisconfigured, "OPENAI_API_KEY"),
        (Reply(status=429, body={}), ProviderBusy, "busy"),
        (Reply(status=500, body=b"<html>"), ProviderUnreachable, "failed (500)"),
        (Reply(body=b"[1]"), ProviderUnreachable, "cannot be read"),
        (Reply(body=b"no"), ProviderUnreachable, "cannot be read"),
        (Reply(body={}, after_s=1), ProviderUnreachable, "in time"),
        (Reply(body={"a": "long body"}, cut_at=3), ProviderUnreachable, "could not be reached"),
    ],
)
def test_failures(
    client: HttpClient, server: Server, reply: Reply, kind: type[ProviderError], message: str
) -> None:
    server.fail(reply)
    with pytest.raises(ProviderError) as failed:
        client.post_for_json("/v1/x", json={})
    assert type(failed.value) is kind
    assert message in failed.value.message
    assert KEY not in failed.value.message


@pytest.fixture
def full_port() -> Iterator[str]:
    """The address of a port that accepts no more connections: packets to it are dropped."""
    with ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


@pytest.mark.slow
def test_a_vendor_that_accepts_no_connection_was_not_reached(full_port: str) -> None:
    engines = EngineSettings(
        openai_api_key=SecretStr(KEY), openai_base_url=full_port, vendor_connect_timeout_s=0.3
    )
    settings = Settings(engines=engines)
    client = registry.build({"acme": ROW}, "acme", settings)
    with client, pytest.raises(ProviderUnreachable) as by_http:
        client.get_json("/x")
    with pytest.raises(ProviderUnreachable) as by_sdk:
        registry.build(TEXT, "openai", settings).models()
    assert (by_http.value.code, by_sdk.value.code) == ("connection", "connection")


def test_the_vendors_code_is_kept(client: HttpClient, server: Server) -> None:
    server.fail(Reply(status=400, body={"error": {"message": "no", "code": "content_refused"}}))
    with pytest.raises(ProviderRejected) as refused:
        client.post("/v1/x", json={})
    assert refused.value.code == "content_refused"
