"""Assigns a speaker to each word, by speakers' turns. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from mp4totext.editing.word_times import mean_confidence
from mp4totext.transcript import Segment, Speaker, Transcript, Turn, Word, renumbered

PAUSE_MS = 1_000
"""Words are not moved to another speaker because of words beyond a pause of this length."""

# Weight of a turn beside a word that no turn covers, against 1 for a turn that covers it.
_NEARBY_WEIGHT = 0.4
_FADE_MS = 300.0  # distance at which that weight has fallen to 1/e
_FLOOR = 0.02  # evidence of speakers without any, as each may have said any word
_CHANGE_COST = 1.2  # log-probability that a change of speaker costs inside a phrase ...
_BREAK_CHANGE_COST = 0.5  # ... and after the end of a sentence or a short pause
_BREAK_MS = 300
_SENTENCE_ENDS = (".", "?", "!", "。", "？", "！", "…")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit with one speaker: a word, or a segment that cannot be split."""

    segment: int
    word: int | None
    start_ms: int
    end_ms: int
    text: str


def assign(
    segments: Sequence[Segment], turns: Sequence[Turn]
) -> tuple[tuple[Segment, ...], tuple[Speaker, ...]]:
    """The words with their speakers, in segments of one speaker each; and the speakers.

    Segments are split where the speaker changes and renumbered; speakers are S1, S2, ... by first
    appearance. A segment without words, or whose text a person edited, stays whole. Without turns
    no word gets a speaker. Where turns overlap, the speaker of the surrounding words continues.
    """
    units = _units(segments)
    if not turns or not units:
        return renumbered(tuple(_without_speakers(segment) for segment in segments)), ()
    names = sorted({turn.speaker for turn in turns})
    evidence = _evidence(units, [_of_speaker(turns, name) for name in names])
    breaks = [
        n + 1 for n, (a, b) in enumerate(pairwise(units)) if b.start_ms - a.end_ms >= PAUSE_MS
    ]
    runs = pairwise([0, *breaks, len(units)])
    choices = np.concatenate([_likeliest(units[a:b], evidence[a:b]) for a, b in runs])
    sure = _confidences(units, turns, evidence, choices, names)
    order = list(dict.fromkeys(names[choice] for choice in choices))
    ids = {name: f"S{place}" for place, name in enumerate(order, 1)}
    assigned = {
        (unit.segment, unit.word): (ids[names[choice]], confidence)
        for unit, choice, confidence in zip(units, choices, sure, strict=True)
    }
    split = [piece for n, segment in enumerate(segments) for piece in _split(segment, n, assigned)]
    return renumbered(tuple(split)), tuple(Speaker(id=ids[name]) for name in order)


def _units(segments: Sequence[Segment]) -> list[_Unit]:
    units: list[_Unit] = []
    for n, segment in enumerate(segments):
        if segment.words and segment.recognised_text is None:
            units += [
                _Unit(n, place, word.start_ms, word.end_ms, word.text)
                for place, word in enumerate(segment.words)
            ]
        else:
            units.append(_Unit(n, None, segment.start_ms, segment.end_ms, segment.text))
    return units


def without_speakers(transcript: Transcript) -> Transcript:
    segments = tuple(_without_speakers(segment) for segment in transcript.segments)
    return replace(transcript, segments=segments, speakers=())


def _without_speakers(segment: Segment) -> Segment:
    words = tuple(replace(w, speaker=None, speaker_confidence=None) for w in segment.words)
    return replace(segment, words=words, speaker=None)


def _of_speaker(turns: Sequence[Turn], speaker: str) -> NDArray[np.float64]:
    """(n, 2) starts and ends of one speaker's turns, ordered and disjoint."""
    spans: list[list[int]] = []
    own = [turn for turn in turns if turn.speaker == speaker]
    for turn in sorted(own, key=lambda turn: turn.start_ms):
        if spans and turn.start_ms <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], turn.end_ms)
        else:
            spans.append([turn.start_ms, max(turn.end_ms, turn.start_ms + 1)])
    return np.array(spans, np.float64)


