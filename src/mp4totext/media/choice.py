"""Selects the tracks and channels to transcribe, by the voices in them. Pure.

A voice that only one channel has is never left out. Channels with the same voice are mixed; people
who have a channel or a track each are transcribed separately; of tracks with the same content in
other words (a dub, a commentary) one is transcribed, and a warning names the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mp4totext.kit import languages
from mp4totext.media.errors import NoSuchTrack
from mp4totext.media.level import raising_gain
from mp4totext.media.relations import OWN_MS, Group, Relations, combined, groups_of, sign, voice_db
from mp4totext.media.sources import Feed, Input, Mix
from mp4totext.media.structure import Structure, Track
from mp4totext.media.survey import Survey
from mp4totext.transcript import Source

Numbers = tuple[int, ...] | Literal["all"] | None  # None: chosen by voice

# Flags of tracks that are another version of a track, or a commentary on it.
_OTHER_VERSIONS = frozenset(
    {"dub", "comment", "lyrics", "karaoke", "hearing_impaired", "visual_impaired", "descriptions"}
)
# Share of the power of the loudest voice; keeps a channel without any noise from filling the mix.
_NOISE_FLOOR = 1e-2
_FULL_SCALE = 0.99
# Share of its weight: the same sound a little later, or sometimes inverted, cancels the mix.
_SHIFTED = 0.05
# Share of the power below all voices: offset, wind and bumps are filtered out above this.
_LOW_SHARE = 0.1
_OUTLIER_DB = 12  # a few frames this much above all others are damage, not speech
_OUTLIERS = 4

CLIPPED = (
    "The recording is clipped: it was made too loud, and words may be misheard where it is "
    "distorted."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """The requested tracks and channels, numbered from 1."""

    tracks: Numbers = None
    channels: Numbers = None
    language: str | None = None  # BCP 47; None: any


ANYTHING = SourceOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    mix: Mix
    sources: tuple[Source, ...]
    warnings: tuple[str, ...]


def refuse_missing(structure: Structure, options: SourceOptions) -> None:
    """Raises NoSuchTrack for a track or a channel that the recording does not have."""
    tracks = structure.tracks
    for number in options.tracks if isinstance(options.tracks, tuple) else ():
        if number > len(tracks):
            raise NoSuchTrack(
                f"There is no audio track {number}: the recording has {len(tracks)}. Choose "
                "another one, or omit the option."
            )
        if tracks[number - 1].empty:
            raise NoSuchTrack(
                f"Audio track {number} is empty. Choose another one, or omit the option."
            )
        if not tracks[number - 1].readable:
            raise NoSuchTrack(
                f"Audio track {number} ({tracks[number - 1].codec}) cannot be decoded here. Choose "
                "another one, or export the recording in another format."
            )
    chosen = [t for t in tracks if _is_asked_for(t.number, options.tracks)]
    most = max(track.channels for track in chosen)
    for number in options.channels if isinstance(options.channels, tuple) else ():
        if number > most:
            raise NoSuchTrack(
                f"There is no channel {number}: the recording has {most}. Choose another one, or "
                "leave the choice out."
            )


def choose(structure: Structure, survey: Survey, options: SourceOptions = ANYTHING) -> Choice:
    """Choose what is transcribed. Raises NoSuchTrack if a requested track or channel is missing."""
    refuse_missing(structure, options)
    candidates = [_candidate(t, survey, options) for t in structure.tracks if t.readable]
    selected, skipped = _select(candidates, survey, options)
    signals = [signal for track in selected for signal in _signals(track, survey, options)]
    rows = [row for signal in signals for group in signal.groups for row in group.rows]
    high_pass = bool(np.any(survey.low[rows] > _LOW_SHARE))
    return Choice(
        mix=Mix(tuple(_feed(signal, survey) for signal in signals), high_pass),
        sources=tuple(_sources(candidates, signals, skipped, survey)),
        warnings=tuple(_warnings(structure, selected, skipped, survey)),
    )


def _is_asked_for(number: int, numbers: Numbers) -> bool:
    return not isinstance(numbers, tuple) or number in numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A track that can be decoded, and its sound."""

    track: Track
    rows: tuple[int, ...]
    groups: tuple[Group, ...]  # without silent ones

    @property
    def number(self) -> int:
        return self.track.number

    @property
    def voiced(self) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.voiced_ms >= OWN_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signal:
    """Groups of one track that are mixed, with their weights and the reason."""

    groups: tuple[Group, ...]
    weights: tuple[float, ...]
    reason: str
    fills: bool = False

    def weight_of(self, row: int) -> float | None:
        """The weight of a row, or None if it is not part of this signal."""
        for group, weight in zip(self.groups, self.weights, strict=True):
            if row in group.rows:
                return weight * group.weights[group.rows.index(row)]
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Skipped:
    """A track that is not transcribed."""

    candidate: _Candidate
    reason: str
    has_more: bool = False  # has words that the transcript lacks: a warning names the track


