"""Recordings that are difficult to normalise, and measurements of loudness."""

import re
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.decode import AudioReader
from mp4totext.media.stereo import stereo_mix
from mp4totext.videos import encoding
from tests.support.ffmpeg import decoded, program
from tests.support.media_files import write_wav
from tests.support.speech_samples import recording

RATE = 48_000
SECONDS = 10

Sound = NDArray[np.float32]  # (channels, samples)


@cache
def _speech() -> NDArray[np.float32]:
    """Ten seconds of speech with a peak of 1."""
    slow = decoded(recording("beckett.wav"))[0]
    places = np.arange(SECONDS * RATE) * 16_000 / RATE
    fast: NDArray[np.float32] = np.interp(places, np.arange(len(slow)), slow).astype(np.float32)
    fast /= np.abs(fast).max()
    return fast


def _time() -> NDArray[np.float64]:
    return np.arange(SECONDS * RATE) / RATE


def _noise(level: float) -> NDArray[np.float32]:
    noise = np.random.default_rng(3).standard_normal(SECONDS * RATE)
    return (noise * level).astype(np.float32)


def _claps(level: float, seconds: tuple[float, ...]) -> NDArray[np.float32]:
    envelope = sum(np.exp(-np.maximum(_time() - s, 0) * 90) * (_time() >= s) for s in seconds)
    return np.asarray(_noise(level) * envelope, np.float32)


def _during(start_s: float, end_s: float) -> NDArray[np.bool_]:
    return (_time() >= start_s) & (_time() < end_s)


def _tone(frequency: float, level: float) -> NDArray[np.float32]:
    return (level * np.sin(2 * np.pi * frequency * _time())).astype(np.float32)


def _chord() -> NDArray[np.float32]:
    return _tone(220, 0.2) + _tone(277, 0.2) + _tone(330, 0.2) + _tone(1_760, 0.1)


RECORDINGS: dict[str, Callable[[], NDArray[np.floating]]] = {
    "as it is": lambda: 0.5 * _speech(),
    "quiet": lambda: 0.03 * _speech(),
    "hardly audible": lambda: 0.01 * _speech(),
    "at full scale": _speech,
    "clipped": lambda: np.clip(4 * _speech(), -1, 1),
    "clipped throughout": lambda: np.sign(_speech()) * np.float32(0.9),
    "claps": lambda: 0.05 * _speech() + _claps(0.4, (1.0, 3.5, 7.2)),
    "one slam": lambda: 0.02 * _speech() + _claps(0.3, (5.0,)),
    "clicks": lambda: 0.1 * _speech() + (np.arange(SECONDS * RATE) % 9_600 == 0) * np.float32(0.9),
    "two distances": lambda: _speech() * np.where(_during(0, 5), 0.7, 0.04).astype(np.float32),
    "a word in silence": lambda: 0.5 * _speech() * _during(4, 5.2),
    "the end alone": lambda: 0.3 * _speech() * _during(8.5, 10),
    "hum": lambda: 0.1 * _speech() + _tone(50, 0.2),
    "hiss": lambda: 0.1 * _speech() + _noise(0.02),
    "noise alone": lambda: _noise(0.1),
    "an offset": lambda: 0.2 * _speech() + np.float32(0.3),
    "a chord": _chord,
    "a high tone": lambda: _tone(12_000.3, 0.5),
    "a tone between samples": lambda: _tone(RATE / 4 + 0.01, 0.9),
    "tremolo": lambda: (
        _tone(440, 0.8) * (1 + np.sin(2 * np.pi * 3 * _time())).astype(np.float32) / 2
    ),
}


def write(name: str, path: Path) -> Path:
    sound: Sound = np.asarray(RECORDINGS[name](), np.float32)[None]
    return write_wav(path, np.clip(sound, -1, 1), rate=RATE)


def loudness_and_peak(path: Path) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP) of all of it, by EBU R 128."""
    command = [program(), "-nostdin", "-i", str(path), "-af", "ebur128=framelog=quiet:peak=true"]
    said = subprocess.run([*command, "-f", "null", "-"], capture_output=True, check=True, text=True)
    summary = said.stderr.rpartition("Summary:")[2]
    loudness, peak = (re.search(rf"{name}:\s+(\S+)", summary) for name in ("I", "Peak"))
    assert loudness
    assert peak
    return float(loudness[1]), float(peak[1])


def sound_of(path: Path, out: Path, *, milliseconds: int = SECONDS * 1_000) -> Path:
    """Write the audio of a file as a video has it."""
    with AudioReader(path) as reader:
        mix = stereo_mix(reader.structure, ())
        encoding.encode_sound(
            encoding.sound_of(reader, mix, from_ms=0, to_ms=milliseconds),
            out,
            length_ms=milliseconds,
            lufs=-16,
            progress=lambda _ms: None,
            check=lambda: None,
        )
    return out
