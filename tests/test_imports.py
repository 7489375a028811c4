"""The import contracts can fail: each one refuses a wrong import that is added to a copy."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.slow_tests import one_in

ROOT = Path(__file__).parent.parent
WRONG = {
    "upwards": ("kit/clock.py", "mp4totext.jobs.models", "Imports point down"),
    "a sibling": ("texts/errors.py", "mp4totext.live.errors", "Imports point down"),
    "inside jobs": ("jobs/models.py", "mp4totext.jobs.service", "Inside jobs imports point down"),
    "inside transcriptions": (
        "transcriptions/schemas.py",
        "mp4totext.transcriptions.service",
        "Inside transcriptions imports point down",
    ),
    "in a circle": (
        "writing/sentences.py",
        "mp4totext.writing.extractive.chapters",
        "No package and no module imports itself",
    ),
    "a circle in decoding": (
        "providers/speech/decoding/quality.py",
        "mp4totext.providers.speech.moonshine",
        "No package and no module imports itself",
    ),
    "between kinds": (
        "providers/diarization/channels.py",
        "mp4totext.providers.speech.languages",
        "Kinds of providers know nothing of one another",
    ),
    "a kind in the registry": (
        "providers/registry.py",
        "mp4totext.providers.speech.table",
        "Kinds of providers know nothing of one another",
    ),
    "inside a kind": (
        "providers/speech/languages.py",
        "mp4totext.providers.speech.choice",
        "Inside a kind: table above decoding above base",
    ),
    "an engine in a list": (
        "providers/text/table.py",
        "mp4totext.providers.text.gemini",
        "Lists of providers load no engine",
    ),
    "a vendor": ("texts/service.py", "openai", "Vendors stay inside providers"),
    "the transcript": ("transcript.py", "mp4totext.kit.ids", "canonical transcript stands alone"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("imports")
    shutil.copytree(
        ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "static")
    )
    shutil.copyfile(ROOT / "pyproject.toml", copy / "pyproject.toml")
    return copy


def checked(copy: Path) -> subprocess.CompletedProcess[str]:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", script, "--no-logo", "--no-cache"],
        cwd=copy,
        env={"PYTHONPATH": str(copy / "src"), "COLUMNS": "200"},
        capture_output=True,
        check=False,
        text=True,
    )


def test_the_code_keeps_every_contract(copy: Path) -> None:
    found = checked(copy)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("wrong", one_in(4, WRONG))
def test_a_wrong_import_is_refused(copy: Path, wrong: str) -> None:
    file, module, contract = WRONG[wrong]
    path = copy / "src" / "mp4totext" / file
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\nimport {module}\n", encoding="utf-8")
    try:
        found = checked(copy)
    finally:
        path.write_text(before, encoding="utf-8")
    assert found.returncode != 0
    broken = [line for line in found.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(contract in line for line in broken), found.stdout
