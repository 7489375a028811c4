"""Install commands in messages match the installation."""

import json
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from mp4totext.kit.packages import Installation, installation, program_command

OPENAI = "mp4totext[openai]"
UV_ENVIRONMENT = '"$(uv tool dir)/mp4totext"'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Where an installed package lies: no pyproject.toml around it."""
    return tmp_path / "lib"


def environment(folder: Path, *programs: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    for program in programs:
        (folder / "bin" / program).touch(mode=0o755)
    return folder


def test_a_clone_installs_its_own_extras_from_its_folder(clone: Path) -> None:
    here = installation(source=clone, prefix=clone / ".venv", current=clone)
    assert here.install(OPENAI) == ".venv/bin/pip install -e '.[openai]'"
    assert here.install("mp4totext[onnx-asr]") == ".venv/bin/pip install -e '.[onnx-asr]'"
    assert here.run("models pull x:y") == ".venv/bin/mp4totext models pull x:y"
    assert here.reinstall() == "make -C . clean install"


def test_outside_its_folder_the_command_has_the_paths(clone: Path, tmp_path: Path) -> None:
    here = installation(source=clone, prefix=clone / ".venv", current=tmp_path, public=False)
    assert here.install(OPENAI) == f"{clone}/.venv/bin/pip install -e '{clone}[openai]'"
    assert here.run("doctor") == f"{clone}/.venv/bin/mp4totext doctor"
    assert here.reinstall() == f"make -C {clone} clean install"


def test_public_commands_name_no_folder_of_this_machine(clone: Path, tmp_path: Path) -> None:
    here = installation(source=clone, prefix=clone / ".venv", current=tmp_path, public=True)
    assert here.install(OPENAI) == ".venv/bin/pip install -e '.[openai]'"
    assert here.run("doctor") == ".venv/bin/mp4totext doctor"
    plain = installation(
        source=tmp_path / "lib", prefix=tmp_path / "env", current=tmp_path, public=True
    )
    assert plain.install(OPENAI) == "python -m pip install 'mp4totext[openai]'"
    assert plain.run("doctor") == "mp4totext doctor"


def test_an_activated_environment_is_named_by_its_python(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = environment(tmp_path / "env", "python", "mp4totext")
    monkeypatch.setenv("PATH", str(prefix / "bin"))
    here = installation(source=elsewhere, prefix=prefix, current=elsewhere, public=False)
    assert here.install(OPENAI) == "python -m pip install 'mp4totext[openai]'"
    assert here.install("torch", "pyannote.audio>=4") == (
        "python -m pip install torch 'pyannote.audio>=4'"
    )
    assert here.install("toys==1", force=True) == (
        "python -m pip install --force-reinstall --no-deps toys==1"
    )
    assert here.run("doctor") == "mp4totext doctor"


def test_another_environment_is_named_by_its_path(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = environment(tmp_path / "env")
    monkeypatch.setenv("PATH", "")
    near = installation(source=elsewhere, prefix=prefix, current=tmp_path, public=False)
    assert near.install(OPENAI) == "./env/bin/pip install 'mp4totext[openai]'"
    assert near.run("doctor") == "./env/bin/mp4totext doctor"
    far = installation(source=elsewhere, prefix=prefix, current=elsewhere, public=False)
    assert far.install("toys") == f"{prefix}/bin/pip install toys"


@pytest.mark.parametrize(
    ("marker", "install", "forced", "again", "run"),
    [
        (
            "pipx_metadata.json",
            "pipx inject mp4totext 'openai>=2'",
            "pipx runpip mp4totext install --force-reinstall --no-deps toys==1",
            "pipx reinstall mp4totext",
            "mp4totext doctor",
        ),
        (
            "uv-receipt.toml",
            f"uv pip install --python {UV_ENVIRONMENT} 'openai>=2'",
            f"uv pip install --python {UV_ENVIRONMENT} --reinstall --no-deps toys==1",
            "uv tool upgrade --reinstall mp4totext",
            "mp4totext doctor",
        ),
    ],
    ids=["pipx", "uv tool"],
)
def test_tools_that_keep_an_environment_add_to_it(
    marker: str, install: str, forced: str, again: str, run: str, elsewhere: Path, tmp_path: Path
) -> None:
    (tmp_path / marker).touch()
    here = installation(source=elsewhere, prefix=tmp_path)
    assert here.install(OPENAI) == install
    assert here.install("toys==1", force=True) == forced
    assert here.reinstall() == again
    assert here.run("doctor") == run


def test_uvx_is_started_again_with_what_is_missing(elsewhere: Path, tmp_path: Path) -> None:
    here = installation(source=elsewhere, prefix=tmp_path / "archive-v0" / "1a2b")
    assert here.kind == "uvx"
    wheel = Installation(kind="uvx", origin="./dist/a.whl")
    assert wheel.install(OPENAI) == "uvx --with 'openai>=2' --from ./dist/a.whl mp4totext"
    assert wheel.install("toys==1", force=True) == (
        "uvx --reinstall --with toys==1 --from ./dist/a.whl mp4totext"
    )
    assert wheel.run("models pull x:y") == "uvx --from ./dist/a.whl mp4totext models pull x:y"
    assert wheel.reinstall() == "uvx --reinstall --from ./dist/a.whl mp4totext doctor"


def test_homebrew_adds_to_the_environment_of_its_formula(elsewhere: Path) -> None:
    prefix = Path("/opt/homebrew/Cellar/mp4totext/1.0/libexec")
    here = installation(source=elsewhere, prefix=prefix)
    python = '"$(brew --prefix mp4totext)/libexec/bin/python"'
    assert here.install(OPENAI) == f"{python} -m pip install 'openai>=2'"
    assert here.reinstall() == "brew reinstall mp4totext"


def test_an_extra_of_extras_is_all_their_packages() -> None:
    command = Installation(kind="pipx").install("mp4totext[vendors]")
    assert "'openai>=2'" in command
    assert "assemblyai" in command
    assert command.count("openai") == 1
    assert "mp4totext[" not in command


class Distribution:
    def __init__(self, url: str | None) -> None:
        self._url = url

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return None if self._url is None else json.dumps({"url": self._url})


@pytest.mark.parametrize(
    ("url", "public", "origin"),
    [
        ("file:///wheels/dist/a%201.whl", False, "./dist/a 1.whl"),
        ("file:///elsewhere/a.whl", False, "/elsewhere/a.whl"),
        ("file:///elsewhere/a.whl", True, "./a.whl"),
        ("https://example.org/a.whl", False, "mp4totext"),
        (None, False, "mp4totext"),
    ],
)
def test_the_program_itself_comes_from_where_it_came_from(
    url: str | None, public: bool, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def distribution(_name: str) -> Any:
        return Distribution(url)

    monkeypatch.setattr(metadata, "distribution", distribution)
    here = installation(
        source=Path("/lib"), prefix=Path("/env"), current=Path("/wheels"), public=public
    )
    assert here.origin == origin


def test_without_metadata_the_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def distribution(_name: str) -> Any:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "distribution", distribution)
    assert installation(source=Path("/lib"), prefix=Path("/env")).origin == "mp4totext"


def test_a_program_is_added_by_the_systems_own_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program_command("espeak-ng") == ""
    (tmp_path / "brew").touch(mode=0o755)
    assert program_command("espeak-ng") == "brew install espeak-ng"
    (tmp_path / "apt-get").touch(mode=0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert program_command("espeak-ng") == "sudo apt-get install espeak-ng"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert program_command("espeak-ng") == "apt-get install espeak-ng"


def test_this_environment_has_the_python_that_runs() -> None:
    here = installation()
    assert here.kind in ("clone", "pip")
    assert here.python
    assert sys.prefix
