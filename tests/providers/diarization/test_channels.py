import wave
from pathlib import Path

import numpy as np
import pytest

from mp4totext.providers.base import Samples, SpeakerLimits, no_report
from mp4totext.providers.diarization.base import DiarizationRequest
from mp4totext.providers.diarization.channels import ChannelDiarizer
from mp4totext.providers.errors import ProviderRejected
from mp4totext.transcript import Turn
from tests.support.voice_recordings import silence, voice


def write(path: Path, *channels: Samples) -> Path:
    frames = np.stack(channels, axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((np.clip(frames, -1, 1) * 32_767).astype("<i2").tobytes())
    return path


def turns_of(path: Path, seconds: float, *, max_speakers: int | None = None) -> tuple[Turn, ...]:
    request = DiarizationRequest(
        path=path,
        duration_ms=int(seconds * 1_000),
        read=lambda _start, _end: silence(0),
        limits=SpeakerLimits(max_speakers=max_speakers),
    )
    return ChannelDiarizer().diarize(request, no_report)


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """The left side speaks for 8 s, the right for 8 s; each leaks into the other channel."""
    one, two = voice("two_cities")[: 8 * 16_000], voice("beckett")[: 8 * 16_000]
    left = np.concatenate([one, 0.05 * two])
    right = np.concatenate([0.05 * one, two])
    return write(tmp_path / "call.wav", left, right)


def test_each_side_is_a_speaker_and_cross_talk_is_not(call: Path) -> None:
    turns = turns_of(call, 16)
    assert {turn.speaker for turn in turns} == {"channel 1", "channel 2"}
    assert all(turn.end_ms <= 8_300 for turn in turns if turn.speaker == "channel 1")
    assert all(turn.start_ms >= 7_700 for turn in turns if turn.speaker == "channel 2")


def test_both_sides_may_speak_at_once(tmp_path: Path) -> None:
    two = voice("beckett")[: 6 * 16_000]
    one = voice("two_cities")[: len(two)]
    turns = turns_of(write(tmp_path / "both.wav", one, two), 6)
    spoken = {
        name: sum(t.end_ms - t.start_ms for t in turns if t.speaker == name)
        for name in ("channel 1", "channel 2")
    }
    assert min(spoken.values()) > 3_000


def test_a_mono_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProviderRejected, match="one channel") as refused:
        turns_of(write(tmp_path / "mono.wav", voice("beckett")), 10)
    assert refused.value.code == "one_channel"


def test_more_voices_than_wanted_are_refused(call: Path) -> None:
    with pytest.raises(ProviderRejected, match="max_speakers is 1"):
        turns_of(call, 16, max_speakers=1)


def test_silent_channels_have_no_turns(tmp_path: Path) -> None:
    assert turns_of(write(tmp_path / "silent.wav", silence(3), silence(3)), 4) == ()
