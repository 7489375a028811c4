"""Voice activity detection by the Silero network in faster-whisper's wheel, without importing it.

Silero VAD v6, MIT licence. The network takes 512 samples (32 ms) at a time with 64 samples of
context and keeps an LSTM state, which is carried from call to call.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from mp4totext.kit.packages import install_command
from mp4totext.providers.base import Samples
from mp4totext.providers.errors import ProviderMisconfigured

FRAME = 512
FRAME_MS = 32
_CONTEXT = 64
_BATCH_FRAMES = 2_000  # 64 s at a time: constant memory at the speed of larger batches
# Bands of a frame's spectrum, in steps of 31 Hz: of the pitch of voices, and of a telephone.
_PITCH_BAND, _TELEPHONE_BAND = slice(2, 7), slice(11, 110)
# Power of the first relative to the second (-33 dB) below which the pitch was cut off. Of 100
# recordings the lowest has -28 dB; with everything below 250 Hz cut off they have -38 dB or less.
_NO_PITCH = 5e-4
_REMEMBERED = 0.5 ** (1 / 250)  # of a stream's power after a frame: half of it after 8 s
_SMOOTH = 56  # samples of a mean without anything above 290 Hz
_WINDOW = np.hanning(FRAME).astype(np.float32)

Probabilities = NDArray[np.float32]  # one per 32 ms frame, 0 to 1


@dataclass(frozen=True, slots=True)
class Region:
    """Voice from ``start_ms`` to ``end_ms``."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class VadOptions:
    onset: float = 0.5  # probability that starts a region
    offset: float = 0.35  # below this probability it may end
    min_speech_ms: int = 96  # shorter is a click; "no" lasts about 150 ms
    min_silence_ms: int = 160  # shorter is a pause inside a word or phrase
    pad_ms: int = 96  # added on both sides, but not into the next region


DEFAULT = VadOptions()


class Vad:
    """The loaded network. Safe to call from several threads, as the state belongs to the call."""

    def load(self) -> None:
        _network()

    def probabilities(self, samples: Samples) -> Probabilities:
        """The probability of voice in each 32 ms frame; the last frame is padded with silence."""
        return self.stream([samples])

    def stream(self, windows: Iterable[Samples]) -> Probabilities:
        """Like ``probabilities``, for consecutive windows, of which only one is in memory."""
        stream = self.begin()
        blocks = [stream.feed(block) for block in _blocks(windows)]
        return np.concatenate([*blocks, stream.end()])

    def begin(self) -> "VadStream":
        """A detector for a stream."""
        return VadStream(_network())


