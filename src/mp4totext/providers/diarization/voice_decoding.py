"""Which voice speaks in each piece, and from that the turns."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mp4totext.providers.base import Turn
from mp4totext.providers.diarization.voice_clusters import Labels
from mp4totext.providers.diarization.voice_encoder import Array
from mp4totext.providers.diarization.voice_pieces import VoicePieces

_SHARPNESS = 12.0  # cosine -> log-probability
_CHANGE_COST = 1.0  # log-probability a change of speaker costs inside a stretch of speech ...
_PAUSE_CHANGE_COST = 0.3  # ... and after a pause of 0.2 s or more
_STRANGER = 0.55  # cosine at which a voice is as likely nobody's we know
_SURE = 20.0  # cosine -> log-probability of a turn's confidence
_JOIN_MS = 800  # a pause this short does not end a turn when the same speaker goes on


def best_path(alike: Array, region: NDArray[np.int64]) -> Labels:
    """(n, speakers) cosines and the stretch each piece lies in -> the likeliest speaker of each.

    Viterbi over a chain in which a change of speaker costs less after a pause.
    """
    count, speakers = alike.shape
    if count == 0 or speakers == 1:
        return np.zeros(count, np.int64)
    scores = alike * _SHARPNESS
    costs = np.where(np.diff(region, prepend=region[0]) == 0, _CHANGE_COST, _PAUSE_CHANGE_COST)
    came_from = np.empty((count, speakers), np.int64)
    value = scores[0].astype(np.float64)
    everyone = np.arange(speakers)
    for at in range(1, count):
        best = int(value.argmax())
        changed = value[best] - costs[at]
        stays = value >= changed
        came_from[at] = np.where(stays, everyone, best)
        value = np.where(stays, value, changed) + scores[at]
    path = np.empty(count, np.int64)
    path[-1] = value.argmax()
    for at in range(count - 1, 0, -1):
        path[at - 1] = came_from[at, path[at]]
    return path


def confidences(alike: Array, labels: Labels) -> NDArray[np.float64]:
    """How sure each label is, 0 to 1: against the other voices and against a stranger's."""
    odds = np.exp(_SURE * (alike.astype(np.float64) - _STRANGER))
    own = odds[np.arange(len(labels)), labels]
    return np.asarray(own / (odds.sum(axis=1) + 1.0))


def turns_of(pieces: VoicePieces, labels: Labels, sure: NDArray[np.float64]) -> tuple[Turn, ...]:
    """Turns named S1, S2, ... by first appearance; a change lies between two pieces' middles."""
    spans: list[Turn] = []
    names: dict[int, str] = {}
    for first, last in _stretches(pieces, labels):
        label = int(labels[first])
        span = Turn(
            start_ms=_start(pieces, first),
            end_ms=_end(pieces, last),
            speaker=names.setdefault(label, f"S{len(names) + 1}"),
            confidence=round(float(sure[first : last + 1].mean()), 3),
        )
        spans.append(span)
    return joined(spans, pause_ms=_JOIN_MS)


def _stretches(pieces: VoicePieces, labels: Labels) -> list[tuple[int, int]]:
    """(first, last) piece of each run with one speaker in one region."""
    changes = (np.diff(labels) != 0) | (np.diff(pieces.region) != 0)
    starts = [0, *(np.flatnonzero(changes) + 1).tolist(), len(labels)]
    return [(a, b - 1) for a, b in pairwise(starts) if b > a]


def _start(pieces: VoicePieces, at: int) -> int:
    if at and pieces.region[at - 1] == pieces.region[at]:
        return int(pieces.centre_ms[at - 1] + pieces.centre_ms[at]) // 2
    return pieces.regions[int(pieces.region[at])].start_ms


def _end(pieces: VoicePieces, at: int) -> int:
    if at + 1 < len(pieces) and pieces.region[at + 1] == pieces.region[at]:
        return int(pieces.centre_ms[at] + pieces.centre_ms[at + 1]) // 2
    return pieces.regions[int(pieces.region[at])].end_ms


def joined(turns: Sequence[Turn], *, pause_ms: int) -> tuple[Turn, ...]:
    """Neighbouring turns of one speaker made one when nobody else and no long pause is between."""
    out: list[Turn] = []
    for turn in turns:
        last = out[-1] if out else None
        if last and last.speaker == turn.speaker and turn.start_ms - last.end_ms <= pause_ms:
            out[-1] = Turn(
                start_ms=last.start_ms,
                end_ms=turn.end_ms,
                speaker=turn.speaker,
                confidence=_mean_confidence(last, turn),
            )
        else:
            out.append(turn)
    return tuple(out)


def _mean_confidence(one: Turn, two: Turn) -> float | None:
    if one.confidence is None or two.confidence is None:
        return None
    lengths = one.end_ms - one.start_ms, two.end_ms - two.start_ms
    weighted = one.confidence * lengths[0] + two.confidence * lengths[1]
    return round(weighted / max(1, sum(lengths)), 3)
