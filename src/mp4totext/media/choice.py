"""Which channels and tracks are heard: decided by the voices in them, once for a recording. Pure.

A voice that only one channel has is never left out. Channels with the same voice are mixed; people
who have a channel or a track each are heard one by one; of tracks that say the same in other words
(a dub, a commentary) one is heard, and the others are named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mp4totext.kit import languages
from mp4totext.media.errors import NoSuchTrack
from mp4totext.media.level import raising_gain
from mp4totext.media.relations import OWN_MS, Group, Relations, groups_of, together
from mp4totext.media.sources import Feed, Input, Mix
from mp4totext.media.structure import Structure, Track
from mp4totext.media.survey import Survey
from mp4totext.transcript import Source

Numbers = tuple[int, ...] | Literal["all"] | None  # None: chosen by voice

# What a file may call a track that says the same as another, or speaks about it.
_OTHER_VERSIONS = frozenset(
    {"dub", "comment", "lyrics", "karaoke", "hearing_impaired", "visual_impaired", "descriptions"}
)
_NOISE_FLOOR = 1e-2  # of the loudest voice: a channel without any noise is not the only one heard
_FULL_SCALE = 0.99
_LOW_SHARE = 0.1  # of the power lies below any voice: an offset, wind, steps
_OUTLIER_DB = 12  # a few frames this much above all others are damage, not speech
_OUTLIERS = 4

CLIPPED = (
    "The recording is clipped: it was made too loud, and words may be misheard where it is "
    "distorted."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """What was asked for. Numbers count from 1."""

    tracks: Numbers = None
    channels: Numbers = None
    language: str | None = None  # BCP-47; None: any


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
                f"There is no sound track {number}: the recording has {len(tracks)}. Choose "
                "another one, or leave the choice out."
            )
        if not tracks[number - 1].readable:
            raise NoSuchTrack(
                f"Sound track {number} ({tracks[number - 1].codec}) cannot be decoded here. Choose "
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
    """Raises NoSuchTrack when the recording does not have what was asked for."""
    refuse_missing(structure, options)
    looked = [_look(track, survey, options) for track in structure.tracks if track.readable]
    heard, passed_over = _tracks(looked, survey, options)
    signals = [signal for track in heard for signal in _signals(track, survey, options)]
    return Choice(
        mix=Mix(tuple(_feed(signal, survey) for signal in signals), _is_low(signals, survey)),
        sources=tuple(_sources(looked, signals, passed_over, survey)),
        warnings=tuple(_warnings(structure, heard, passed_over, survey)),
    )


def _is_asked_for(number: int, numbers: Numbers) -> bool:
    return not isinstance(numbers, tuple) or number in numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """A track and the sound in it."""

    track: Track
    rows: tuple[int, ...]
    groups: tuple[Group, ...]  # those that are not silent

    @property
    def number(self) -> int:
        return self.track.number

    @property
    def voiced(self) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.voiced_ms >= OWN_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signal:
    """Groups of one track that are mixed, how much of each, and why."""

    groups: tuple[Group, ...]
    weights: tuple[float, ...]
    reason: str
    fills: bool = False

    def weight_of(self, row: int) -> float | None:
        """None for a row that is no part of it."""
        for group, weight in zip(self.groups, self.weights, strict=True):
            if row in group.rows:
                return weight * group.weights[group.rows.index(row)]
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _PassedOver:
    """A track that is not heard."""

    looked: _Looked
    reason: str
    is_told: bool  # whether words are missing because of it


def _look(track: Track, survey: Survey, options: SourceOptions) -> _Looked:
    rows = tuple(
        row
        for row, (number, channel) in enumerate(survey.rows)
        if number == track.number and _is_asked_for(channel, options.channels)
    )
    return _Looked(track=track, rows=rows, groups=tuple(groups_of(survey, rows)))


# Tracks


def _tracks(
    looked: Sequence[_Looked], survey: Survey, options: SourceOptions
) -> tuple[list[_Looked], list[_PassedOver]]:
    """The best one, then each that has a voice which those before it do not have."""
    asked = [track for track in looked if _is_asked_for(track.number, options.tracks)]
    ranked = sorted(asked, key=lambda track: _rank(track, asked, options))
    heard = ranked[:1]
    passed_over = [
        _PassedOver(looked=track, reason="not asked for", is_told=False)
        for track in looked
        if track not in asked
    ]
    for track in ranked[1:]:
        passed = _why_not(track, heard, survey, options)
        if passed is None:
            heard.append(track)
        else:
            passed_over.append(passed)
    return sorted(heard, key=lambda track: track.number), passed_over


def _rank(track: _Looked, among: Sequence[_Looked], options: SourceOptions) -> tuple[int, ...]:
    """Smaller is better."""
    flags = set(track.track.flags)
    some_default = len({"default" in other.track.flags for other in among}) > 1
    spoken = track.track.language
    return (
        not track.groups,
        not track.voiced,
        bool(options.language and spoken and not languages.same(spoken, options.language)),
        _is_about_another(track.track),
        some_default and "default" not in flags,
        track.number,
    )


def _is_about_another(track: Track) -> bool:
    title = (track.title or "").lower()
    named = "commentary" in title or "description" in title
    return named or bool(set(track.flags) & _OTHER_VERSIONS)


def _why_not(
    track: _Looked, heard: Sequence[_Looked], survey: Survey, options: SourceOptions
) -> _PassedOver | None:
    """None: it is heard as well."""
    best = heard[0]
    if not track.groups:
        return _PassedOver(looked=track, reason="silent", is_told=False)
    if not track.voiced and options.tracks is None:
        return _PassedOver(looked=track, reason="no voice", is_told=False)
    if options.tracks is None and _is_other_version(track.track, best.track):
        reason = f"another version of track {best.number}"
        return _PassedOver(looked=track, reason=reason, is_told=True)
    all_heard = together([group for other in heard for group in other.groups])
    pair = Relations(survey, [together(track.groups), all_heard])
    numbers = " and ".join(str(other.number) for other in heard)
    if pair.alike(0, 1):
        return _PassedOver(looked=track, reason=f"the same as track {numbers}", is_told=False)
    if options.tracks is not None or pair.apart(0, 1):
        return None
    if not pair.adds(0, 1):
        reason = f"nothing that track {numbers} does not have"
        return _PassedOver(looked=track, reason=reason, is_told=False)
    reason = f"speaks at the same time as track {numbers}"
    return _PassedOver(looked=track, reason=reason, is_told=True)


def _is_other_version(track: Track, best: Track) -> bool:
    if _is_about_another(track) != _is_about_another(best):
        return True
    both = track.language and best.language
    return bool(both and not languages.same(str(track.language), str(best.language)))


# Channels


def _signals(looked: _Looked, survey: Survey, options: SourceOptions) -> list[_Signal]:
    """What of one track is heard together and what by itself."""
    if options.channels == "all" or isinstance(options.channels, tuple):
        used, reason = looked.groups, "asked for"
    else:
        used, reason = looked.voiced or looked.groups, ""
    if not used:  # silence from start to end: it is heard, so that this can be said
        return [_signal(survey, [_whole(looked, survey)], "silent")]
    pairs = Relations(survey, used)
    leading = [n for n in range(len(used)) if pairs.alone_ms(n) >= OWN_MS]
    clusters = sorted(_clusters(leading, pairs), key=lambda c: min(min(used[n].rows) for n in c))
    if len(clusters) < 2:
        return [_signal(survey, used, reason or _reason(looked, used))]
    found = [
        _signal(
            survey,
            [used[n] for n in cluster],
            "a voice of its own" if len(cluster) == 1 else "mixed: the same voices",
        )
        for cluster in clusters
    ]
    rest = [group for n, group in enumerate(used) if n not in leading]
    if rest:
        where = "heard where no other channel has a voice"
        found.append(_signal(survey, rest, where, fills=True))
    return found


def _whole(looked: _Looked, survey: Survey) -> Group:
    rows = looked.rows
    return Group(
        rows=rows,
        weights=(1.0 / len(rows),) * len(rows),
        levels=survey.levels[list(rows)].max(axis=0).astype(np.float32),
        voice=np.zeros(survey.levels.shape[1], np.bool_),
    )


def _clusters(leading: Sequence[int], pairs: Relations) -> list[list[int]]:
    """Groups that are not apart share a signal."""
    clusters: list[list[int]] = []
    for n in leading:
        near = [c for c in clusters if any(not pairs.apart(n, other) for other in c)]
        merged = [n, *(other for cluster in near for other in cluster)]
        clusters = [c for c in clusters if c not in near] + [sorted(merged)]
    return clusters


def _reason(looked: _Looked, used: Sequence[Group]) -> str:
    rows = sum(len(group.rows) for group in used)
    if len(looked.rows) == 1:
        return "the only channel"
    if rows == 1:
        return "the only channel with a voice"
    return "mixed: the same sound" if len(used) == 1 else "mixed: the same voices"


def _signal(
    survey: Survey, groups: Sequence[Group], reason: str, *, fills: bool = False
) -> _Signal:
    """Each group by how clear the voice is in it: loud, and with little noise in the pauses."""
    voice = np.any([group.voice for group in groups], axis=0)
    power = [10.0 ** (group.levels / 10.0) for group in groups]
    loud = [float(p[voice].mean()) if voice.any() else float(p.mean()) for p in power]
    noise = [float(np.median(p[~voice])) if (~voice).any() else 0.0 for p in power]
    floor = _NOISE_FLOOR * max(loud) + 1e-20
    clear = np.array([np.sqrt(a) / (n + floor) for a, n in zip(loud, noise, strict=True)])
    signs = [_turned(survey, group, groups[0]) for group in groups]
    weights = np.array(signs) * clear / clear.sum()
    return _Signal(
        groups=tuple(groups), weights=tuple(map(float, weights)), reason=reason, fills=fills
    )


def _turned(survey: Survey, group: Group, first: Group) -> float:
    total = survey.products.sum(axis=0, dtype=np.float64)
    a, b = group.rows[0], first.rows[0]
    scale = float(np.sqrt(total[a, a] * total[b, b]))
    return -1.0 if scale > 0 and total[a, b] / scale < -0.5 else 1.0


def _feed(signal: _Signal, survey: Survey) -> Feed:
    """With its gain: below full scale, and not so quiet that nobody hears it."""
    rows = [row for group in signal.groups for row in group.rows]
    weights = np.array([signal.weight_of(row) or 0.0 for row in rows])
    gain = _gain(survey, rows, np.abs(weights))
    return Feed(
        tuple(
            Input(*survey.rows[row], float(weight * gain))
            for row, weight in zip(rows, weights, strict=True)
        ),
        signal.fills,
    )


def _is_low(signals: Sequence[_Signal], survey: Survey) -> bool:
    rows = [row for signal in signals for group in signal.groups for row in group.rows]
    return bool(np.any(survey.low[rows] > _LOW_SHARE))


def _gain(survey: Survey, rows: Sequence[int], weights: np.ndarray) -> float:
    """Floats may be far above full scale; a few frames of damage do not count."""
    peaks = np.sort(weights @ 10.0 ** (survey.peaks[list(rows)] / 20.0))
    if not len(peaks):
        return 1.0
    highest = peaks[-1]
    if len(peaks) > 10 * _OUTLIERS and highest > peaks[-_OUTLIERS] * 10 ** (_OUTLIER_DB / 20):
        highest = peaks[-_OUTLIERS]
    down = min(1.0, _FULL_SCALE / max(float(highest), 1e-9))
    levels = weights @ 10.0 ** (survey.levels[list(rows)] / 20.0) * down
    return down * raising_gain(levels)


# What is said about it


def _sources(
    looked: Sequence[_Looked],
    signals: Sequence[_Signal],
    passed_over: Sequence[_PassedOver],
    survey: Survey,
) -> Iterator[Source]:
    reasons = {passed.looked.number: passed.reason for passed in passed_over}
    by_number = {track.number: track for track in looked}
    for row, (number, channel) in enumerate(survey.rows):
        track = by_number[number]
        part = next(
            (
                (n, w, s.reason)
                for n, s in enumerate(signals, 1)
                if (w := s.weight_of(row)) is not None
            ),
            None,
        )
        signal, weight, reason = part or (None, 0.0, reasons.get(number) or _silence(row, track))
        yield Source(
            track=number,
            channel=channel,
            weight=round(weight, 4) or (1e-4 if weight else 0.0),
            signal=signal,
            reason=reason,
            language=track.track.language,
            title=track.track.title,
        )


def _silence(row: int, track: _Looked) -> str:
    if row not in track.rows:
        return "not asked for"
    return "no voice" if any(row in group.rows for group in track.groups) else "silent"


def _warnings(
    structure: Structure,
    heard: Sequence[_Looked],
    passed_over: Sequence[_PassedOver],
    survey: Survey,
) -> Iterator[str]:
    for track in structure.tracks:
        if not track.readable:
            yield f"Sound track {track.number} ({track.codec}) cannot be decoded; it was left out."
    for passed in passed_over:
        if passed.is_told:
            number = passed.looked.number
            yield (
                f"Sound track {_named(passed.looked.track)} was not transcribed: {passed.reason}. "
                f"To transcribe it, choose it: --track {number}, or tracks=[{number}]."
            )
    if np.any(survey.clipped[[row for track in heard for row in track.rows]]):
        yield CLIPPED


def _named(track: Track) -> str:
    about = [track.language or "", track.title or ""]
    about += [flag.replace("_", " ") for flag in track.flags if flag in _OTHER_VERSIONS]
    told = ", ".join(part for part in about if part)
    return f"{track.number} ({told})" if told else str(track.number)
