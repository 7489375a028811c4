"""Divides a recording into pieces of voice: up to 2.5 s of one speaker, with an embedding."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.diarization.base import DiarizationRequest
from mp4totext.providers.diarization.voice_networks import (
    EMBEDDING_SIZE,
    FRAMES_PER_SECOND,
    MIN_FRAMES,
    WINDOW_FRAMES,
    WINDOW_S,
    Array,
    VoiceNetworks,
    mel_frames,
)

CHUNK_MS = 60_000  # read at once

# There is a window every five seconds, and only its middle half is used: the rest is context that
# tells the network who continues to speak.
_HOP_MS = WINDOW_S * 500
_MARGIN_MS = _HOP_MS // 2
_PER_MS = SAMPLE_RATE // 1_000
_FRAME_MS = 1_000 // FRAMES_PER_SECOND
_HOP_FRAMES = _HOP_MS // _FRAME_MS
_MIDDLE = slice(_MARGIN_MS // _FRAME_MS - 1, _MARGIN_MS // _FRAME_MS - 1 + _HOP_FRAMES)

# In mel frames, one every 10 ms:
_MAX_PIECE = 250  # a longer one may contain a change of speakers that the network missed
_MAX_PAUSE = 50  # the longest pause inside a piece
_ENOUGH = 150  # a shorter piece also uses other frames of the same speaker in its window
_TOO_FEW = 20  # with fewer frames of one speaker alone, frames with overlap are used as well

Span = tuple[int, int]
_Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class VoicePiece:
    """Up to 2.5 s of one speaker; ``spans`` are (start_ms, end_ms), ordered and apart."""

    spans: tuple[Span, ...]
    alone_s: float  # seconds without other speakers
    vector: Array  # (256,) of length 1


def voice_pieces(
    request: DiarizationRequest, *, networks: VoiceNetworks, report: Report
) -> list[VoicePiece]:
    """Read the recording once, a minute at a time. Keeps about 1 kB for each second of voice."""
    pieces: list[VoicePiece] = []
    for start_ms, end_ms, samples in _chunks(request):
        pieces += _pieces_of(samples, start_ms, request.duration_ms, networks)
        report(end_ms)
    return pieces


def voice_vectors(samples: Samples, networks: VoiceNetworks) -> Array:
    """(n, 256): embeddings of equal parts of a stretch in which one person talks."""
    mels = mel_frames(samples) if samples.any() else np.zeros((0, 0), np.float32)
    parts = np.array_split(mels, -(-len(mels) // _MAX_PIECE)) if len(mels) else []
    vectors = [networks.embed(part) for part in parts if len(part) >= MIN_FRAMES]
    return np.stack(vectors) if vectors else np.zeros((0, EMBEDDING_SIZE), np.float32)


def _chunks(request: DiarizationRequest) -> Iterator[tuple[int, int, Samples]]:
    """Each minute with a margin on both sides, padded with silence at the ends."""
    kept = np.zeros(_MARGIN_MS * _PER_MS, np.float32)
    read_ms = 0
    for start_ms in range(0, request.duration_ms, CHUNK_MS):
        end_ms = min(start_ms + CHUNK_MS, request.duration_ms)
        ahead_ms = min(end_ms + _MARGIN_MS, request.duration_ms)
        samples = np.concatenate([kept, request.read(read_ms, ahead_ms)])
        windows = -(-(end_ms - start_ms) // _HOP_MS)
        needed = (windows * _HOP_MS + 2 * _MARGIN_MS) * _PER_MS
        yield start_ms, end_ms, np.pad(samples, (0, max(0, needed - len(samples))))
        kept, read_ms = samples[(end_ms - start_ms) * _PER_MS :], ahead_ms


def _pieces_of(
    samples: Samples, start_ms: int, duration_ms: int, networks: VoiceNetworks
) -> Iterator[VoicePiece]:
    mels = mel_frames(samples)
    size = WINDOW_S * SAMPLE_RATE
    for number in range((len(samples) - size) // (_HOP_MS * _PER_MS) + 1):
        at = number * _HOP_MS * _PER_MS
        speaking = networks.active_speakers(samples[at : at + size])
        window_mels = mels[number * _HOP_FRAMES :][:WINDOW_FRAMES]
        window_start_ms = start_ms + number * _HOP_MS - _MARGIN_MS
        one_speaker = speaking.sum(axis=1) == 1
        for track in speaking.T:
            for part in _parts(track):
                frames, alone = _frames_of(part, track & one_speaker)
                spans = tuple(_in_ms(part, window_start_ms, duration_ms))
                if frames.sum() >= MIN_FRAMES and spans:
                    vector = networks.embed(window_mels[frames])
                    yield VoicePiece(spans, alone / FRAMES_PER_SECOND, vector)


def _parts(track: _Mask) -> list[list[Span]]:
    """One speaker's runs of frames in the middle of a window, in parts of 2.5 s."""
    middle = np.zeros_like(track)
    middle[_MIDDLE] = track[_MIDDLE]
    parts: list[list[Span]] = []
    for run in _runs(middle):
        if parts:
            length = sum(end - start for start, end in (*parts[-1], run))
            if run[0] - parts[-1][-1][1] < _MAX_PAUSE and length <= _MAX_PIECE:
                parts[-1].append(run)
                continue
        cuts = np.linspace(*run, num=-(-(run[1] - run[0]) // _MAX_PIECE) + 1).astype(int)
        parts += [[(int(a), int(b))] for a, b in pairwise(cuts)]
    return parts


def _frames_of(part: Sequence[Span], usable: _Mask) -> tuple[_Mask, int]:
    """The frames for the embedding of a part, and how many of them are its own."""
    own = np.zeros_like(usable)
    for start, end in part:
        own[start:end] = True
    chosen = own & usable
    alone = int(chosen.sum())
    if alone < _ENOUGH:
        others = np.flatnonzero(usable & ~own)
        middle = (part[0][0] + part[-1][1]) / 2
        nearest = others[np.argsort(np.abs(others - middle), kind="stable")]
        chosen[nearest[: _ENOUGH - alone]] = True
    return (chosen if chosen.sum() >= _TOO_FEW else chosen | own), alone


def _in_ms(part: Iterable[Span], window_start_ms: int, duration_ms: int) -> Iterator[Span]:
    """The spans of a part in ms, without the padding outside the recording."""
    for start, end in part:
        low = window_start_ms + (start + 1) * _FRAME_MS
        high = min(window_start_ms + (end + 1) * _FRAME_MS, duration_ms)
        if low < high:
            yield low, high


def _runs(mask: _Mask) -> list[Span]:
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
