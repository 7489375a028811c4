"""Diarization on any machine: two small networks and clustering; no torch, token or network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mp4totext.providers.access import Access
from mp4totext.providers.base import Report
from mp4totext.providers.diarization.base import DiarizationCapabilities, DiarizationRequest
from mp4totext.providers.diarization.joining import joined
from mp4totext.providers.diarization.speaker_limits import check_limits
from mp4totext.providers.diarization.voice_clusters import SpeakerCount, cluster_voices
from mp4totext.providers.diarization.voice_networks import Array, VoiceNetworks
from mp4totext.providers.diarization.voice_pieces import VoicePiece, voice_pieces
from mp4totext.transcript import Turn

_CLUSTERED_S = 0.9  # seconds of a single speaker that a piece needs to be clustered
_JOIN_MS = 1_200  # a shorter pause does not end a turn if the same speaker continues
_STRANGER = 0.3  # cosine at which a piece is as likely a voice outside all clusters
_SHARPNESS = 12.0  # converts a cosine to a log-probability, for the confidence of turns


class LocalDiarizer:
    """Finds speakers, also overlapping ones. Safe to call from several threads."""

    def __init__(self, *, library: Path | None = None) -> None:
        self._networks = VoiceNetworks(library)

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]:
        """Turns by start, which may overlap; empty without voice.

        Finds fewer than ``min_speakers`` only if there is too little speech for them. Raises
        ProviderRejected for impossible limits, ProviderMisconfigured if a network is missing.
        """
        check_limits(request, provider="local")
        pieces = voice_pieces(request, networks=self._networks, report=report)
        if not pieces:
            return ()
        count = SpeakerCount(low=request.limits.min_speakers or 1, high=request.limits.max_speakers)
        vectors = np.stack([piece.vector for piece in pieces])
        similarity = vectors @ _voices(pieces, vectors, count).T
        return _turns(pieces, similarity)


def _voices(pieces: Sequence[VoicePiece], vectors: Array, count: SpeakerCount) -> Array:
    """(speakers, 256): embeddings of the speakers, from the pieces that are clear enough."""
    alone_s = np.array([piece.alone_s for piece in pieces])
    clear = alone_s >= min(_CLUSTERED_S, alone_s.max())
    if clear.sum() < count.low:
        clear[:] = True
    # Pieces with several speakers have a small weight, so that they are assigned to one of them.
    return cluster_voices(vectors[clear], seconds=np.maximum(alone_s[clear], 0.01), count=count)


def _turns(pieces: Sequence[VoicePiece], similarity: Array) -> tuple[Turn, ...]:
    """Turns of speakers S1, S2, ... by first appearance. ``similarity``: (pieces, speakers)."""
    labels = similarity.argmax(axis=1)
    labelled = [
        (span, int(label), confidence)
        for piece, label, confidence in zip(pieces, labels, _confidences(similarity), strict=True)
        for span in piece.spans
    ]
    names: dict[int, str] = {}
    turns = [
        Turn(
            start_ms=start_ms,
            end_ms=end_ms,
            speaker=names.setdefault(label, f"S{len(names) + 1}"),
            confidence=round(confidence, 3),
        )
        for (start_ms, end_ms), label, confidence in sorted(labelled)
    ]
    return joined(turns, pause_ms=_JOIN_MS)


def _confidences(similarity: Array) -> list[float]:
    """0 to 1: the confidence of the nearest speaker, against the others and against none."""
    odds: NDArray[np.float64] = np.exp(_SHARPNESS * (similarity.astype(np.float64) - _STRANGER))
    confidences: list[float] = (odds.max(axis=1) / (odds.sum(axis=1) + 1.0)).tolist()
    return confidences


def build(_access: Access[DiarizationCapabilities]) -> LocalDiarizer:
    return LocalDiarizer()
