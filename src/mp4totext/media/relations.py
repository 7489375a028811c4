"""Compares channels: which have the same sound, and to which of two a voice belongs. Pure.

A voice that several microphones pick up is loudest in its own, after all are brought to one level.
An echo of a loudspeaker belongs to the channel that had it first, however loud it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.survey import FRAME_MS, Survey

OWN_MS = 500  # of voice: less may be single frames at the edges of words
_OWN_FRAMES = OWN_MS // FRAME_MS
_SPOKEN_DB = -20  # level of a soft syllable, relative to the loudest half second of voice
_SOFT_DB = -14  # the same, relative to the mean level of a voice
# Mean level of a voice relative to its loudest half second, in read speech.
_MEAN_DB = _SPOKEN_DB - _SOFT_DB
_NEARLY_DB = 3  # two microphones of one person differ by less, those of two people by more
_SYLLABLES = 9  # frames: 0.3 s, over which levels are compared between microphones
_OWN_DB = 8  # a voice that is louder by this than in another channel belongs to this one
_COPY_SHARE = 0.1  # share of a channel's energy that may remain when its copy is subtracted
_VOICED = 100  # of 200: a probability of one half
_SILENT_DB = -60  # relative to the loudest channel of the file
_DIGITAL_SILENCE_DB = -95
_OPPOSED = -0.5  # correlation below this: one channel is the other with inverted polarity
_LIKE_CURVES = 0.6  # correlation of the levels of two tracks with the same content
# Of microphones that hear neither person of the other: 0.03 where both talk at once. In 56 rooms,
# those of one person have 0.47 and more.
_UNLIKE_CURVES = 0.25
_LEAST_PERCENT = 5  # of frames, which codecs and rounding move
_SAME_DB = 1.5
_AT_LEAST_SHARE = 0.3  # of frames at the least difference; of voices that are apart, 0.1

Flags = NDArray[np.bool_]  # one for each frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of a survey with the same sound, up to level and polarity."""

    rows: tuple[int, ...]
    weights: tuple[float, ...]  # for each row; their absolute values add up to 1
    levels: NDArray[np.float32]  # dB of each frame
    voice: Flags

    @property
    def voiced_ms(self) -> int:
        return int(self.voice.sum()) * FRAME_MS


def groups_of(survey: Survey, rows: Sequence[int]) -> list[Group]:
    """Groups of rows that are not silent: copies share a group; the loudest group is first."""
    floor = max(survey.loudest_db + _SILENT_DB, _DIGITAL_SILENCE_DB)
    audible = [row for row in rows if survey.levels[row].max(initial=-1_000) > floor]
    energy = np.einsum("crr->r", survey.products)
    copies: list[list[int]] = []
    for row in sorted(audible, key=lambda row: -energy[row]):
        same = next((rows for rows in copies if _is_copy(survey, row, rows[0])), None)
        if same is None:
            copies.append([row])
        else:
            same.append(row)
    return [_group(survey, rows) for rows in copies]


def _is_copy(survey: Survey, row: int, of: int) -> bool:
    """Whether ``row`` is a copy of ``of``, at any level in each chunk."""
    own = survey.products[:, row, row].astype(np.float64)
    other = survey.products[:, of, of].astype(np.float64)
    both = survey.products[:, row, of].astype(np.float64)
    left = own - both**2 / np.maximum(other, 1e-20)
    return float(left.sum()) <= _COPY_SHARE * float(own.sum())


def _group(survey: Survey, rows: list[int]) -> Group:
    total = survey.products.sum(axis=0, dtype=np.float64)
    amplitudes = np.sqrt(np.maximum(np.diagonal(total)[rows], 0.0))
    signs = [sign(total, row, rows[0]) for row in rows]
    weights = np.array(signs) * amplitudes / max(float(amplitudes.sum()), 1e-30)
    return Group(
        rows=tuple(rows),
        weights=tuple(float(w) for w in weights),
        levels=survey.levels[rows].max(axis=0).astype(np.float32),
        voice=survey.voices[rows].max(axis=0) > _VOICED,
    )


def sign(total: NDArray[np.float64], row: int, of: int) -> float:
    """-1 if the row is ``of`` with inverted polarity, else 1. ``total``: their summed products."""
    scale = np.sqrt(total[row, row] * total[of, of])
    return -1.0 if scale > 0 and total[row, of] / scale < _OPPOSED else 1.0


