"""Each message about something missing has the command that installs it."""

import ast
import re
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from mp4totext.kit.packages import Installation, installation
from mp4totext.providers import registry, vad
from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.kinds import entries
from mp4totext.providers.model_files import (
    PULLED,
    faster_whisper_missing,
    split_reference,
    whisper_missing,
)
from mp4totext.providers.onnx_models import onnx_missing
from mp4totext.providers.speech import moonshine_files
from mp4totext.providers.voice.kokoro_files import kokoro_missing
from mp4totext.settings import AppSettings, EngineSettings, Settings

PACKAGE = Path(__file__).parents[1] / "src" / "mp4totext"
FUNCTIONS = {"install_command", "own_command", "program_command", "reinstall_command"}
# The modules whose messages name a command. A new one belongs here, with a test of its message.
MESSAGES = {
    "commands/doctor.py": {"reinstall_command"},
    "commands/mcp.py": {"install_command"},
    "kit/db.py": {"install_command"},
    "kit/tracing.py": {"install_command"},
    "providers/diarization/pyannote.py": {"install_command"},
    "providers/diarization/voice_networks.py": {"install_command"},
    "providers/model_downloads.py": {"install_command"},
    "providers/model_files.py": {"own_command"},
    "providers/onnx_models.py": {"own_command"},
    "providers/packaged_models.py": {"install_command"},
    "providers/registry.py": {"install_command"},
    "providers/speech/moonshine_files.py": {"install_command"},
    "providers/speech/onnx_asr.py": {"own_command"},
    "providers/vad.py": {"install_command"},
    "providers/voice/system_programs.py": {"program_command"},
    "videos/rendering.py": {"own_command"},
}
BY_HAND = re.compile(r"pip install|pipx |uvx |models pull \w+:|make install|apt(-get)? install")
ROWS = [
    pytest.param(entry, id=f"{kind} {name}") for kind, name, entry in entries() if entry.install
]
ENVIRONMENTS = [
    Installation(kind="clone", python=".venv/bin/python"),
    Installation(kind="pip"),
    Installation(kind="pipx"),
    Installation(kind="uv tool"),
    Installation(kind="uvx"),
    Installation(kind="homebrew"),
]


@cache
def modules() -> dict[str, ast.Module]:
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "packages.py"
    }


def called(tree: ast.Module) -> set[str]:
    return {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in FUNCTIONS
    }


def docstrings(tree: ast.Module) -> set[str | None]:
    described = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, described)
    }


def test_every_module_that_names_a_command_is_listed() -> None:
    found = {name: called(tree) for name, tree in modules().items()}
    assert {name: names for name, names in found.items() if names} == MESSAGES


def test_no_command_is_written_by_hand() -> None:
    for name, tree in modules().items():
        texts = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not [t for t in texts - docstrings(tree) if BY_HAND.search(t)], name


@pytest.mark.parametrize("entry", ROWS)
def test_a_provider_names_packages_that_this_project_knows(
    entry: registry.Entry[Any], tmp_path: Path
) -> None:
    settings = Settings(app=AppSettings(data_dir=tmp_path))
    absent = replace(entry, modules=("nothing_of_this_name",))
    command = installation().install(*entry.install)
    assert registry.missing(absent, settings) == f"nothing_of_this_name is not installed: {command}"
    extras = metadata.metadata("mp4totext").get_all("Provides-Extra") or []
    for requirement in entry.install:
        if requirement.startswith("mp4totext["):
            assert requirement.removeprefix("mp4totext[").removesuffix("]") in extras


@pytest.mark.parametrize("here", ENVIRONMENTS, ids=lambda here: here.kind)
def test_each_environment_has_a_command_for_each_provider(here: Installation) -> None:
    for _kind, _name, entry in entries():
        if not entry.install:
            continue
        command = here.install(*entry.install)
        if here.kind in ("pipx", "uv tool", "uvx", "homebrew"):  # they know no extra of ours
            assert "mp4totext[" not in command
            assert ">=" in command or "==" in command, command
        assert "''" not in command


@pytest.mark.parametrize(
    ("missing", "model"),
    [
        (faster_whisper_missing, "small"),
        (whisper_missing, "small"),
        (onnx_missing, "nemo-parakeet-tdt-0.6b-v3"),
        (kokoro_missing, None),
    ],
)
def test_a_missing_model_is_pulled_by_the_command_of_this_environment(
    missing: Any, model: str | None, tmp_path: Path
) -> None:
    settings = Settings(
        app=AppSettings(data_dir=tmp_path), engines=EngineSettings(bundled_models_dir=tmp_path)
    )
    command = missing(settings, model).split("`")[1]
    reference = command.rpartition(" ")[2]
    assert command == installation().run(f"models pull {reference}")
    assert split_reference(reference)[0] in PULLED


@pytest.mark.parametrize(
    ("read", "files"),
    [
        (lambda _folder: vad._asset(), ["faster_whisper/assets/silero_vad_v6.onnx"]),
        (
            moonshine_files.prepare,
            [f"moonshine_voice/assets/tiny-en/{name}" for name in moonshine_files._SHA256],
        ),
    ],
    ids=["faster-whisper", "moonshine-voice"],
)
def test_a_file_that_was_deleted_from_its_package_is_missing(
    read: Any, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = tmp_path / "package-1.dist-info"
    described.mkdir()
    (described / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    there = metadata.Distribution.at(described)
    monkeypatch.setattr(metadata, "files", lambda _name: there.files)
    with pytest.raises(ProviderMisconfigured, match="pip install --force-reinstall --no-deps"):
        read(tmp_path)
