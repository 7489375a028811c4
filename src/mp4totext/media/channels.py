"""Which channels carry the speech: decided by what is in them, once for a file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.decode import SAMPLE_RATE, AudioReader, Channels

_SAMPLE_MS = 5_000
_SAMPLES = 16  # windows over the file: 80 s, so that an intro does not decide
_FRAME = SAMPLE_RATE // 20  # 50 ms
_QUIET_DB = -30.0  # this much below the loudest, a channel is bleed or hiss
_CENTRE_DB = -15.0  # a centre channel this near to the loudest carries the dialogue
_OPPOSED = -0.5  # correlation below this means one channel is the other upside down
_SAME = 0.35  # sides of a call have level curves that correlate less than this
_ACTIVE_SHARE = 0.05  # each side of a call speaks in this share of frames at least


@dataclass(frozen=True, slots=True)
class _Picture:
    """Sampled windows of a file put one after the other: (channels, samples)."""

    audio: Channels
    layout: str

    @property
    def levels(self) -> NDArray[np.float64]:
        """RMS of 50 ms frames: (channels, frames)."""
        usable = self.audio.shape[1] - self.audio.shape[1] % _FRAME
        frames = self.audio[:, :usable].reshape(self.audio.shape[0], -1, _FRAME)
        return np.asarray(np.sqrt(np.mean(frames.astype(np.float64) ** 2, axis=2)))


def weights_for(path: Path, *, duration_ms: int) -> tuple[float, ...] | None:
    """How much of each channel to hear, for ``AudioReader``; None for a mono file.

    Silent channels are left out, a spoken centre is heard alone, and a channel that is another one
    upside down is turned round, so that nothing cancels.
    """
    return _weights(_look(path, duration_ms))


def hearing(path: Path, *, duration_ms: int) -> tuple[tuple[float, ...] | None, bool]:
    """``weights_for`` and ``independent_channels``, from one look at the file."""
    picture = _look(path, duration_ms)
    return _weights(picture), _independent(picture)


def _weights(picture: _Picture) -> tuple[float, ...] | None:
    if picture.audio.shape[0] == 1 or not picture.audio.shape[1]:
        return None
    level = np.percentile(picture.levels, 95, axis=1)
    loudest = int(level.argmax())
    if level[loudest] <= 0:
        return None
    decibels = 20 * np.log10(np.maximum(level, 1e-9) / level[loudest])
    centre = _centre(picture)
    if centre is not None and decibels[centre] > _CENTRE_DB:
        return tuple(1.0 if n == centre else 0.0 for n in range(len(level)))
    heard = decibels > _QUIET_DB
    signs = [_sign(picture.audio[loudest], channel) for channel in picture.audio]
    return tuple(
        sign / float(heard.sum()) if active else 0.0
        for sign, active in zip(signs, heard, strict=True)
    )


def independent_channels(path: Path, *, duration_ms: int) -> bool:
    """Whether two channels look like the two sides of a call: different voices, taking turns."""
    return _independent(_look(path, duration_ms))


def _independent(picture: _Picture) -> bool:
    if picture.audio.shape[0] != 2 or not picture.audio.shape[1]:
        return False
    left, right = picture.levels
    floor = 10 ** (_QUIET_DB / 20) * max(left.max(), right.max())
    loud = (left > floor) | (right > floor)
    if min((left > floor).mean(), (right > floor).mean()) < _ACTIVE_SHARE or loud.sum() < 10:
        return False
    if float(np.corrcoef(left[loud], right[loud])[0, 1]) > _SAME:
        return False
    return abs(_correlation(picture.audio[0], picture.audio[1])) < _SAME


def _look(path: Path, duration_ms: int) -> _Picture:
    with AudioReader(path) as reader:
        if reader.channels == 1:
            return _Picture(np.zeros((1, 0), np.float32), reader.layout)
        if duration_ms <= _SAMPLES * _SAMPLE_MS:
            return _Picture(reader.read_channels(0, duration_ms), reader.layout)
        step = (duration_ms - _SAMPLE_MS) // (_SAMPLES - 1)
        parts = [reader.read_channels(n * step, n * step + _SAMPLE_MS) for n in range(_SAMPLES)]
        return _Picture(np.concatenate(parts, axis=1), reader.layout)


def _centre(picture: _Picture) -> int | None:
    """Place of the front centre: third in every layout of FFmpeg that has one beside L and R."""
    has_centre = picture.layout.startswith(("3.0", "3.1", "4.0", "4.1", "5.", "6.", "7."))
    return 2 if has_centre and picture.audio.shape[0] > 2 else None


def _sign(reference: Channels, channel: Channels) -> float:
    return -1.0 if _correlation(reference, channel) < _OPPOSED else 1.0


def _correlation(a: Channels, b: Channels) -> float:
    power = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    return float(np.dot(a, b)) / power if power > 0 else 0.0
