"""Who spoke, on any machine: a voice encoder, clustering and a path through time. No torch."""

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mp4totext.providers.base import DiarizationCapabilities, DiarizationRequest, Report, Turn
from mp4totext.providers.diarization.speaker_limits import check_limits
from mp4totext.providers.diarization.voice_clusters import (
    Cluster,
    Labels,
    SpeakerCount,
    first_clusters,
    settled_clusters,
)
from mp4totext.providers.diarization.voice_decoding import best_path, confidences, turns_of
from mp4totext.providers.diarization.voice_encoder import Array, VoiceEncoder
from mp4totext.providers.diarization.voice_pieces import VoicePieces, hear
from mp4totext.providers.speech.vad import Vad
from mp4totext.settings import Settings

_ROUNDS = 2  # decode, settle: a third round changed nothing on the tuning files
_STEADY = 0.72  # cosine between the pieces 0.8 s before and after: one voice all the time
_APART = 4  # those pieces are this many hops away


class LocalDiarizer:
    """Tells voices apart by Resemblyzer's encoder. One instance may serve several threads."""

    capabilities = DiarizationCapabilities()

    def __init__(self, *, weights: Path | None = None) -> None:
        self._weights = weights

    @cached_property
    def _encoder(self) -> VoiceEncoder:
        return VoiceEncoder(self._weights)

    @cached_property
    def _vad(self) -> Vad:
        return Vad()

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]:
        """Turns in order, one speaker at a time; empty when nobody speaks.

        Finds fewer than ``min_speakers`` only when there is too little speech for so many. Raises
        ProviderRejected for impossible limits, ProviderMisconfigured when the weights are missing.
        """
        check_limits(request, provider="local")
        pieces = hear(request, encoder=self._encoder, vad=self._vad, report=report)
        if not len(pieces):
            return ()
        count = SpeakerCount(low=request.min_speakers or 1, high=request.max_speakers)
        alike = pieces.vectors @ _centres(_speakers(pieces, count)).T
        labels = best_path(alike, pieces.region)
        return turns_of(pieces, labels, confidences(alike, labels))


def _speakers(pieces: VoicePieces, count: SpeakerCount) -> list[Cluster]:
    steady = _steady(pieces)
    chosen, seconds = _every_second(pieces, steady)
    clusters = first_clusters(pieces.vectors[chosen], seconds=seconds, count=count)
    for _round in range(_ROUNDS):
        labels = best_path(pieces.vectors @ _centres(clusters).T, pieces.region)
        clusters = settled_clusters(
            _heard_again(pieces, labels, steady),
            speech_s=float(pieces.seconds.sum()),
            count=count,
        )
    return clusters


def _every_second(
    pieces: VoicePieces, steady: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Half of the steady pieces, neighbours being much alike; a lone piece always stays."""
    alone = np.bincount(pieces.region)[pieces.region] == 1
    index = np.flatnonzero(steady)
    chosen = index[alone[index] | (np.arange(len(index)) % 2 == 0)]
    return chosen, pieces.seconds[chosen] * np.where(alone[chosen], 1.0, 2.0)


def _steady(pieces: VoicePieces) -> NDArray[np.bool_]:
    """Pieces whose surroundings sound like one voice: the ones to learn voices from."""
    count = len(pieces)
    before = np.maximum(np.arange(count) - _APART, 0)
    after = np.minimum(np.arange(count) + _APART, count - 1)
    before = np.where(pieces.region[before] == pieces.region, before, np.arange(count))
    after = np.where(pieces.region[after] == pieces.region, after, np.arange(count))
    alike = np.einsum("nd,nd->n", pieces.vectors[before], pieces.vectors[after])
    steady = (alike > _STEADY) & pieces.whole
    return np.asarray(steady if steady.sum() >= 3 else np.ones(count, np.bool_))


def _heard_again(pieces: VoicePieces, labels: Labels, steady: NDArray[np.bool_]) -> list[Cluster]:
    """A cluster for each label: its steady pieces give the voice, all of them the seconds."""
    clusters: list[Cluster] = []
    for label in np.unique(labels):
        own = labels == label
        chosen = own & steady if (own & steady).any() else own
        seconds = float(pieces.seconds[own].sum())
        total = pieces.vectors[chosen].mean(axis=0) * seconds
        clusters.append(Cluster(total, seconds, _longest_run_s(own, pieces.seconds)))
    return clusters


def _longest_run_s(chosen: NDArray[np.bool_], seconds: NDArray[np.float64]) -> float:
    edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0))
    spoken = np.concatenate([[0.0], np.cumsum(seconds)])
    return float((spoken[edges[1::2]] - spoken[edges[::2]]).max(initial=0.0))


def _centres(clusters: list[Cluster]) -> Array:
    return np.stack([cluster.centre for cluster in clusters])


def build(_settings: Settings) -> LocalDiarizer:
    """For the registry."""
    return LocalDiarizer()