def _evidence(
    units: Sequence[_Unit], speakers: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """(units, speakers) evidence for each speaker: the covered share, or else the nearest turn."""
    starts = np.array([unit.start_ms for unit in units], np.float64)
    ends = np.maximum([unit.end_ms for unit in units], starts + 1)
    middles = (starts + ends) / 2
    covered = np.stack([_covered(starts, ends, spans) for spans in speakers], axis=1)
    near = _NEARBY_WEIGHT * np.exp(
        -np.stack([_gap(middles, s) for s in speakers], axis=1) / _FADE_MS
    )
    silent = covered.max(axis=1, keepdims=True) <= 0
    return np.asarray(np.maximum(np.where(silent, near, covered), _FLOOR))


def _covered(
    starts: NDArray[np.float64], ends: NDArray[np.float64], spans: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The share of each unit that is covered by the spans."""
    edges = spans.reshape(-1)
    lengths = np.zeros(len(edges))
    lengths[1::2] = spans[:, 1] - spans[:, 0]
    spoken = np.cumsum(lengths)  # how much the speaker has said at each edge
    inside = np.interp(ends, edges, spoken) - np.interp(starts, edges, spoken)
    return np.asarray(inside / (ends - starts))


def _gap(at: NDArray[np.float64], spans: NDArray[np.float64]) -> NDArray[np.float64]:
    """Milliseconds from each time to the nearest turn; 0 inside one."""
    after = np.searchsorted(spans[:, 0], at)
    next_start = np.where(after < len(spans), spans[np.minimum(after, len(spans) - 1), 0], np.inf)
    last_end = np.where(after > 0, spans[np.maximum(after - 1, 0), 1], -np.inf)
    return np.asarray(np.maximum(0.0, np.minimum(next_start - at, at - last_end)))


def _likeliest(units: Sequence[_Unit], evidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """The speaker of each unit of one run, by Viterbi: changes cost, least at natural breaks."""
    scores = np.log(evidence)
    everyone = np.arange(scores.shape[1])
    came_from = np.empty(scores.shape, np.int64)
    value = scores[0]
    for n in range(1, len(units)):
        before, after = units[n - 1], units[n]
        paused = after.start_ms - before.end_ms >= _BREAK_MS
        ended = before.text.rstrip("\"'”’)").endswith(_SENTENCE_ENDS)
        best = int(value.argmax())
        changed = value[best] - (_BREAK_CHANGE_COST if paused or ended else _CHANGE_COST)
        came_from[n] = np.where(value >= changed, everyone, best)
        value = np.maximum(value, changed) + scores[n]
    path = np.empty(len(units), np.int64)
    path[-1] = value.argmax()
    for n in range(len(units) - 1, 0, -1):
        path[n - 1] = came_from[n, path[n]]
    return path


def _confidences(
    units: Sequence[_Unit],
    turns: Sequence[Turn],
    evidence: NDArray[np.float64],
    choices: NDArray[np.int64],
    names: Sequence[str],
) -> list[float]:
    """0 to 1: the chosen speaker's share of the evidence, times the confidence of the turn."""
    own = evidence[np.arange(len(units)), choices]
    among_speakers = own / evidence.sum(axis=1)
    share = among_speakers * np.minimum(1.0, own + _NEARBY_WEIGHT)
    by_speaker = {name: [t for t in turns if t.speaker == name] for name in names}
    of_turn = np.ones(len(units))
    for place, name in enumerate(names):
        chosen = choices == place
        middles = np.array([(unit.start_ms + unit.end_ms) / 2 for unit in units])[chosen]
        own_turns = sorted(by_speaker[name], key=lambda turn: turn.start_ms)
        starts = np.array([turn.start_ms for turn in own_turns])
        at = np.maximum(np.searchsorted(starts, middles, side="right") - 1, 0)
        known = np.array([1.0 if t.confidence is None else t.confidence for t in own_turns])
        of_turn[chosen] = known[at]
    return [round(float(value), 3) for value in share * of_turn]


_Assigned = dict[tuple[int, int | None], tuple[str, float]]


def _split(segment: Segment, n: int, assigned: _Assigned) -> Iterable[Segment]:
    if (n, None) in assigned:
        yield _as_one_speaker(segment, *assigned[n, None])
        return
    words = [
        replace(word, speaker=assigned[n, place][0], speaker_confidence=assigned[n, place][1])
        for place, word in enumerate(segment.words)
    ]
    runs = [tuple(run) for _speaker, run in groupby(words, key=lambda word: word.speaker)]
    yield from cut_at(segment, runs)


def _as_one_speaker(segment: Segment, speaker: str, confidence: float) -> Segment:
    words = tuple(
        replace(word, speaker=speaker, speaker_confidence=confidence) for word in segment.words
    )
    return replace(segment, words=words, speaker=speaker)


def cut_at(segment: Segment, runs: Sequence[tuple[Word, ...]]) -> Iterable[Segment]:
    """One segment for each run of its words; each takes its speaker from its first word.

    Outer edges stay where they were, inner ones go to the words; the text is cut, not rebuilt, so
    that spacing survives in every script.
    """
    if len(runs) == 1:
        yield replace(segment, words=runs[0], speaker=runs[0][0].speaker)
        return
    for n, (run, text) in enumerate(zip(runs, _texts(segment.text, runs), strict=True)):
        yield replace(
            segment,
            start_ms=segment.start_ms if n == 0 else run[0].start_ms,
            end_ms=segment.end_ms if n == len(runs) - 1 else max(word.end_ms for word in run),
            text=text,
            words=run,
            speaker=run[0].speaker,
            confidence=mean_confidence(run, segment.confidence),
        )


def _texts(text: str, runs: Sequence[tuple[Word, ...]]) -> list[str]:
    """The text of each run, cut out of the whole where its first word is found."""
    cuts = [0]
    at = 0
    for n, run in enumerate(runs):
        for place, word in enumerate(run):
            found = text.find(word.text, at)
            if found < 0:
                return [" ".join(word.text for word in run) for run in runs]
            if n and place == 0:
                cuts.append(found)
            at = found + len(word.text)
    return [text[a:b].strip() for a, b in pairwise([*cuts, len(text)])]
