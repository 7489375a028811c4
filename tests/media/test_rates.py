"""Any sample rate: a huge declared block takes no more memory than others."""

import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import MediaError, TooComplex, TooLong
from mp4totext.media.packets import RATE_MAX
from mp4totext.media.probe import ProbeLimits, probe
from mp4totext.media.sandbox import Limits

BLOCK = 65_535  # the longest of FLAC: at 11 Hz 1 h 39 min, which are 190 MB at 16 kHz
RATES = (1, 2, 11, 50, 399, 4_000, 22_050, 96_000, 655_350, RATE_MAX)
LENGTH_MS_MAX = ProbeLimits().duration_ms_max
MEMORY_BYTES = 320 << 20  # of address space: 240 MB are the decoder, before it has read anything


def ramp(samples: int) -> np.ndarray:
    return (np.arange(samples) % 3_000).astype(np.int16)


def write_flac(path: Path, *, rate: int) -> Path:
    """Two blocks, as long as they can be."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(
            "flac", rate=rate, layout="mono", options={"frame_size": str(BLOCK)}
        )
        for number in range(2):
            frame = av.AudioFrame.from_ndarray(ramp(BLOCK)[None], format="s16", layout="mono")
            frame.rate, frame.pts, frame.time_base = rate, number * BLOCK, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_wav(path: Path, *, rate: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(ramp(2 * BLOCK).tobytes())
    return path


@pytest.mark.parametrize("write", [write_flac, write_wav])
@pytest.mark.parametrize("rate", RATES)
def test_any_rate_is_read_in_little_memory(tmp_path: Path, write: Any, rate: int) -> None:
    path = write(tmp_path / f"a.{write.__name__.removeprefix('write_')}", rate=rate)
    length_ms = 2 * BLOCK * 1_000 // rate
    tight = ProbeLimits(duration_ms_max=10**9, memory_bytes=MEMORY_BYTES)
    info = probe(path, limits=tight)
    assert (info.sample_rate, info.warnings) == (rate, ())
    assert abs(info.duration_ms - length_ms) <= max(1, 2_000 // rate)
    with AudioReader(path, limits=Limits(memory_bytes=MEMORY_BYTES)) as reader:
        assert reader.structure.length_ms == info.duration_ms
        # Into the second block, when it is no longer than a recording may be.
        for start_ms in (0, *([length_ms * 5 // 8] if length_ms < LENGTH_MS_MAX else [])):
            samples = reader.read(start_ms, start_ms + 30_000)
            there_ms = min(30_000, length_ms - start_ms)
            assert abs(len(samples) / 16 - there_ms) <= max(1, 2_000 // rate)
            assert np.abs(samples).max() > 0
        assert reader.warnings == []


@pytest.mark.parametrize("rate", [399, 8_000])
def test_a_place_within_a_long_block_is_read(tmp_path: Path, rate: int) -> None:
    """At 8 kHz a block lasts eight seconds."""
    path = write_flac(tmp_path / "a.flac", rate=rate)
    with AudioReader(path) as reader:
        whole = reader.read(0, 20_000)
    for start_ms in (3_000, 7_000, 9_000):
        with AudioReader(path) as reader:
            reader.read(15_000, 15_100)  # so that it must go back
            part = reader.read(start_ms, start_ms + 2_000)
        np.testing.assert_allclose(part, whole[start_ms * 16 :][: len(part)], atol=0.02)


def test_the_length_of_slow_sound_counts(tmp_path: Path) -> None:
    with pytest.raises(TooLong, match="36 h"):
        probe(write_flac(tmp_path / "a.flac", rate=1))


@pytest.mark.parametrize("rate", [RATE_MAX + 1, 2**31 - 1, 2**32 - 1])
def test_rates_that_no_recorder_has_are_refused(tmp_path: Path, rate: int) -> None:
    path = write_wav(tmp_path / "a.wav", rate=16_000)
    data = bytearray(path.read_bytes())
    data[24:28] = rate.to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(MediaError) as raised:
        probe(path)
    assert isinstance(raised.value, TooComplex) or rate > 2**31, raised.value.message


def test_no_rate_at_all_is_refused(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", rate=16_000)
    data = bytearray(path.read_bytes())
    data[24:32] = bytes(8)
    path.write_bytes(data)
    with pytest.raises(MediaError):
        probe(path)
