from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mp4totext.providers.base import Samples, no_report
from mp4totext.providers.diarization import voice_pieces
from mp4totext.providers.diarization.local import LocalDiarizer
from mp4totext.providers.errors import ProviderMisconfigured, ProviderRejected
from mp4totext.transcript import Turn
from tests.support.voice_recordings import other_voice, request_for, silence, voice


@pytest.fixture(scope="module")
def diarizer() -> LocalDiarizer:
    return LocalDiarizer()


@pytest.fixture(scope="module")
def dialogue() -> Samples:
    """One voice for 9 s, another until 20 s, the first again until 26 s."""
    cities = voice("two_cities")
    parts = [cities[: 9 * 16_000], silence(0.5), other_voice(), silence(0.5), cities[9 * 16_000 :]]
    return np.concatenate(parts)[: 26 * 16_000]


def share(turns: tuple[Turn, ...], speaker: str, low_ms: int, high_ms: int) -> float:
    """How much of what is said in a stretch this speaker says."""
    inside = [(t, min(t.end_ms, high_ms) - max(t.start_ms, low_ms)) for t in turns]
    spoken = sum(length for _turn, length in inside if length > 0)
    own = sum(length for turn, length in inside if length > 0 and turn.speaker == speaker)
    return own / spoken


def test_two_voices_and_when_they_speak(diarizer: LocalDiarizer, dialogue: Samples) -> None:
    turns = diarizer.diarize(request_for(dialogue), no_report)
    assert {turn.speaker for turn in turns} == {"S1", "S2"}
    assert share(turns, "S1", 0, 9_250) > 0.95
    assert share(turns, "S2", 9_500, 19_250) > 0.95
    assert share(turns, "S1", 20_000, 26_000) > 0.95
    assert all(a.start_ms <= b.start_ms for a, b in pairwise(turns))
    assert all(0 <= (turn.confidence or 0) <= 1 for turn in turns)


def test_a_conversation_of_two(diarizer: LocalDiarizer) -> None:
    turns = diarizer.diarize(request_for(voice("endgame_nagg_nell")), no_report)
    assert len({turn.speaker for turn in turns}) == 2


@pytest.mark.parametrize("name", ["two_cities", "beckett"])
def test_one_voice_is_one_speaker(diarizer: LocalDiarizer, name: str) -> None:
    turns = diarizer.diarize(request_for(voice(name)), no_report)
    assert {turn.speaker for turn in turns} == {"S1"}


def test_limits_are_kept(diarizer: LocalDiarizer, dialogue: Samples) -> None:
    one = diarizer.diarize(request_for(dialogue, max_speakers=1), no_report)
    three = diarizer.diarize(request_for(dialogue, min_speakers=3, max_speakers=3), no_report)
    assert {turn.speaker for turn in one} == {"S1"}
    assert {turn.speaker for turn in three} == {"S1", "S2", "S3"}


@pytest.mark.parametrize(
    ("low", "high"), [(3, 2), (0, None), (None, 0), (100, None), (None, 100), (-1, 2)]
)
def test_impossible_limits_are_refused(
    diarizer: LocalDiarizer, low: int | None, high: int | None
) -> None:
    with pytest.raises(ProviderRejected, match="speakers"):
        diarizer.diarize(request_for(silence(1), min_speakers=low, max_speakers=high), no_report)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.2, 20.0])
def test_nobody_speaks_in_silence(diarizer: LocalDiarizer, seconds: float) -> None:
    assert diarizer.diarize(request_for(silence(seconds)), no_report) == ()


def test_two_seconds_of_speech(diarizer: LocalDiarizer) -> None:
    samples = voice("beckett")[16_000 : 3 * 16_000]
    turns = diarizer.diarize(request_for(samples, min_speakers=2), no_report)
    assert turns
    assert turns[-1].end_ms <= 2_000
    assert {t.speaker for t in diarizer.diarize(request_for(samples), no_report)} == {"S1"}


def test_voices_keep_their_names_from_window_to_window(
    diarizer: LocalDiarizer, dialogue: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_pieces, "CHUNK_MS", 10_000)
    done: list[int] = []
    turns = diarizer.diarize(request_for(dialogue), done.append)
    assert done == [10_000, 20_000, 26_000]
    assert share(turns, "S1", 0, 9_000) > 0.95
    assert share(turns, "S1", 21_000, 26_000) > 0.95


def test_two_speakers_at_once_are_both_found(diarizer: LocalDiarizer) -> None:
    talk = voice("two_cities")[: 30 * 16_000].copy()
    talk[20 * 16_000 :] += other_voice()
    turns = diarizer.diarize(request_for(talk), no_report)
    second = [(t.start_ms, t.end_ms) for t in turns if t.speaker == "S2"]
    assert sum(end - start for start, end in second) > 6_000
    assert min(start for start, _end in second) > 19_500
    first = [(t.start_ms, t.end_ms) for t in turns if t.speaker == "S1"]
    both = sum(max(0, min(b, d) - max(a, c)) for a, b in first for c, d in second)
    assert both > 2_500


@pytest.mark.slow
def test_one_voice_for_long_is_one_speaker(diarizer: LocalDiarizer) -> None:
    cities = voice("two_cities")
    again = [part for _ in range(3) for part in (cities, silence(0.7))]
    turns = diarizer.diarize(request_for(np.concatenate(again)), no_report)
    assert {turn.speaker for turn in turns} == {"S1"}


def test_no_turn_goes_beyond_the_end(diarizer: LocalDiarizer) -> None:
    """A recording that is shorter than its container says, and one that ends in a word."""
    samples = voice("two_cities")[: 7 * 16_000 + 123]
    request = replace(request_for(samples), duration_ms=90_000)
    turns = diarizer.diarize(request, no_report)
    assert turns[-1].end_ms <= 7_200
    assert diarizer.diarize(request_for(samples), no_report)[-1].end_ms <= 7_007


def test_a_library_without_the_networks(tmp_path: Path) -> None:
    diarizer = LocalDiarizer(library=tmp_path / "gone.so")
    # Sound of its own, as outputs for the same sound are remembered in a session.
    sound = np.full(16_000, 1 / 7, np.float32)
    with pytest.raises(ProviderMisconfigured, match="moonshine-voice"):
        diarizer.diarize(request_for(sound), no_report)
