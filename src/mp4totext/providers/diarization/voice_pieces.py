"""A recording as short pieces of voice: where somebody speaks, and how it sounds every 0.2 s."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.level import loud
from mp4totext.providers.base import SAMPLE_RATE, DiarizationRequest, Report, Samples
from mp4totext.providers.diarization.voice_encoder import (
    EMBEDDING_SIZE,
    FRAMES_PER_SECOND,
    PIECE_FRAMES,
    Array,
    VoiceEncoder,
    frame_power,
    level_gain,
    mel_frames,
)
from mp4totext.providers.speech.vad import FRAME, Region, Vad, VadOptions, regions

HOP_FRAMES = 20
WINDOW_MS = 300_000

_FRAME_MS = 1_000 // FRAMES_PER_SECOND
PIECE_MS = PIECE_FRAMES * _FRAME_MS

# Lower than for recognition: a turn that starts or ends softly belongs to its speaker.
SPEECH = VadOptions(onset=0.25, offset=0.12, min_speech_ms=96, min_silence_ms=192, pad_ms=64)
# The network's memory drifts on some voices until it hears none: it is reset after each block,
# and hears a second of what came before to settle.
_VAD_BLOCK = 320 * FRAME
_VAD_LEAD = 31 * FRAME


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePieces:
    """``n`` pieces in order of time; ``regions`` are the stretches of speech they lie in."""

    vectors: Array  # (n, 256) unit vectors
    centre_ms: NDArray[np.int64]  # (n,)
    seconds: NDArray[np.float64]  # (n,) of speech each stands for
    whole: NDArray[np.bool_]  # (n,) long enough to know a voice by
    region: NDArray[np.int64]  # (n,) which of ``regions``
    regions: tuple[Region, ...]

    def __len__(self) -> int:
        return len(self.vectors)


def hear(
    request: DiarizationRequest, *, encoder: VoiceEncoder, vad: Vad, report: Report
) -> VoicePieces:
    """Reads the recording once, window by window; keeps about 5 kB for each second of speech."""
    windows: list[VoicePieces] = []
    for start_ms in range(0, request.duration_ms, WINDOW_MS):
        end_ms = min(start_ms + WINDOW_MS, request.duration_ms)
        samples = request.read(start_ms, end_ms)
        windows.append(_hear_window(samples, start_ms, encoder, vad))
        report(end_ms)
    return _joined(windows)


def _hear_window(samples: Samples, start_ms: int, encoder: VoiceEncoder, vad: Vad) -> VoicePieces:
    length_ms = len(samples) * 1_000 // SAMPLE_RATE
    spoken = speech_probabilities(loud(samples), vad)
    speech = regions(spoken, length_ms=length_ms, options=SPEECH)
    mels = mel_frames(samples) if speech else np.zeros((0, 0), np.float32)
    power = frame_power(samples, len(mels))
    places = [
        (number, at, frames)
        for number, region in enumerate(speech)
        for at, frames in _places(region, len(mels))
    ]
    pieces = [_piece(mels, power, at, frames) for _number, at, frames in places]
    stacked = np.stack(pieces) if pieces else np.zeros((0, PIECE_FRAMES, 1), np.float32)
    return VoicePieces(
        vectors=encoder.embed(stacked),
        centre_ms=np.array(
            [start_ms + (at + frames // 2) * _FRAME_MS for _number, at, frames in places], np.int64
        ),
        seconds=_seconds(speech, [number for number, _at, _frames in places]),
        whole=np.array([frames >= PIECE_FRAMES // 2 for _number, _at, frames in places], np.bool_),
        region=np.array([number for number, _at, _frames in places], np.int64),
        regions=tuple(Region(start_ms + r.start_ms, start_ms + r.end_ms) for r in speech),
    )


def speech_probabilities(samples: Samples, vad: Vad) -> Array:
    """Of each 32 ms frame, with the network's memory reset every ten seconds."""
    blocks: list[Array] = []
    for at in range(0, len(samples), _VAD_BLOCK):
        lead = min(at, _VAD_LEAD)
        heard = vad.probabilities(samples[at - lead : at + _VAD_BLOCK])
        blocks.append(heard[lead // FRAME :])
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def voice_vectors(samples: Samples, encoder: VoiceEncoder) -> Array:
    """(n, 256): a stretch in which one person speaks, in pieces that overlap by half."""
    if not samples.any():
        return np.zeros((0, EMBEDDING_SIZE), np.float32)
    mels = mel_frames(samples)
    power = frame_power(samples, len(mels))
    whole = Region(0, len(samples) * 1_000 // SAMPLE_RATE)
    places = _places(whole, len(mels), hop=PIECE_FRAMES // 2)
    pieces = [_piece(mels, power, at, frames) for at, frames in places]
    return encoder.embed(np.stack(pieces))


def _places(
    region: Region, frame_count: int, *, hop: int = HOP_FRAMES
) -> Iterator[tuple[int, int]]:
    """(first frame, frames) of each piece; a short region is one piece, the last ends with it."""
    first = region.start_ms // _FRAME_MS
    last = min(region.end_ms // _FRAME_MS, frame_count)
    if last - first <= PIECE_FRAMES:
        if last > first:
            yield first, last - first
        return
    for at in range(first, last - PIECE_FRAMES, hop):
        yield at, PIECE_FRAMES
    yield last - PIECE_FRAMES, PIECE_FRAMES


def _seconds(speech: tuple[Region, ...], numbers: list[int]) -> NDArray[np.float64]:
    """Each region's length, shared by its pieces."""
    counts = np.bincount(numbers, minlength=len(speech)) if numbers else np.zeros(0)
    return np.array([speech[n].length_ms / 1_000 / counts[n] for n in numbers], np.float64)


def _piece(mels: Array, power: Array, at: int, frames: int) -> Array:
    """(160, 40) at the encoder's level: quiet and loud speakers look the same to it.

    A short stretch is repeated to full length rather than filled with its neighbours.
    """
    gain = level_gain(power[at : at + frames].mean())
    piece = mels[at : at + frames] * gain
    if frames < PIECE_FRAMES:
        piece = np.tile(piece, (PIECE_FRAMES // frames + 1, 1))[:PIECE_FRAMES]
    return piece


def _joined(windows: list[VoicePieces]) -> VoicePieces:
    offsets = np.cumsum([0, *(len(window.regions) for window in windows)])
    if not windows:
        return VoicePieces(
            vectors=np.zeros((0, EMBEDDING_SIZE), np.float32),
            centre_ms=np.zeros(0, np.int64),
            seconds=np.zeros(0),
            whole=np.zeros(0, np.bool_),
            region=np.zeros(0, np.int64),
            regions=(),
        )
    return VoicePieces(
        vectors=np.concatenate([window.vectors for window in windows]),
        centre_ms=np.concatenate([window.centre_ms for window in windows]),
        seconds=np.concatenate([window.seconds for window in windows]),
        whole=np.concatenate([window.whole for window in windows]),
        region=np.concatenate(
            [window.region + offset for window, offset in zip(windows, offsets, strict=False)]
        ),
        regions=tuple(region for window in windows for region in window.regions),
    )
