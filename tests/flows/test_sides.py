"""Calls with one side on each channel, including simultaneous speech."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import Samples
from tests.support.in_process_service import ApiUser, Harness
from tests.support.media_files import write_wav
from tests.support.speech_samples import recording


def reader(name: str, seconds: int) -> Samples:
    with AudioReader(recording(name)) as reader:
        samples = reader.read(0, seconds * 1_000)
    return np.pad(samples, (0, seconds * 16_000 - len(samples)))


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """Two readers at once, each heard faintly on the other's channel."""
    one, two = reader("two_cities.wav", 12), reader("beckett.wav", 12)
    two = np.roll(two, 16_000)  # it begins a second later
    both = np.stack([one + 0.03 * two, two + 0.03 * one])
    return write_wav(tmp_path / "call.wav", both.astype(np.float32))


def submit(harness: Harness, user: ApiUser, file: Path, **options: str) -> tuple[Any, Any]:
    accepted = user.upload(file, language="en", **options).json()
    harness.work()
    return user.get(f"/jobs/{accepted['task_id']}"), user.recording(accepted["id"], words=True)


def test_both_sides_of_a_call_are_whole_and_are_its_speakers(
    harness: Harness, user: ApiUser, call: Path
) -> None:
    job, found = submit(harness, user, call, diarize="true")
    by = {"S1": "", "S2": ""}
    for segment in found["segments"]:
        by[segment["speaker"]] += f"{segment['text']} "
    assert "it was the best of times" in by["S1"].lower()
    assert "the epoch of belief" in by["S1"].lower()
    assert by["S2"].strip()
    assert "best of times" not in by["S2"].lower()
    starts = [segment["start_ms"] for segment in found["segments"]]
    assert starts == sorted(starts)
    assert {word["speaker"] for s in found["segments"] for word in s["words"]} == {"S1", "S2"}
    assert [s["label"] for s in found["speakers"]] == ["Speaker 1", "Speaker 2"]
    assert job["charged"] == job["held"] == 0.2


def test_speakers_are_marked_only_when_asked_for(
    harness: Harness, user: ApiUser, call: Path
) -> None:
    _, found = submit(harness, user, call)
    assert found["speakers"] == []
    assert {segment["speaker"] for segment in found["segments"]} == {None}
    assert "the epoch of belief" in found["text"].lower()


def test_another_number_of_speakers_is_left_to_the_diarizer(
    harness: Harness, user: ApiUser, call: Path
) -> None:
    _, found = submit(harness, user, call, diarize="true", max_speakers="1")
    assert [s["label"] for s in found["speakers"]] == ["Speaker 1"]