def combined(groups: Sequence[Group]) -> Group:
    """One group of them all, for comparison with others."""
    return Group(
        rows=tuple(row for group in groups for row in group.rows),
        weights=tuple(weight for group in groups for weight in group.weights),
        levels=np.max([group.levels for group in groups], axis=0),
        voice=np.any([group.voice for group in groups], axis=0),
    )


class Relations:
    """Compares groups over the whole recording. Arguments are indices into ``groups``."""

    def __init__(self, survey: Survey, groups: Sequence[Group]) -> None:
        self.groups = tuple(groups)
        self._survey = survey
        self._voice_db = _speaker_db(groups)
        self._levels = [
            group.levels - np.float32(own_db)
            for group, own_db in zip(groups, self._voice_db, strict=True)
        ]
        place = {row: n for n, group in enumerate(groups) for row in group.rows}
        frames = dict(survey.chunks())
        self._echoes: dict[tuple[int, int], Flags] = {}
        for echo in survey.echoes:
            early, late = place.get(echo.early), place.get(echo.late)
            if early is None or late is None or early == late:
                continue
            nowhere = np.zeros(survey.levels.shape[1], np.bool_)
            self._echoes.setdefault((early, late), nowhere)[frames[echo.chunk]] = True

    def apart(self, a: int, b: int) -> bool:
        """Whether each has its own voice most of the time."""
        if self.within(a, b) or self.within(b, a):
            return False
        own_a, own_b, shared = self._times_ms(a, b)
        taking_turns = own_a >= OWN_MS and own_b >= OWN_MS and shared <= own_a + own_b
        return taking_turns or self._independent(a, b)

    def _independent(self, a: int, b: int) -> bool:
        """Whether each has a voice and neither contains the other, even if both talk at once."""
        if (a, b) in self._echoes or (b, a) in self._echoes:
            return False  # an echo is late, so its level does not follow that of its source
        voices_ms = [self.groups[n].voiced_ms for n in (a, b)]
        likeness = self._likeness(a, [b])
        return min(voices_ms) >= OWN_MS and likeness is not None and likeness < _UNLIKE_CURVES

    def at_once(self, a: int, b: int) -> bool:
        """Whether both have a voice during most of the voice of the one that has less."""
        voices = [self.groups[n].voice for n in (a, b)]
        return 2 * int((voices[0] & voices[1]).sum()) > min(int(voice.sum()) for voice in voices)

    def within(self, a: int, b: int) -> bool:
        """Whether ``b`` holds all that is said in ``a``: the same sound, or a mix with it.

        Then ``b`` is never further below ``a`` than by one difference, and often just by that one.
        A voice that two microphones hear in a room has no such limit, and a leak is quieter.
        """
        spoken = (
            self.groups[a].levels
            > voice_db(self.groups[a].levels, self.groups[a].voice) + _SPOKEN_DB
        )
        difference = (self._levels[b] - self._levels[a])[spoken & self.groups[a].voice]
        if len(difference) < _OWN_FRAMES:
            return False
        least = float(np.percentile(difference, _LEAST_PERCENT))
        if least < -_OWN_DB:
            return False
        near = np.abs(difference - least) <= _SAME_DB
        smooth = np.convolve(difference, np.full(_SYLLABLES, 1 / _SYLLABLES), "same")
        return bool(near.mean() >= _AT_LEAST_SHARE and (smooth < least - _NEARLY_DB).sum() == 0)

    def adds(self, a: int, b: int) -> bool:
        """Whether ``a`` has a voice that ``b`` does not have."""
        return self._times_ms(a, b)[0] >= OWN_MS

    def leading(self) -> list[int]:
        """Groups with a voice that is louder there than in all others.

        A microphone that only picks up the voices of others would leave none of them any voice of
        its own. So the quietest group without a voice of its own is removed until each has one.
        Somebody who talks only while others do has none either, but the levels do not follow
        theirs.
        """
        left = list(range(len(self.groups)))
        while True:
            nothing = [
                a for a in left if self._alone_ms(a, left) < OWN_MS and self._follows(a, left)
            ]
            if not nothing:
                return left
            left.remove(min(nothing, key=lambda n: self._voice_db[n]))

    def _alone_ms(self, a: int, among: Sequence[int]) -> int:
        own = self.groups[a].voice.copy()
        for b in among:
            if b != a:
                own &= self._owns(a, b)
        return int(own.sum()) * FRAME_MS

    def _follows(self, a: int, among: Sequence[int]) -> bool:
        """Whether the levels of ``a`` rise and fall with the sum of the others'."""
        likeness = self._likeness(a, [b for b in among if b != a])
        return likeness is None or likeness >= _UNLIKE_CURVES

    def alike(self, a: int, b: int) -> bool:
        """Whether levels rise and fall together: the same sound, even if shifted or compressed."""
        either = self.groups[a].voice | self.groups[b].voice
        likeness = self._likeness(a, [b])
        return (
            either.sum() * FRAME_MS >= OWN_MS and likeness is not None and likeness > _LIKE_CURVES
        )

    def _likeness(self, a: int, others: Sequence[int]) -> float | None:
        """The correlation of the levels of speech; None if one of them does not change."""
        if not others:
            return None
        voice = np.any([self.groups[n].voice for n in (a, *others)], axis=0)
        power = np.sum([10.0 ** (self._levels[n][voice] / 10.0) for n in others], axis=0)
        curves = [
            np.maximum(self._levels[a][voice], -40.0),
            np.maximum(10 * np.log10(power), -40.0),
        ]
        if not voice.any() or min(curve.std() for curve in curves) < 1e-3:
            return None
        return float(np.corrcoef(curves[0], curves[1])[0, 1])

    def _owns(self, a: int, b: int) -> Flags:
        louder = self._levels[a] - self._levels[b] >= _OWN_DB
        louder_b = self._levels[b] - self._levels[a] >= _OWN_DB
        first = self._echoes.get((a, b))
        if first is not None:
            louder = louder | (first & ~louder_b)
        return np.asarray(self.groups[a].voice & louder)

    def _times_ms(self, a: int, b: int) -> tuple[int, int, int]:
        """Voice of ``a`` alone, of ``b`` alone, and of both at one level, in milliseconds.

        Voice that is soft in both, or louder in a third group, is somebody else's and does not
        count: how loud two microphones pick up a third person says nothing about the two.
        """
        own_a, own_b = self._owns(a, b), self._owns(b, a)
        either = self.groups[a].voice | self.groups[b].voice
        loudest = np.maximum(self._levels[a], self._levels[b])
        shared = either & ~own_a & ~own_b & (loudest > _SOFT_DB)
        times = [own_a, own_b, shared]
        for c in range(len(self.groups)):
            if c not in (a, b):
                third = self._owns(c, a) & self._owns(c, b)
                times = [flags & ~third for flags in times]
        alone_a, alone_b, both = (int(flags.sum()) * FRAME_MS for flags in times)
        return alone_a, alone_b, both


