"""Connections of adapters end with the registry's providers, or with the process."""

import gc
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext.providers import connections, registry
from mp4totext.providers.registry import Entry, Table
from mp4totext.providers.text.table import TEXT
from mp4totext.settings import AppSettings, EngineSettings, Settings
from tests.conformance.server import Received, Reply, Server, running

# What is registered first runs last at the end of the process.
ONE_CALL = """
import atexit
import sys
atexit.register(lambda: print(adapter._client.api.is_closed()))
from pathlib import Path
from tests.providers.test_connections import called
adapter = called(sys.argv[1], Path(sys.argv[2]))
"""


class OneModel:
    def answer(self, request: Received) -> Reply:
        return Reply(body={"object": "list", "data": [{"id": "gpt-toy", "object": "model"}]})


@pytest.fixture
def server() -> Iterator[Server]:
    with running(OneModel()) as running_server:
        yield running_server


def settings_for(url: str, folder: Path) -> Settings:
    engines = EngineSettings(openai_api_key=SecretStr("sk-test"), openai_base_url=url)
    return Settings(app=AppSettings(app_env="test", data_dir=folder), engines=engines)


def called(url: str, folder: Path) -> object:
    """An adapter with the SDK's client, after a call that leaves its connection open."""
    adapter = registry.build(TEXT, "openai", settings_for(url, folder))
    assert [model.name for model in adapter.models()] == ["gpt-toy"]
    return adapter


def test_they_end_when_the_registry_lets_go_of_its_providers(
    server: Server, tmp_path: Path
) -> None:
    adapter = called(server.url, tmp_path)
    registry.forget()
    with pytest.raises(RuntimeError, match="client has been closed"):
        adapter.models()  # type: ignore[attr-defined]  # of the row's kind


TOYS: Table[None] = {
    "toys": Entry(
        title="Toys",
        factory="mp4totext.providers.http_client:HttpClient",
        capabilities=None,
        key="OPENAI_API_KEY",
        base_url="OPENAI_BASE_URL",
    )
}


def test_trusted_certificates_are_read_once(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, *files: Any, **more: Any) -> None:
        read.append(files)
        load(context, *files, **more)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    connections.trusted_certificates.cache_clear()
    for number in range(3):
        registry.build(TOYS, "toys", settings_for(f"{server.url}/{number}", tmp_path))
    assert len(read) == 1


def test_they_are_closed_before_their_adapter_is_gone(server: Server, tmp_path: Path) -> None:
    settings = settings_for(server.url, tmp_path)
    assert registry.build(TOYS, "toys", settings).get_json("/models")
    registry.forget()
    gc.collect()  # Python warns of a socket that nobody closed, which fails a test here


def test_they_end_with_the_process(server: Server, tmp_path: Path) -> None:
    command = [sys.executable, "-c", ONE_CALL, server.url, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "True\n"


def test_one_that_is_closed_already_may_be_closed_again() -> None:
    class Counted:
        closed = 0

        def close(self) -> None:
            self.closed += 1

    connection = connections.close_at_exit(Counted())
    connection.close()
    connections.close_all()
    connections.close_all()
    assert connection.closed == 2
