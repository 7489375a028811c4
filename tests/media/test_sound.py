"""Speech as samples."""

from typing import get_args

import numpy as np
import pytest

from mp4totext.media.sound import (
    Codec,
    NoSound,
    Sound,
    at_speed,
    decoded,
    encoded,
    joined,
    resampled,
)
from tests.support.voice_vendors import tone

_RATE = 24_000


@pytest.mark.parametrize("codec", [codec for codec in get_args(Codec) if codec != "pcm"])
def test_each_format_can_be_read_again(codec: Codec) -> None:
    sound = tone(seconds=2.0)
    again = decoded(encoded(sound, codec), rate=24_000)
    assert abs(again.duration_ms - 2_000) <= 80  # frames of a codec
    level = np.abs(again.samples.astype(np.float32)).mean()
    assert level == pytest.approx(np.abs(sound.samples.astype(np.float32)).mean(), rel=0.1)


def test_bare_samples_are_the_samples() -> None:
    sound = tone()
    assert encoded(sound, "pcm") == sound.samples.astype("<i2").tobytes()


@pytest.mark.parametrize("codec", ["wav", "mp3", "flac"])
def test_the_same_sound_is_the_same_bytes(codec: Codec) -> None:
    assert encoded(tone(), codec) == encoded(tone(), codec)


@pytest.mark.parametrize("data", [b"", b"no sound", b"RIFF\0\0\0\0WAVE", b"{}" * 500])
def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(NoSound):
        decoded(data, rate=24_000)


def test_silence_is_refused() -> None:
    silence = Sound(samples=np.zeros(24_000, np.int16), rate=24_000)
    with pytest.raises(NoSound, match="silent"):
        decoded(encoded(silence, "wav"), rate=24_000)


def test_engines_get_their_own_rate() -> None:
    samples = tone(seconds=1.0).for_engine()
    assert abs(len(samples) - 16_000) < 20
    assert samples.dtype == np.float32
    assert 0.2 < samples.max() < 0.3
    sound = tone()
    assert resampled(sound, sound.rate) is sound


def test_parts_are_joined_with_pauses() -> None:
    whole = joined([tone(), tone()], pause_ms=250)
    assert whole.duration_ms == 2_250
    assert not whole.samples[24_000 : 24_000 + 6_000].any()


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.25])
def test_speech_is_faster_at_the_same_pitch(speed: float) -> None:
    at_s = np.arange(2 * _RATE) / _RATE
    tone = Sound(samples=(8_000 * np.sin(2 * np.pi * 220 * at_s)).astype(np.int16), rate=_RATE)
    made = at_speed(tone, speed)
    assert made.duration_ms == pytest.approx(2_000 / speed, abs=40)
    spectrum = np.abs(np.fft.rfft(made.samples[_RATE // 4 : _RATE // 4 + _RATE]))
    assert int(np.argmax(spectrum)) == pytest.approx(220, abs=2)