def _speaker_db(groups: Sequence[Group]) -> list[float]:
    """The mean level of the nearest person in each group, in dB.

    The loudest half second exceeds that mean by more, the longer somebody talks: in one sentence it
    is a soft syllable. So it only serves to find who is nearest at each moment.
    """
    top_db = np.array([voice_db(group.levels, group.voice) for group in groups])
    heard_db = [_smoothed(g.levels) - top for g, top in zip(groups, top_db, strict=True)]
    loudest_db = np.max(heard_db, axis=0) - _NEARLY_DB
    means = []
    for n, group in enumerate(groups):
        own = (heard_db[n] > loudest_db) & group.voice & (group.levels > top_db[n] + _SPOKEN_DB)
        power = 10.0 ** (group.levels[own] / 10.0)
        enough = len(power) >= _OWN_FRAMES
        means.append(float(10.0 * np.log10(power.mean()) if enough else top_db[n] + _MEAN_DB))
    return means


def _smoothed(levels: NDArray[np.float32]) -> NDArray[np.float64]:
    """The mean power around each frame, in dB."""
    power = np.convolve(10.0 ** (levels / 10.0), np.full(_SYLLABLES, 1 / _SYLLABLES))
    return 10.0 * np.log10(power[_SYLLABLES // 2 :][: len(levels)])


def voice_db(levels: NDArray[np.floating], voice: Flags) -> float:
    """The level of the loudest half second of voice, in dB.

    Microphones have different gains, and most of what one picks up may be other people's voices.
    """
    if not voice.any():
        return float(levels.max(initial=-100))
    return float(np.sort(levels[voice])[-_OWN_FRAMES:][0])
