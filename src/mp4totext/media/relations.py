"""Who speaks where: channels with the same sound, and which of two others a voice belongs to. Pure.

A voice that several microphones hear is loudest in its own, after each is brought to one level; an
echo of a loudspeaker belongs to the side that was heard first, however loud it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.survey import FRAME_MS, Survey

OWN_MS = 500  # of voice: shorter may be a frame here and there at the edges of words
_OWN_FRAMES = OWN_MS // FRAME_MS
_SPOKEN_DB = -20  # from the loudest half second of voice to a soft syllable
_SOFT_DB = -14  # from the mean of what somebody says to a soft syllable
_MEAN_DB = _SPOKEN_DB - _SOFT_DB  # from the loudest half second to the mean, in readings
_NEARLY_DB = 3  # two microphones of one person differ by less, what a neighbour's has by more
_SYLLABLES = 9  # frames: 0.3 s, over which a voice is compared between microphones
_OWN_DB = 8  # louder by this than in another channel, a voice belongs to this one
_COPY_SHARE = 0.1  # of the energy of a channel may be left when the other is taken away
_VOICED = 100  # of 200: a probability of one half
_SILENT_DB = -60  # below the loudest channel of the file
_DIGITAL_SILENCE_DB = -95
_OPPOSED = -0.5  # correlation below this: one channel is the other upside down
_LIKE_CURVES = 0.6  # correlation of the levels of two tracks that hold the same
# Of microphones that hear neither person of the other: 0.03 where both talk at once. In 56 rooms,
# those of one person have 0.47 and more.
_UNLIKE_CURVES = 0.25

Flags = NDArray[np.bool_]  # one for each frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of a survey that hold the same sound, up to its level and its sign."""

    rows: tuple[int, ...]
    weights: tuple[float, ...]  # for each row; their amounts add up to 1
    levels: NDArray[np.float32]  # dB, of each frame
    voice: Flags

    @property
    def voiced_ms(self) -> int:
        return int(self.voice.sum()) * FRAME_MS


def groups_of(survey: Survey, rows: Sequence[int]) -> list[Group]:
    """The rows that are not silent, copies together, the loudest first."""
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
    """Whether ``of``, at whatever level in each chunk, explains the row."""
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
    """-1 when the row is ``of`` upside down, by the summed products of their samples."""
    scale = np.sqrt(total[row, row] * total[of, of])
    return -1.0 if scale > 0 and total[row, of] / scale < _OPPOSED else 1.0


def combined(groups: Sequence[Group]) -> Group:
    """All of them as one, to be compared with others."""
    return Group(
        rows=tuple(row for group in groups for row in group.rows),
        weights=tuple(weight for group in groups for weight in group.weights),
        levels=np.max([group.levels for group in groups], axis=0),
        voice=np.any([group.voice for group in groups], axis=0),
    )


class Relations:
    """Compares groups over all of the recording. Numbers are places in ``groups``."""

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
        """Whether each has a voice that is not the other's, most of the time."""
        own_a, own_b, shared = self._times_ms(a, b)
        taking_turns = own_a >= OWN_MS and own_b >= OWN_MS and shared <= own_a + own_b
        return taking_turns or self._independent(a, b)

    def _independent(self, a: int, b: int) -> bool:
        """Whether each has a voice and neither hears the other: of people who talk at once, too."""
        if (a, b) in self._echoes or (b, a) in self._echoes:
            return False  # what comes late does not rise and fall with its source
        voices_ms = [self.groups[n].voiced_ms for n in (a, b)]
        likeness = self._likeness(a, [b])
        return min(voices_ms) >= OWN_MS and likeness is not None and likeness < _UNLIKE_CURVES

    def at_once(self, a: int, b: int) -> bool:
        """Whether both have a voice most of the time that the one that speaks less has."""
        voices = [self.groups[n].voice for n in (a, b)]
        return 2 * int((voices[0] & voices[1]).sum()) > min(int(voice.sum()) for voice in voices)

    def adds(self, a: int, b: int) -> bool:
        """Whether ``a`` has a voice that ``b`` has not."""
        return self._times_ms(a, b)[0] >= OWN_MS

    def leading(self) -> list[int]:
        """Groups with a voice that no other of them has as loud.

        A microphone that only hears what others hear would hide them all: of those that have
        nothing alone the quietest is left out, until each has. Who talks while others do has
        nothing alone either, but does not follow them.
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
        """Whether the levels of ``a`` rise and fall with those of the others together."""
        likeness = self._likeness(a, [b for b in among if b != a])
        return likeness is None or likeness >= _UNLIKE_CURVES

    def alike(self, a: int, b: int) -> bool:
        """Whether levels rise and fall together: the same sound, perhaps shifted or compressed."""
        either = self.groups[a].voice | self.groups[b].voice
        likeness = self._likeness(a, [b])
        return (
            either.sum() * FRAME_MS >= OWN_MS and likeness is not None and likeness > _LIKE_CURVES
        )

    def _likeness(self, a: int, others: Sequence[int]) -> float | None:
        """The correlation of levels while somebody speaks; None where one does not change."""
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
        """Voice of ``a`` alone, of ``b`` alone, and of both at one level.

        What is quiet in both or louder in a third group is the voice of somebody else: how loud
        each of two microphones has a third person tells nothing about the two.
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
    """The mean level at which each group has the person who is nearest to it.

    The loudest half second lies as much above it as somebody speaks long: of one sentence it is
    a soft syllable, so it serves only to find out who is nearest when.
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
    """Level of the loudest half second of voice: microphones are set differently, and most of
    what one hears may be others."""
    if not voice.any():
        return float(levels.max(initial=-100))
    return float(np.sort(levels[voice])[-_OWN_FRAMES:][0])