class VadStream:
    """The network with its state between two pieces of one stream, for one thread at a time."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)
        self._rest = np.zeros(0, np.float32)
        self._pitch = _Pitch()

    def feed(self, samples: Samples) -> Probabilities:
        """The probabilities of complete frames; the rest waits for the next piece."""
        audio = np.concatenate([self._rest, samples])
        usable = len(audio) - len(audio) % FRAME
        self._rest = audio[usable:]
        if not usable:
            return np.zeros(0, np.float32)
        frames = self._pitch.restored(audio[:usable].reshape(-1, FRAME))
        before = np.vstack([self._context[None], frames[:-1, -_CONTEXT:]])
        self._context = frames[-1, -_CONTEXT:]
        with_context = np.concatenate([before, frames], axis=1)
        inputs = {"input": with_context, "h": self._h, "c": self._c}
        probabilities, self._h, self._c = self._session.run(None, inputs)
        return np.asarray(probabilities.reshape(-1))

    def end(self) -> Probabilities:
        """The probability of the last frame, padded with silence."""
        return self.feed(np.zeros(-len(self._rest) % FRAME, np.float32))


class _Pitch:
    """Restores the pitch of voices in a stream whose low tones were cut off, as steep filters of
    telephones do: the network does not hear such voices.

    The loudness of a voice rises and falls with its pitch, so that the rectified and smoothed sound
    contains it. Other sound is returned as it is.
    """

    def __init__(self) -> None:
        self._before = np.zeros(FRAME, np.float32)
        self._pitch_power = 0.0
        self._telephone_power = 0.0

    def restored(self, frames: Samples) -> Samples:
        """``frames``: (frames, samples), also of the result."""
        power = np.abs(np.fft.rfft(frames * _WINDOW, axis=1)) ** 2
        remembered = _REMEMBERED ** len(frames)
        self._pitch_power *= remembered
        self._pitch_power += float(power[:, _PITCH_BAND].sum())
        self._telephone_power *= remembered
        self._telephone_power += float(power[:, _TELEPHONE_BAND].sum())
        rectified = np.concatenate([self._before, np.abs(frames.ravel())])
        self._before = rectified[-FRAME:]
        if self._pitch_power >= _NO_PITCH * self._telephone_power:
            return frames
        sums = np.concatenate([[0.0], np.cumsum(rectified, dtype=np.float64)])
        ends = sums[FRAME + 1 :]
        smooth = (ends - sums[FRAME + 1 - _SMOOTH : -_SMOOTH]) / _SMOOTH
        level = (ends - sums[1:-FRAME]) / FRAME
        pitch: Samples = (smooth - level).astype(np.float32).reshape(frames.shape)
        return frames + pitch


def _blocks(windows: Iterable[Samples]) -> Iterable[Samples]:
    """Blocks of at most 64 s."""
    size = _BATCH_FRAMES * FRAME
    for window in windows:
        for at in range(0, len(window), size):
            yield window[at : at + size]


@cache
def _network() -> ort.InferenceSession:
    """One for all of a process: it keeps no state."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    return ort.InferenceSession(str(_asset()), options, providers=["CPUExecutionProvider"])


def _asset() -> Path:
    try:
        files = metadata.files("faster-whisper") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name.startswith("silero_vad") and file.name.endswith(".onnx"):
            path = Path(str(file.locate()))
            if path.is_file():  # the list is of what was installed, not of what is there
                return path
    raise ProviderMisconfigured(
        "Voice activity detection needs a file of the faster-whisper package: "
        + install_command("faster-whisper==1.2.1", force=True),
        provider="moonshine",
    )


def regions(
    probabilities: Probabilities, *, length_ms: int, options: VadOptions = DEFAULT
) -> tuple[Region, ...]:
    """Padded regions of voice inside 0..``length_ms``, ordered and disjoint."""
    raw = _merged(_runs(probabilities, options), options.min_silence_ms)
    speech = [region for region in raw if region.length_ms >= options.min_speech_ms]
    return _padded(speech, pad_ms=options.pad_ms, length_ms=length_ms)


def _runs(probabilities: Probabilities, options: VadOptions) -> list[Region]:
    """Regions by hysteresis: they start above ``onset`` and last while at or above ``offset``."""
    voiced = probabilities >= options.offset
    edges = np.flatnonzero(np.diff(np.concatenate([[False], voiced, [False]]).astype(np.int8)))
    return [
        Region(int(start + onset) * FRAME_MS, int(end) * FRAME_MS)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if (onset := _first_at_least(probabilities[start:end], options.onset)) is not None
    ]


def _first_at_least(values: Probabilities, level: float) -> int | None:
    above = values >= level
    return int(above.argmax()) if above.any() else None


def _merged(runs: Sequence[Region], min_silence_ms: int) -> list[Region]:
    merged: list[Region] = []
    for run in runs:
        if merged and run.start_ms - merged[-1].end_ms < min_silence_ms:
            merged[-1] = Region(merged[-1].start_ms, run.end_ms)
        else:
            merged.append(run)
    return merged


def _padded(runs: Sequence[Region], *, pad_ms: int, length_ms: int) -> tuple[Region, ...]:
    padded: list[Region] = []
    for n, run in enumerate(runs):
        before = runs[n - 1].end_ms if n else -2 * pad_ms
        after = runs[n + 1].start_ms if n + 1 < len(runs) else length_ms + 2 * pad_ms
        start = max(0, run.start_ms - min(pad_ms, (run.start_ms - before) // 2))
        end = min(length_ms, run.end_ms + min(pad_ms, (after - run.end_ms) // 2))
        if start < end:
            padded.append(Region(start, end))
    return tuple(padded)
