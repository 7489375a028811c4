"""Recordings of two readers, made from speech in the bundled engine's package."""

import io
import wave

import numpy as np

from mp4totext.providers.base import Samples
from tests.support.voice_recordings import other_voice, silence, voice

RATE = 16_000


def wav(*channels: Samples) -> bytes:
    frames = np.stack(channels, axis=1)
    with io.BytesIO() as written:
        with wave.open(written, "wb") as file:
            file.setnchannels(len(channels))
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((np.clip(frames, -1, 1) * 32_767).astype("<i2").tobytes())
        return written.getvalue()


def cities(start_s: float, end_s: float) -> Samples:
    return voice("two_cities")[int(start_s * RATE) : int(end_s * RATE)]


def dialogue(later_s: float = 0) -> bytes:
    """One reader for 18 s of "two cities", starting at ``later_s``, then another for 10 s."""
    reader = cities(later_s, later_s + 18)
    return wav(np.concatenate([reader, silence(0.5), other_voice()]))


def other_talk() -> bytes:
    """The same two readers in the opposite order, with other sentences."""
    again = np.concatenate([other_voice(), silence(0.5), cities(20, 32)])
    return wav(again * np.float32(0.5))


def stereo_call() -> bytes:
    """A call with one side on each channel, who speak one after the other."""
    one, two = cities(0, 8), voice("beckett")[: 8 * RATE]
    return wav(np.concatenate([one, silence(8)]), np.concatenate([silence(8), two]))