def _candidate(track: Track, survey: Survey, options: SourceOptions) -> _Candidate:
    rows = tuple(
        row
        for row, (number, channel) in enumerate(survey.rows)
        if number == track.number and _is_asked_for(channel, options.channels)
    )
    return _Candidate(track=track, rows=rows, groups=tuple(groups_of(survey, rows)))


# Tracks


def _select(
    candidates: Sequence[_Candidate], survey: Survey, options: SourceOptions
) -> tuple[list[_Candidate], list[_Skipped]]:
    """The best track, then each with a voice that those before it lack; and the skipped ones."""
    requested = [c for c in candidates if _is_asked_for(c.number, options.tracks)]
    ranked = sorted(requested, key=lambda candidate: _rank(candidate, requested, options))
    skipped = [
        _Skipped(candidate=candidate, reason="not asked for")
        for candidate in candidates
        if candidate not in requested
    ]
    if options.tracks is None:
        skipped += _said_in_a_mix(ranked, survey)
        ranked = [c for c in ranked if all(c is not skip.candidate for skip in skipped)]
    selected = ranked[:1]
    for candidate in ranked[1:]:
        skip = _reason_to_skip(candidate, selected, survey, options)
        if skip is None:
            selected.append(candidate)
        else:
            skipped.append(skip)
    return sorted(selected, key=lambda candidate: candidate.number), skipped


def _said_in_a_mix(ranked: Sequence[_Candidate], survey: Survey) -> Iterator[_Skipped]:
    """A track that mixes others, as OBS records one, or those others: their words come once."""
    spoken = [candidate for candidate in ranked if candidate.voiced]
    if len(spoken) < 2:
        return
    relations = Relations(survey, [combined(candidate.groups) for candidate in spoken])
    numbers = range(len(spoken))
    skipped: set[int] = set()
    for mix in numbers:
        parts = [
            n
            for n in numbers
            if n != mix
            and n not in skipped
            and relations.within(n, mix)
            and not relations.within(mix, n)
            and not _is_other_version(spoken[n].track, spoken[mix].track)
        ]
        if not parts or mix in skipped:
            continue
        together = combined([group for n in parts for group in spoken[n].groups])
        all_of_it = Relations(survey, [combined(spoken[mix].groups), together]).within(0, 1)
        if all_of_it and len(parts) > 1:
            names = " and ".join(str(spoken[n].number) for n in parts)
            skipped.add(mix)
            yield _Skipped(candidate=spoken[mix], reason=f"the same as tracks {names}")
        else:
            skipped.update(parts)
            reason = f"nothing that track {spoken[mix].number} does not have"
            yield from (_Skipped(candidate=spoken[n], reason=reason) for n in parts)


def _rank(
    candidate: _Candidate, among: Sequence[_Candidate], options: SourceOptions
) -> tuple[int, ...]:
    """A sort key: the best track has the smallest."""
    flags = set(candidate.track.flags)
    some_default = len({"default" in other.track.flags for other in among}) > 1
    spoken = candidate.track.language
    return (
        not candidate.groups,
        not candidate.voiced,
        bool(options.language and spoken and not languages.same(spoken, options.language)),
        _is_about_another(candidate.track),
        some_default and "default" not in flags,
        candidate.number,
    )


def _is_about_another(track: Track) -> bool:
    title = (track.title or "").lower()
    named = "commentary" in title or "description" in title
    return named or bool(set(track.flags) & _OTHER_VERSIONS)


