"""Recordings in other languages through the command, with Whisper base."""

from pathlib import Path

import pytest

from tests.support.command_line import BECKETT, TWO_CITIES, json_lines, run
from tests.support.slow_tests import one_in
from tests.support.whisper_base import MODELS, needs_whisper_base

pytestmark = needs_whisper_base


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REDIS_HOST", "CELERY_BROKER_URL", "MINIO_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BUNDLED_MODELS_DIR", str(MODELS))


@pytest.mark.parametrize("quality", one_in(3, ["balanced", "fast", "best"]))
def test_every_quality_transcribes_english_without_being_told_the_language(quality: str) -> None:
    found = run("transcribe", TWO_CITIES, "-o", "out/", "--json", "--quality", quality)
    assert found.exit_code == 0, found.output
    (facts,) = json_lines(found.stdout)
    assert facts["engine"] == "combined"
    assert facts["language"] == "en"
    assert "it was the age of wisdom" in facts["text"].lower()
    assert ("base" in facts["model"]) or quality != "best"


def test_a_language_that_was_given_is_obeyed() -> None:
    found = run("transcribe", BECKETT, "-o", "out/", "--json", "--language", "de")
    assert found.exit_code == 0, found.output
    (facts,) = json_lines(found.stdout)
    assert (facts["engine"], facts["model"], facts["language"]) == ("combined", "base", "de")


def test_models_list_names_what_came_with_the_installation() -> None:
    listed = run("models", "list")
    assert "faster-whisper:base" in listed.stdout
    assert "bundled, 148 MB" in listed.stdout
    removed = run("models", "remove", "faster-whisper:base")
    assert removed.exit_code != 0
    assert "part of the installation" in removed.output
    assert (MODELS / "faster-whisper" / "base" / "model.bin").is_file()
