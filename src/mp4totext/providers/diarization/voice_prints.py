"""Voice prints: embeddings of a person's voice, and the probability that two are one person's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np

from mp4totext.providers.base import Samples
from mp4totext.providers.diarization.voice_networks import (
    EMBEDDING_SIZE,
    Array,
    VoiceNetworks,
    unit,
)
from mp4totext.providers.diarization.voice_pieces import voice_vectors
from mp4totext.transcript import Transcript

LEAST_MS = 3_000
"""Voice prints of less speech are not compared."""
ENROL_MS = 8_000
"""Profiles are not learned from less speech."""
WORTH_SAYING = 0.5
"""A match with a lower score is not suggested."""

_MOST_MS = 40_000  # more speech does not improve the embedding
_LEAST_SPAN_MS = 1_600  # shorter stretches add little
_PAUSE_MS = 300  # a longer pause inside a passage may contain another speaker

# Set on cosines of recordings of the same and of different people; see docs/speakers.md.
_EVEN = 0.55  # cosine at which both are equally likely
_SHARPNESS = 20.0  # converts a cosine to log-odds


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePrint:
    vector: Array = field(repr=False)  # (256,) of length 1; personal data: never shown or logged
    speech_ms: int = 0

    def to_bytes(self) -> bytes:
        return self.vector.astype("<f4").tobytes()


def from_bytes(data: bytes) -> VoicePrint:
    return VoicePrint(vector=np.frombuffer(data, "<f4", EMBEDDING_SIZE).astype(np.float32))


def score(first: VoicePrint, second: VoicePrint) -> float:
    """The probability, 0 to 1, that both are one person's."""
    cosine = float(first.vector @ second.vector)
    return float(1.0 / (1.0 + np.exp(-_SHARPNESS * (cosine - _EVEN))))


Span = tuple[int, int]


def spans_of(transcript: Transcript, speaker: str) -> list[Span]:
    """Stretches in which only this speaker talks, the longest first, up to the useful amount."""
    spans: list[Span] = []
    for segment in transcript.segments:
        own = [word for word in segment.words if (word.speaker or segment.speaker) == speaker]
        breaks = [
            n + 1 for n, (a, b) in enumerate(pairwise(own)) if b.start_ms - a.end_ms > _PAUSE_MS
        ]
        edges = [0, *breaks, len(own)]
        spans += [(own[a].start_ms, own[b - 1].end_ms) for a, b in pairwise(edges) if b > a]
    usable = sorted((s for s in spans if s[1] - s[0] >= _LEAST_SPAN_MS), key=lambda s: s[0] - s[1])
    chosen: list[Span] = []
    left_ms = _MOST_MS
    for start_ms, end_ms in usable:
        if left_ms < _LEAST_SPAN_MS:
            break
        chosen.append((start_ms, min(end_ms, start_ms + left_ms)))
        left_ms -= chosen[-1][1] - start_ms
    return chosen


def length_ms(spans: Sequence[Span]) -> int:
    return sum(end_ms - start_ms for start_ms, end_ms in spans)


@cache
def _networks() -> VoiceNetworks:
    return VoiceNetworks()


def print_of(
    spans: Sequence[Span], read: Callable[[int, int], Samples], *, least_ms: int = LEAST_MS
) -> VoicePrint | None:
    """The mean embedding of the stretches; None if they are too short or silent.

    Raises ProviderMisconfigured if the networks are not installed.
    """
    if length_ms(spans) < least_ms:
        return None
    vectors = np.concatenate(
        [voice_vectors(read(start_ms, end_ms), _networks()) for start_ms, end_ms in sorted(spans)]
    )
    if not vectors.any():
        return None
    return VoicePrint(vector=unit(vectors.mean(axis=0)), speech_ms=length_ms(spans))