def _reason_to_skip(
    candidate: _Candidate,
    selected: Sequence[_Candidate],
    survey: Survey,
    options: SourceOptions,
) -> _Skipped | None:
    """Why a track is not transcribed, or None if it is."""

    def skip(reason: str, *, has_more: bool = False) -> _Skipped:
        return _Skipped(candidate=candidate, reason=reason, has_more=has_more)

    best = selected[0]
    if not candidate.groups:
        return skip("silent")
    if not candidate.voiced and options.tracks is None:
        return skip("no voice")
    if options.tracks is None and _is_other_version(candidate.track, best.track):
        return skip(f"another version of track {best.number}", has_more=True)
    before = combined([group for other in selected for group in other.groups])
    relations = Relations(survey, [combined(candidate.groups), before])
    numbers = " and ".join(str(other.number) for other in selected)
    if relations.alike(0, 1):
        return skip(f"the same as track {numbers}")
    if options.tracks is not None:
        return None
    if _is_passed_over(candidate.track, best.track) and relations.at_once(0, 1):
        return skip(f"players play track {best.number} instead", has_more=True)
    more = relations.adds(0, 1)
    nothing = f"nothing that track {numbers} does not have"
    reason = f"speaks at the same time as track {numbers}" if more else nothing
    return None if relations.apart(0, 1) else skip(reason, has_more=more)


def _is_passed_over(track: Track, best: Track) -> bool:
    """Whether a later track is marked as the default, so that players do not play this one.

    Files mark the first track unless their author chose another one.
    """
    return track.number < best.number and "default" in best.flags and "default" not in track.flags


def _is_other_version(track: Track, best: Track) -> bool:
    if _is_about_another(track) != _is_about_another(best):
        return True
    both = track.language and best.language
    return bool(both and not languages.same(str(track.language), str(best.language)))


# Channels


def _signals(candidate: _Candidate, survey: Survey, options: SourceOptions) -> list[_Signal]:
    """The signals of one track, each transcribed separately."""
    if options.channels == "all" or isinstance(options.channels, tuple):
        groups, reason = candidate.groups, "asked for"
    else:
        groups, reason = candidate.voiced or candidate.groups, ""
    if not groups:  # a silent track is transcribed too, so that the result can report the silence
        return [_signal(survey, [_whole(candidate, survey)], "silent")]
    relations = Relations(survey, groups)
    clusters = _clusters(relations.leading(), relations)
    if len(clusters) < 2:
        return [_signal(survey, groups, reason or _reason(candidate, groups))]
    rest = _attach_others(clusters, relations)
    clusters.sort(key=lambda cluster: min(min(groups[n].rows) for n in cluster))
    signals = [
        _signal(
            survey,
            [groups[n] for n in cluster],
            "a voice of its own" if len(cluster) == 1 else "mixed: the same voices",
        )
        for cluster in clusters
    ]
    if rest:
        where = "heard where no other channel has a voice"
        signals.append(_signal(survey, [groups[n] for n in rest], where, fills=True))
    return signals


def _whole(candidate: _Candidate, survey: Survey) -> Group:
    rows = candidate.rows
    return Group(
        rows=rows,
        weights=(1.0 / len(rows),) * len(rows),
        levels=survey.levels[list(rows)].max(axis=0).astype(np.float32),
        voice=np.zeros(survey.levels.shape[1], np.bool_),
    )


def _clusters(leading: Sequence[int], relations: Relations) -> list[list[int]]:
    """Clusters of groups that share a signal, because they are not separate voices."""
    clusters: list[list[int]] = []
    for n in leading:
        near = [c for c in clusters if any(not relations.apart(n, other) for other in c)]
        merged = [n, *(other for cluster in near for other in cluster)]
        clusters = [c for c in clusters if c not in near] + [sorted(merged)]
    return clusters


def _attach_others(clusters: list[list[int]], relations: Relations) -> list[int]:
    """Add each remaining group to the one cluster with the same voice.

    Returns the groups that contain the voices of several clusters.
    """
    rest = []
    for n in sorted(set(range(len(relations.groups))) - {m for c in clusters for m in c}):
        same = [c for c in clusters if any(not relations.apart(n, m) for m in c)]
        if len(same) == 1:
            same[0].append(n)
        else:
            rest.append(n)
    return rest


def _reason(candidate: _Candidate, groups: Sequence[Group]) -> str:
    rows = sum(len(group.rows) for group in groups)
    if len(candidate.rows) == 1:
        return "the only channel"
    if rows == 1:
        return "the only channel with a voice"
    return "mixed: the same sound" if len(groups) == 1 else "mixed: the same voices"


