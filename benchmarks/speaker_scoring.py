"""Diarization error rate and cpWER, with the best one-to-one naming of speakers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from scipy.optimize import linear_sum_assignment

from mp4totext.transcript import Turn, Word

_FRAME_MS = 10

Frames = NDArray[np.bool_]  # (speakers, 10 ms frames)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationScore:
    """Shares of the reference's speech: missed, false alarm, given to the wrong speaker."""

    missed: float
    false_alarm: float
    confused: float
    reference_speakers: int
    found_speakers: int

    @property
    def error_rate(self) -> float:
        return self.missed + self.false_alarm + self.confused


def read_rttm(path: Path) -> tuple[Turn, ...]:
    """The SPEAKER lines of an RTTM file."""
    rows = [line.split() for line in path.read_text().splitlines() if line.startswith("SPEAKER")]
    return tuple(
        Turn(
            start_ms=round(float(row[3]) * 1_000),
            end_ms=round((float(row[3]) + float(row[4])) * 1_000),
            speaker=row[7],
        )
        for row in rows
    )


def diarization_score(
    reference: Sequence[Turn],
    found: Sequence[Turn],
    *,
    collar_ms: int = 0,
    skip_overlap: bool = False,
) -> DiarizationScore:
    """Frames of 10 ms; those nearer than the collar to a reference edge do not count."""
    end_ms = max((turn.end_ms for turn in (*reference, *found)), default=0)
    count = end_ms // _FRAME_MS + 1
    truth, guess = _frames(reference, count), _frames(found, count)
    counted = _outside_collar(reference, count, collar_ms)
    if skip_overlap:
        counted &= truth.sum(axis=0) <= 1
    truth, guess = truth[:, counted], guess[:, counted]
    spoken, heard = truth.sum(axis=0), guess.sum(axis=0)
    total = max(1, int(spoken.sum()))
    together = truth.astype(np.int64) @ guess.T.astype(np.int64)
    rows, columns = linear_sum_assignment(-together)
    right = int(together[rows, columns].sum())
    return DiarizationScore(
        missed=float(np.maximum(spoken - heard, 0).sum() / total),
        false_alarm=float(np.maximum(heard - spoken, 0).sum() / total),
        confused=float((np.minimum(spoken, heard).sum() - right) / total),
        reference_speakers=len(truth),
        found_speakers=len(guess),
    )


def _frames(turns: Sequence[Turn], count: int) -> Frames:
    speakers = sorted({turn.speaker for turn in turns})
    frames = np.zeros((len(speakers), count), np.bool_)
    for turn in turns:
        row = frames[speakers.index(turn.speaker)]
        row[turn.start_ms // _FRAME_MS : turn.end_ms // _FRAME_MS] = True
    return frames


def _outside_collar(reference: Sequence[Turn], count: int, collar_ms: int) -> NDArray[np.bool_]:
    counted = np.ones(count, np.bool_)
    if collar_ms:
        for turn in reference:
            for edge in (turn.start_ms, turn.end_ms):
                low = max(0, edge - collar_ms) // _FRAME_MS
                counted[low : (edge + collar_ms) // _FRAME_MS] = False
    return counted


SpokenBy = Mapping[str, Sequence[str]]  # speaker -> all their words in order


def cp_wer(reference: SpokenBy, found: SpokenBy) -> float:
    """Concatenated minimum-permutation word error rate (Watanabe et al., CHiME-6, 2020).

    The cost of naming one speaker as another is independent of the other names, so the best naming
    is an assignment problem; a speaker without a partner costs all their words.
    """
    names, others = sorted(reference), sorted(found)
    size = max(len(names), len(others))
    costs = np.zeros((size, size))
    for row in range(size):
        truth = list(reference[names[row]]) if row < len(names) else []
        for column in range(size):
            guess = list(found[others[column]]) if column < len(others) else []
            costs[row, column] = Levenshtein.distance(truth, guess)
    rows, columns = linear_sum_assignment(costs)
    total = sum(len(words) for words in reference.values())
    return float(costs[rows, columns].sum()) / max(1, total)


def words_by_speaker(said: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """(speaker, text) in order of time -> each speaker's words."""
    words: dict[str, list[str]] = defaultdict(list)
    for speaker, text in said:
        words[speaker] += text.split()
    return words


def words_right(words: Sequence[Word], reference: Sequence[Turn]) -> float | None:
    """Share of the words in exactly one reference speaker's turns that carry that speaker.

    Names are matched as a whole, one to one. None when no word is in such a place.
    """
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for word in words:
        middle = (word.start_ms + word.end_ms) / 2
        here = {turn.speaker for turn in reference if turn.start_ms <= middle < turn.end_ms}
        if len(here) == 1:
            counts[here.pop(), word.speaker or ""] += 1
    truths = sorted({truth for truth, _found in counts})
    found = sorted({name for _truth, name in counts})
    if not counts:
        return None
    table = np.array([[counts.get((truth, name), 0) for name in found] for truth in truths])
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum() / table.sum())
