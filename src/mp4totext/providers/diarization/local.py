"""Who spoke, on any machine: two small networks and clustering. No torch, no token, no network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mp4totext.providers.access import Access
from mp4totext.providers.base import Report
from mp4totext.providers.diarization.base import DiarizationCapabilities, DiarizationRequest
from mp4totext.providers.diarization.joining import joined
from mp4totext.providers.diarization.speaker_limits import check_limits
from mp4totext.providers.diarization.voice_clusters import SpeakerCount, voices_of
from mp4totext.providers.diarization.voice_networks import Array, VoiceNetworks
from mp4totext.providers.diarization.voice_pieces import Piece, hear
from mp4totext.transcript import Turn

_TELLING_S = 0.9  # a voice is learned from pieces in which it is alone for so long
_JOIN_MS = 1_200  # a pause this short does not end a turn when the same speaker goes on
_STRANGER = 0.3  # cosine at which a voice is as likely nobody's we know
_SURE = 12.0  # cosine -> log-probability of a turn's confidence


class LocalDiarizer:
    """Tells voices apart, also those that speak at once. One object may serve several threads."""

    def __init__(self, *, library: Path | None = None) -> None:
        self._networks = VoiceNetworks(library)

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]:
        """Turns in order of their starts, which may overlap; empty when nobody speaks.

        Finds fewer than ``min_speakers`` only when there is too little speech for so many. Raises
        ProviderRejected for impossible limits, ProviderMisconfigured when a network is missing.
        """
        check_limits(request, provider="local")
        pieces = hear(request, networks=self._networks, report=report)
        if not pieces:
            return ()
        count = SpeakerCount(low=request.min_speakers or 1, high=request.max_speakers)
        vectors = np.stack([piece.vector for piece in pieces])
        alike = vectors @ _voices(pieces, vectors, count).T
        return _turns(pieces, alike)


def _voices(pieces: Sequence[Piece], vectors: Array, count: SpeakerCount) -> Array:
    alone = np.array([piece.alone_s for piece in pieces])
    telling = alone >= min(_TELLING_S, alone.max())
    if telling.sum() < count.low:
        telling[:] = True
    # What was said at once with others counts a little, so that it is somebody's.
    return voices_of(vectors[telling], seconds=np.maximum(alone[telling], 0.01), count=count)


def _turns(pieces: Sequence[Piece], alike: Array) -> tuple[Turn, ...]:
    """Speakers are named S1, S2, ... by first appearance."""
    labels = alike.argmax(axis=1)
    found = [
        (span, int(label), confidence)
        for piece, label, confidence in zip(pieces, labels, _confidences(alike), strict=True)
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
        for (start_ms, end_ms), label, confidence in sorted(found)
    ]
    return joined(turns, pause_ms=_JOIN_MS)


def _confidences(alike: Array) -> list[float]:
    """How sure the nearest voice is, 0 to 1: against the others and against a stranger's."""
    odds: NDArray[np.float64] = np.exp(_SURE * (alike.astype(np.float64) - _STRANGER))
    sure: list[float] = (odds.max(axis=1) / (odds.sum(axis=1) + 1.0)).tolist()
    return sure


def build(_access: Access[DiarizationCapabilities]) -> LocalDiarizer:
    return LocalDiarizer()
