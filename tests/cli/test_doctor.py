"""``mp4totext doctor``."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import run


def test_doctor_finds_nothing_on_a_good_machine() -> None:
    found = run("doctor", "--json")
    assert found.exit_code == 0, found.output
    parts = {part["part"]: part for part in json.loads(found.stdout)}
    assert parts["transcription"]["detail"] == "the sample was transcribed correctly"
    assert all(part["ok"] for part in parts.values())


def test_doctor_does_not_blame_the_program_for_a_folder_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    (here / "file").touch()
    monkeypatch.setenv("DATA_DIR", str(here / "file" / "data"))
    monkeypatch.setenv("MODELS_DIR", str(here / "file" / "data" / "models"))
    found = run("doctor")
    assert found.exit_code == 1
    assert "data folder: set DATA_DIR" in found.stdout
    assert "reinstall" not in found.stdout


def test_doctor_names_what_is_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REDIS_HOST", "127.0.0.1")
    monkeypatch.setenv("REDIS_PORT", "1")
    monkeypatch.setenv("REDIS_PASSWORD", "very-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://me:hush@127.0.0.1:1/none")
    monkeypatch.setenv("MINIO_ENDPOINT", "127.0.0.1:1")
    found = run("doctor")
    assert found.exit_code == 1
    for variable in ("REDIS_HOST", "DATABASE_URL", "MINIO_ACCESS_KEY"):
        assert variable in found.stdout
    assert "127.0.0.1:1" in found.stdout
    assert "very-secret" not in found.output
    assert "hush" not in found.output