def _signal(
    survey: Survey, groups: Sequence[Group], reason: str, *, fills: bool = False
) -> _Signal:
    """A mix of the groups, weighted by clarity: loud voice, and little noise in the pauses."""
    voice = np.any([group.voice for group in groups], axis=0)
    power = [10.0 ** (group.levels / 10.0) for group in groups]
    loud = [float(p[voice].mean()) if voice.any() else float(p.mean()) for p in power]
    noise = [float(np.median(p[~voice])) if (~voice).any() else 0.0 for p in power]
    floor = _NOISE_FLOOR * max(loud) + 1e-20
    clear = np.array([np.sqrt(a) / (n + floor) for a, n in zip(loud, noise, strict=True)])
    products = survey.products.sum(axis=0, dtype=np.float64)
    signs = [sign(products, group.rows[0], groups[0].rows[0]) for group in groups]
    weights = np.array(signs) * clear
    best, relations = int(clear.argmax()), Relations(survey, groups)
    for n in range(len(groups)):
        if n != best and relations.within(n, best) and relations.within(best, n):
            weights[n] *= _SHIFTED  # no copy, but as loud at any time
    weights /= np.abs(weights).sum()
    return _Signal(
        groups=tuple(groups), weights=tuple(map(float, weights)), reason=reason, fills=fills
    )


def _feed(signal: _Signal, survey: Survey) -> Feed:
    """The inputs of a signal with its gain: below full scale, and loud enough for an engine."""
    rows = [row for group in signal.groups for row in group.rows]
    weights = np.array([signal.weight_of(row) or 0.0 for row in rows])
    gain = _gain(survey, rows, np.abs(weights))
    amplitudes = np.abs(weights) @ 10.0 ** (survey.levels[rows] / 20.0) * gain
    voice = np.any([group.voice for group in signal.groups], axis=0)
    return Feed(
        tuple(
            Input(*survey.rows[row], float(weight * gain))
            for row, weight in zip(rows, weights, strict=True)
        ),
        signal.fills,
        voice_db(20.0 * np.log10(np.maximum(amplitudes, 1e-5)), voice),
    )


def _gain(survey: Survey, rows: Sequence[int], weights: np.ndarray) -> float:
    """The gain for a mix. Samples may exceed full scale; damaged frames are ignored."""
    peaks = np.sort(weights @ 10.0 ** (survey.peaks[list(rows)] / 20.0))
    if not len(peaks):
        return 1.0
    highest = peaks[-1]
    if len(peaks) > 10 * _OUTLIERS and highest > peaks[-_OUTLIERS] * 10 ** (_OUTLIER_DB / 20):
        highest = peaks[-_OUTLIERS]
    down = min(1.0, _FULL_SCALE / max(float(highest), 1e-9))
    levels = weights @ 10.0 ** (survey.levels[list(rows)] / 20.0) * down
    return down * raising_gain(levels)


# Sources and warnings for the transcript


def _sources(
    candidates: Sequence[_Candidate],
    signals: Sequence[_Signal],
    skipped: Sequence[_Skipped],
    survey: Survey,
) -> Iterator[Source]:
    reasons = {skip.candidate.number: skip.reason for skip in skipped}
    by_number = {candidate.number: candidate for candidate in candidates}
    for row, (number, channel) in enumerate(survey.rows):
        candidate = by_number[number]
        part = next(
            (
                (n, w, s.reason)
                for n, s in enumerate(signals, 1)
                if (w := s.weight_of(row)) is not None
            ),
            None,
        )
        signal, weight, reason = part or (
            None,
            0.0,
            reasons.get(number) or _silence(row, candidate),
        )
        yield Source(
            track=number,
            channel=channel,
            weight=round(weight, 4) or (1e-4 if weight else 0.0),
            signal=signal,
            reason=reason,
            language=candidate.track.language,
            title=candidate.track.title,
        )


def _silence(row: int, candidate: _Candidate) -> str:
    if row not in candidate.rows:
        return "not asked for"
    return "no voice" if any(row in group.rows for group in candidate.groups) else "silent"


def _warnings(
    structure: Structure,
    selected: Sequence[_Candidate],
    skipped: Sequence[_Skipped],
    survey: Survey,
) -> Iterator[str]:
    for track in structure.tracks:
        if not track.readable and not track.empty:
            yield f"Audio track {track.number} ({track.codec}) cannot be decoded; it was left out."
    for skip in skipped:
        if skip.has_more:
            number = skip.candidate.number
            yield (
                f"Audio track {_named(skip.candidate.track)} was not transcribed: {skip.reason}. "
                f"To transcribe it, choose it: --track {number}, or tracks=[{number}]."
            )
    if np.any(survey.clipped[[row for candidate in selected for row in candidate.rows]]):
        yield CLIPPED


def _named(track: Track) -> str:
    about = [track.language or "", track.title or ""]
    about += [flag.replace("_", " ") for flag in track.flags if flag in _OTHER_VERSIONS]
    details = ", ".join(part for part in about if part)
    return f"{track.number} ({details})" if details else str(track.number)
