"""The link that ``serve`` and ``open`` print, and the conditions to open a browser."""

import io
import stat
import sys
import webbrowser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mp4totext import migrations
from mp4totext.commands import open_page
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings, has_screen
from tests.conftest import app_for, settings_for
from tests.support.command_line import run

LINK = "http://127.0.0.1:8002/#code=mp4c_x"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def sit_down(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A person in front of a screen: what their browser is asked to open."""
    addresses: list[str] = []
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("DISPLAY", ":0")
    return addresses


def test_open_prints_a_link_that_signs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "nX7qkR2vLw9sTz4bYc8mJd3fHg6pVa1eUoQi5W0x")
    runtime = Runtime(settings_for(tmp_path))
    migrations.upgrade(runtime.database)
    done = run("open", "--data", tmp_path, "--port", 9000)
    assert done.exit_code == 0, done.output
    address, _, code = done.stdout.strip().partition("#code=")
    assert address == "http://127.0.0.1:9000/"
    page = TestClient(app_for(runtime), base_url=address, client=("127.0.0.1", 50_000))
    answer = page.post(
        "/api/v1/auth/session/code", json={"code": code}, headers={"Origin": address.rstrip("/")}
    )
    assert answer.json()["role"] == "admin"
    runtime.close()


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8002/"),
        ("::1", "http://[::1]:8002/"),
        ("localhost", "http://localhost:8002/"),
        ("0.0.0.0", "http://127.0.0.1:8002/"),
        ("mp4.example.com", "http://127.0.0.1:8002/"),
    ],
)
def test_the_link_is_for_this_machine(settings: Settings, host: str, address: str) -> None:
    assert open_page.address_of(settings, host, 8002) == address


def test_a_browser_is_given_the_link_in_a_file_of_its_owner(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = sit_down(monkeypatch)
    for _ in range(2):  # also where an older file lies
        open_page.show(LINK, settings)
    path = settings.data_dir / open_page.LINK_FILE
    assert opened == [path.as_uri()] * 2
    assert LINK in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_opened_without_a_screen(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = sit_down(monkeypatch)
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    open_page.show(LINK, settings)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert has_screen()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    open_page.show(LINK, settings)
    assert opened == []


def test_a_browser_that_does_not_start_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_down(monkeypatch)

    def fails(_address: str) -> None:
        raise webbrowser.Error("could not locate runnable browser")

    said: list[str] = []
    monkeypatch.setattr(webbrowser, "open", fails)
    monkeypatch.setattr(open_page, "note", lambda message, **_: said.append(message))
    open_page.show(LINK, settings)
    assert said == ["No browser could be opened: could not locate runnable browser"]
