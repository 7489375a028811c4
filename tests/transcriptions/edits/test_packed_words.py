"""Packed words: the times that a page needs to follow the audio."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mp4totext.kit.fair_slots import FairSlots
from mp4totext.transcript import Segment, Transcript, Word
from tests.support.account_steps import problem
from tests.support.transcript_builders import transcript
from tests.transcriptions.edits.conftest import SAID, Recording


def unpacked(recording: Recording, **window: int) -> dict[str, list[dict[str, Any]]]:
    """As a page would: texts from the recording, numbers from here."""
    texts = {segment["id"]: segment for segment in recording.read()["segments"]}
    found = {}
    for packed in recording.read("/words", **window)["segments"]:
        segment = texts[packed["id"]]
        numbers, at, now = packed["words"], 0, packed["start_ms"]
        speakers = dict(map(tuple, packed.get("speakers", [])))
        speaker, words = segment["speaker"], []
        for n in range(len(numbers) // 4):
            length, gap, duration, sure = numbers[4 * n : 4 * n + 4]
            if "texts" in packed:
                text = packed["texts"][n]
            else:
                while segment["text"][at].isspace():
                    at += 1
                text = segment["text"][at : at + length]
                at += length
            speaker = speakers.get(n, speaker)
            words.append(
                {
                    "text": text,
                    "start_ms": now + gap,
                    "end_ms": now + gap + duration,
                    "confidence": None if sure < 0 else sure / 100,
                    "speaker": speaker,
                    "estimated": n in packed.get("estimated", []),
                }
            )
            now += gap + duration
        found[packed["id"]] = words
    return found


def expected(recording: Recording) -> dict[str, list[dict[str, Any]]]:
    names = ("text", "start_ms", "end_ms", "confidence", "speaker", "estimated")
    return {
        segment["id"]: [
            {name: word[name] for name in names}
            | {"speaker": word["speaker"] or segment["speaker"]}
            for word in segment["words"]
        ]
        for segment in recording.segments
    }


def test_they_say_what_the_words_say(recording: Recording) -> None:
    recording.edit({"id": "s2", "text": "We talk about  big\nboats today."})
    assert unpacked(recording) == expected(recording)


def test_every_script_and_odd_word(store_recording: Callable[[Transcript], Recording]) -> None:
    def spoken(n: int, text: str, *words: str, **more: Any) -> Segment:
        at = n * 10_000
        return Segment(
            id=f"s{n}",
            start_ms=at,
            end_ms=at + 5_000,
            text=text,
            words=tuple(
                Word(text=word, start_ms=at + k * 100, end_ms=at + k * 100 + 90, **more)
                for k, word in enumerate(words)
            ),
            speaker="S1",
        )

    said = replace(
        transcript("x", speakers=("S1",)),
        duration_ms=100_000,
        segments=(
            spoken(0, "日本の字幕", "日本", "の", "字幕", confidence=0.5),
            spoken(1, "an 👩‍👩‍👧 e\u0301te\u0301", "an", "👩‍👩‍👧", "e\u0301te\u0301"),
            spoken(2, "New York is big", "New York", "is", "big", confidence=1.0),
            spoken(3, "other text", "not", "this"),
            spoken(4, "who says so", "who", "says", "so", speaker="S2"),
            spoken(5, "no words"),
        ),
    )
    recording = store_recording(said)
    assert unpacked(recording) == expected(recording)
    packed = {s["id"]: s for s in recording.read("/words")["segments"]}
    assert packed["s3"]["texts"] == ["not", "this"]
    assert packed["s4"]["speakers"] == [[0, "S2"]]
    assert all("texts" not in packed[each] for each in ("s0", "s1", "s2"))


@pytest.mark.parametrize(
    ("window", "ids"),
    [
        ({"from_ms": 0, "to_ms": 1_000}, ["s1"]),
        ({"from_ms": 1_400}, ["s2", "s3", "s4"]),
        ({"from_ms": 3_000, "to_ms": 4_000}, ["s2", "s3"]),
        ({"from_ms": 90_000}, []),
    ],
)
def test_of_a_stretch_only_its_segments(
    recording: Recording, window: dict[str, int], ids: list[str]
) -> None:
    assert list(unpacked(recording, **window)) == ids
    whole = recording.call("GET", "/words").headers["etag"]
    part = recording.call("GET", "/words", params=window)
    assert part.headers["etag"] != whole


def test_bad_windows_and_versions(recording: Recording) -> None:
    problem(recording.call("GET", "/words", params={"from_ms": -1}), 422, "invalid")
    problem(recording.call("GET", "/words", params={"to_ms": 2**60}), 422, "invalid")
    problem(recording.call("GET", "/words", params={"version": 2}), 404, "version_not_found")


def test_words_are_a_tenth_of_what_objects_take(recording: Recording) -> None:
    assert len(SAID) == 4
    packed = len(recording.call("GET", "/words").content)
    assert packed < len(recording.call("GET", params={"words": True}).content) / 5


def test_whole_words_wait_for_a_slot_of_the_account(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long day's take the better part of a second each."""
    app: Any = recording.client.app
    taken = FairSlots("long transcripts", total=1, per_user=0, wait_s=0.05)
    monkeypatch.setattr(app.state, "reading_slots", taken)
    problem(recording.call("GET", params={"words": True}), 429, "too_many_requests")
    assert recording.call("GET").status_code == 200
