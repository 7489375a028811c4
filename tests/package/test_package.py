"""The built package in fresh environments: offline, and by each installer.

That advice brings what is missing is in `test_missing`, for each thing.
"""

import json
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.package.environments import TOOLS, Place, sdist, wheel

CHECK = Path(__file__).with_name("service_check.py")
SAMPLE = "It was the best of times"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An environment of Python's own, with the wheel installed from its file."""
    folder = tmp_path_factory.mktemp("plain")
    place = Place(folder, (folder / "env" / "bin",))
    place.run(TOOLS / "uv", "venv", "--quiet", "env")
    place.run(TOOLS / "uv", "pip", "install", "--quiet", "--python", "env", wheel())
    return place


def transcribed(place: Place, *command: object) -> str:
    arguments = ("transcribe", "--sample", "--language", "en")
    return place.offline(*(command or ("mp4totext",)), *arguments)


def state(place: Place, name: str, *, command: str = "mp4totext", **variables: str) -> str:
    """What a list of providers says about one that transcribes: the reason, or "ready"."""
    listed = json.loads(place.shell(f"{command} providers list --json", **variables))
    (row,) = [row for row in listed if (row["kind"], row["name"]) == ("speech", name)]
    return str(row["missing"] or "ready")


def advice(reason: str) -> str:
    return reason.partition(": ")[2]


def unpacked(folder: Path) -> Path:
    """The project's folder, as a clone has it, but without its history."""
    with tarfile.open(sdist()) as archive:
        archive.extractall(folder, filter="data")
    (project,) = folder.iterdir()
    return project


def test_somebody_who_tries_the_network_is_noticed(tmp_path: Path) -> None:
    look_up = "import socket, contextlib\nwith contextlib.suppress(OSError):\n    "
    look_up += "socket.create_connection(('192.0.2.1', 80))"
    with pytest.raises(AssertionError, match="tried the network"):
        Place(tmp_path).offline(sys.executable, "-c", look_up)


def test_a_recording_is_transcribed_without_a_network(plain: Place) -> None:
    assert SAMPLE in transcribed(plain)


def test_service_page_mcp_and_library_work_without_a_network(plain: Place) -> None:
    refused = plain.run("sh", "-c", "mp4totext mcp 2>&1 || true")
    command = refused.split("`")[1]
    assert command == "python -m pip install 'mp4totext[mcp]'"
    plain.shell(command)
    told: dict[str, Any] = json.loads(plain.offline("python", CHECK).splitlines()[-1])
    assert told["title"] is True
    assert told["script"] > 10_000
    assert "transcribe" in " ".join(told["tools"])
    assert SAMPLE in told["text"]


def test_an_environment_that_is_not_activated_is_named_by_its_path(plain: Place) -> None:
    outside = Place(plain.folder)
    reason = state(outside, "groq", command="env/bin/mp4totext")
    assert advice(reason) == "./env/bin/pip install 'mp4totext[groq]'"
    outside.shell(advice(reason))
    assert state(outside, "groq", command="env/bin/mp4totext") == "set GROQ_API_KEY"


def test_a_source_distribution_builds_without_git(tmp_path: Path) -> None:
    place = Place(tmp_path)
    folder = unpacked(tmp_path)
    assert not (folder / ".git").exists()
    place.run(TOOLS / "uv", "build", "--quiet", "--wheel", "--out-dir", "out", folder.name)
    (built,) = (tmp_path / "out").glob("*.whl")
    assert built.name == wheel().name
    assert built.stat().st_size == pytest.approx(wheel().stat().st_size, rel=0.01)


def test_uv_installs_it_as_a_tool(tmp_path: Path) -> None:
    place = Place(tmp_path, (tmp_path / "bin", TOOLS))
    place.run("uv", "tool", "install", "--quiet", wheel())
    program = tmp_path / "bin" / "mp4totext"  # TOOLS has one too
    assert SAMPLE in transcribed(place, program)
    command = advice(state(place, "openai", command=str(program)))
    assert command == "uv pip install --python \"$(uv tool dir)/mp4totext\" 'openai>=2'"
    place.shell(command)
    assert state(place, "openai", command=str(program)) == "set OPENAI_API_KEY"


def test_uvx_runs_it_from_its_file(tmp_path: Path) -> None:
    place = Place(tmp_path, (TOOLS,))
    file = shutil.copy(wheel(), tmp_path)
    command = f"uvx --from ./{Path(file).name} mp4totext"
    reason = state(place, "openai", command=command)
    assert SAMPLE in transcribed(place, "uvx", "--offline", "--from", file, "mp4totext")
    advised = advice(reason)
    assert advised == f"uvx --with 'openai>=2' --from ./{Path(file).name} mp4totext"
    assert state(place, "openai", command=advised) == "set OPENAI_API_KEY"


def test_pipx_installs_it(tmp_path: Path) -> None:
    tools = tmp_path / "pipx-env"
    place = Place(tmp_path, (tmp_path / "bin", tools / "bin"))
    place.run(TOOLS / "uv", "venv", "--quiet", tools)
    place.run(TOOLS / "uv", "pip", "install", "--quiet", "--python", tools, "pipx")
    place.run("pipx", "install", "--quiet", wheel())
    assert SAMPLE in transcribed(place)
    command = advice(state(place, "openai"))
    assert command == "pipx inject mp4totext 'openai>=2'"
    place.shell(command)
    assert state(place, "openai") == "set OPENAI_API_KEY"


def test_a_clone_adds_an_extra_from_its_folder(tmp_path: Path) -> None:
    there = Place(unpacked(tmp_path))
    there.run(TOOLS / "uv", "venv", "--quiet", ".venv")
    there.run(TOOLS / "uv", "pip", "install", "--quiet", "--python", ".venv", "-e", ".")
    program = ".venv/bin/mp4totext"
    command = advice(state(there, "openai", command=program))
    assert command == ".venv/bin/pip install -e '.[openai]'"
    there.shell(command)
    assert state(there, "openai", command=program) == "set OPENAI_API_KEY"
