"""Makes recordings of any length from the speech that comes with the installed engine."""

import wave
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from importlib import metadata
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 16_000
READERS = ("two_cities.wav", "beckett.wav")
CODECS = {".flac": ("flac", "s16"), ".m4a": ("aac", "fltp"), ".wav": ("pcm_s16le", "s16")}


def record(path: Path, *, seconds: float, speech_s: float = 60, every_s: float = 60) -> Path:
    """Write a recording with ``speech_s`` seconds of speech in every ``every_s`` seconds.

    Readers take turns, with pauses of varying length, so that no two minutes are equal.
    """
    codec, form = CODECS[path.suffix]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, layout="mono")
        at = 0
        for block in _blocks(seconds, speech_s, every_s):
            data = block[None] if form == "fltp" else (block[None] * 32_767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(data, format=form, layout="mono")
            frame.rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
            at += len(block)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def _blocks(seconds: float, speech_s: float, every_s: float) -> Iterator[Samples]:
    talk = _talk()
    position, left = 0, round(seconds * RATE)
    while left > 0:
        block = np.zeros(min(left, round(every_s * RATE)), np.float32)
        voiced = min(len(block), round(speech_s * RATE))
        block[:voiced] = np.take(talk, range(position, position + voiced), mode="wrap")
        position += voiced
        left -= len(block)
        yield block


@cache
def _talk() -> Samples:
    """Several minutes of both readers in turns, with pauses."""
    pieces: list[Samples] = []
    for turn in range(8):
        samples = _reader(READERS[turn % 2])
        start = (turn * 3 * RATE) % (len(samples) // 4)
        pieces += [samples[start:], np.zeros(int((0.4 + 0.35 * turn) * RATE), np.float32)]
    return np.concatenate(pieces)


def _reader(name: str) -> Samples:
    for file in metadata.files("moonshine-voice") or []:
        if file.name == name:
            with wave.open(str(file.locate())) as audio:
                rate = audio.getframerate()
                raw = np.frombuffer(audio.readframes(audio.getnframes()), np.int16)
                mono = raw.reshape(-1, audio.getnchannels()).mean(axis=1) / 32_768
            places = np.arange(0, len(mono), rate / RATE)
            return np.asarray(np.interp(places, np.arange(len(mono)), mono), np.float32)
    raise FileNotFoundError(name)
