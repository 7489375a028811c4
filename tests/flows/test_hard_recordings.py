"""Difficult files: all words are transcribed once, with correct warnings."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import hard_recordings
from tests.support.hard_recordings import BEST, HARD, LAST, TRY
from tests.support.in_process_service import ApiUser, Harness
from tests.support.slow_tests import one_in


def transcribed(harness: Harness, user: ApiUser, path: Path, **options: str) -> Any:
    accepted = user.upload(path, language="en", **options)
    assert accepted.status_code == 202, accepted.text
    harness.work()
    return user.recording(accepted.json()["id"])


@pytest.mark.parametrize("kind", one_in(4, HARD))
def test_all_words_once_and_no_warning(
    harness: Harness, user: ApiUser, tmp_path: Path, kind: str
) -> None:
    make, words, length_ms = HARD[kind]
    found = transcribed(harness, user, make(tmp_path))
    text = found["text"].lower()
    at = 0
    for phrase in words:
        assert phrase in text[at:], text
        at = text.index(phrase, at) + 1
    for phrase in (TRY, BEST, LAST):
        assert text.count(phrase) == words.count(phrase), text
    assert found["warnings"] == []
    assert found["duration_ms"] == pytest.approx(length_ms, abs=150)


def test_the_track_that_players_play_and_a_word_about_the_other(
    harness: Harness, user: ApiUser, tmp_path: Path
) -> None:
    path = hard_recordings.commentary_first(tmp_path)
    found = transcribed(harness, user, path)
    assert TRY in found["text"].lower()
    assert BEST not in found["text"].lower()
    (warning,) = found["warnings"]
    assert "Audio track 1 (comment) was not transcribed" in warning
    assert "--track 1" in warning
    assert [(s["track"], s["signal"]) for s in found["sources"]] == [(1, None), (2, 1)]
    other = transcribed(harness, user, path, tracks="[1]")
    assert BEST in other["text"].lower()
    assert other["warnings"] == []
    both = transcribed(harness, user, path, tracks="all")
    assert TRY in both["text"].lower()
    assert BEST in both["text"].lower()


def test_a_track_that_nobody_decodes_is_named_and_the_other_transcribed(
    harness: Harness, user: ApiUser, tmp_path: Path
) -> None:
    path = hard_recordings.unknown_codec_first(tmp_path)
    found = transcribed(harness, user, path)
    assert TRY in found["text"].lower()
    (warning,) = found["warnings"]
    assert "Audio track 1" in warning
    assert "cannot be decoded" in warning


def test_people_with_a_microphone_each_are_the_speakers(
    harness: Harness, user: ApiUser, tmp_path: Path
) -> None:
    path = hard_recordings.microphones_in_surround(tmp_path)
    found = transcribed(harness, user, path, diarize="true")
    lines = [(s["speaker"], s["text"].lower()) for s in found["segments"]]
    spoken = {speaker: " ".join(text for s, text in lines if s == speaker) for speaker, _ in lines}
    assert [phrase in text for phrase, text in zip((TRY, BEST, LAST), spoken.values(), strict=True)]
    assert [s["reason"] for s in found["sources"] if s["signal"]] == ["a voice of its own"] * 3


def test_a_channel_may_be_chosen(harness: Harness, user: ApiUser, tmp_path: Path) -> None:
    path = hard_recordings.microphones_in_surround(tmp_path)
    found = transcribed(harness, user, path, channels="[2]")
    assert LAST in found["text"].lower()
    assert TRY not in found["text"].lower()
    assert {s["reason"] for s in found["sources"] if s["channel"] != 2} == {"not asked for"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tracks": "[3]"}, "no audio track 3: the recording has 2"),
        ({"tracks": "[1]"}, "Audio track 1 (unknown codec) cannot be decoded"),
        ({"channels": "[2]"}, "no channel 2: the recording has 1"),
    ],
)
def test_what_is_not_there_is_refused_before_it_is_paid(
    harness: Harness, user: ApiUser, tmp_path: Path, options: dict[str, str], words: str
) -> None:
    path = hard_recordings.unknown_codec_first(tmp_path)
    refused = user.upload(path, language="en", **options)
    assert (refused.status_code, refused.json()["code"]) == (422, "media_no_such_track")
    assert words in refused.json()["detail"]
    assert user.has_nothing
