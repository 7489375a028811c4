"""Which pieces are one voice: clustering that needs no number of speakers and no large matrix.

Vectors have length 1, and "alike" is the cosine between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mp4totext.providers.diarization.voice_encoder import Array, unit

Labels = NDArray[np.int64]
Seconds = NDArray[np.float64]

_Need = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Seconds of the smaller cluster of each pair -> the cosine from which they are one voice."""

# The constants below were set on composed dialogues of 1 to 8 voices, on readings of one voice,
# and on one telephone call; docs/speakers.md says which and what they give.
_BLOCK = 1_200  # pieces clustered at once: a matrix of 6 MB, eight minutes of speech
_FINE_CUT = 0.22  # average cosine distance inside the first, pure clusters ...
_FINEST_CUT = 0.001  # ... which is lowered to here when more speakers are asked for
_FINE_ALIKE = 0.85  # first clusters this alike are one voice
_FINE_LEAST_S = 1.2  # less speech than this does not make a voice
# Whole voices, of those that these limits were set on: the two halves of one recording were never
# less alike than 0.90, two people in one never more than 0.66.
_ALIKE_SHORT, _SHORT_S = 0.85, 40.0  # in a short recording it is one room and one mood ...
_ALIKE_LONG, _LONG_S = 0.78, 120.0  # ... in a long one the voice varies
_SMALL_RELIEF = 0.04  # a small cluster is compared less strictly: it is easily an odd moment
_SMALL_S, _ENOUGH_S = 2.5, 8.0
_SMALL_SHARE, _ENOUGH_SHARE = 0.02, 0.08
_SHARED_S = 900.0  # shares are of this much at most: in four hours a minute is still somebody
_BLEND_ALIKE = 0.86  # a cluster this near to a blend of two others is both speaking at once
_BLEND_SHARE = 0.2
# Snatches that are a small part of all are an odd tone of one voice, or two at once.
_SNATCH_ALIKE = 0.72
_SNATCH_S, _SNATCH_SHARE = 2.8, 0.08
_BLENDS = (0.35, 0.5, 0.65)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The sum of its pieces' vectors, each weighted by its seconds."""

    total: Array  # (256,)
    seconds: float
    longest_s: float = 0.0  # heard at a stretch, nobody else between; 0: not looked at

    @property
    def centre(self) -> Array:
        return unit(self.total)

    def __add__(self, other: "Cluster") -> "Cluster":
        longest_s = max(self.longest_s, other.longest_s)
        return Cluster(self.total + other.total, self.seconds + other.seconds, longest_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerCount:
    """How many clusters may be left."""

    low: int = 1
    high: int | None = None

    def decides(self, count: int, *, alike: bool) -> bool:
        """Whether to merge two of ``count`` clusters when they are alike or not."""
        if count <= self.low:
            return False
        return alike or (self.high is not None and count > self.high)


def first_clusters(vectors: Array, *, seconds: Seconds, count: SpeakerCount) -> list[Cluster]:
    """Voices in order of first appearance, from the pieces of a recording of any length.

    Two stages: blocks of eight minutes of speech are clustered by average linkage, and what they
    give is merged over the whole recording. So memory grows with the number of voices only.
    """
    cut = _FINE_CUT
    found = _two_stages(vectors, seconds=seconds, count=count, cut=cut)
    while len(found) < min(count.low, len(vectors)) and cut > _FINEST_CUT:
        cut *= 0.7
        found = _two_stages(vectors, seconds=seconds, count=count, cut=cut)
    return found


def _two_stages(
    vectors: Array, *, seconds: Seconds, count: SpeakerCount, cut: float
) -> list[Cluster]:
    least = SpeakerCount(low=count.low)
    fine: list[Cluster] = []
    for at in range(0, len(vectors), _BLOCK):
        block = vectors[at : at + _BLOCK]
        labels = average_linkage(block, cut=cut)
        found = clusters_of(block, labels, seconds=seconds[at : at + _BLOCK])
        fine += _merged(found, need=_fine_need, count=least)
    merged = _merged(fine, need=_fine_need, count=least)
    return _largest(merged, least_s=_FINE_LEAST_S, at_least=count.low)


def settled_clusters(
    clusters: Sequence[Cluster], *, speech_s: float, count: SpeakerCount
) -> list[Cluster]:
    """The speakers: blends of two dropped, clusters that are one voice merged, crumbs left out."""
    kept = _without_blends(clusters, speech_s=speech_s, at_least=count.low)
    shared_s = min(speech_s, _SHARED_S)
    least_s = max(_SMALL_S, _SMALL_SHARE * shared_s)
    base = float(np.interp(speech_s, [_SHORT_S, _LONG_S], [_ALIKE_SHORT, _ALIKE_LONG]))

    def need(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        size = np.minimum(
            (seconds - _SMALL_S) / (_ENOUGH_S - _SMALL_S),
            (seconds / shared_s - _SMALL_SHARE) / (_ENOUGH_SHARE - _SMALL_SHARE),
        )
        return base - _SMALL_RELIEF * (1.0 - np.clip(size, 0.0, 1.0))

    merged = _merged(kept, need=need, count=count)
    return _largest(merged, least_s=least_s, at_least=count.low)


def clusters_of(vectors: Array, labels: Labels, *, seconds: Seconds) -> list[Cluster]:
    """One cluster for each label, in the labels' order."""
    weighted = vectors * seconds[:, None].astype(np.float32)
    return [
        Cluster(weighted[labels == label].sum(axis=0), float(seconds[labels == label].sum()))
        for label in np.unique(labels)
    ]


def _fine_need(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.full_like(seconds, _FINE_ALIKE)


def _merged(clusters: Sequence[Cluster], *, need: _Need, count: SpeakerCount) -> list[Cluster]:
    """Merges the most alike two, again and again, while they are alike or too many."""
    if not clusters:
        return []
    grown = list(clusters)
    centres = np.stack([cluster.centre for cluster in clusters])
    seconds = np.array([cluster.seconds for cluster in clusters])
    alive = np.ones(len(clusters), np.bool_)
    margin = centres @ centres.T - need(np.minimum(seconds[:, None], seconds))
    np.fill_diagonal(margin, -np.inf)
    while alive.sum() > 1:
        keep, gone = sorted(divmod(int(margin.argmax()), len(clusters)))
        if not count.decides(int(alive.sum()), alike=margin[keep, gone] >= 0):
            break
        grown[keep] += grown[gone]
        centres[keep], seconds[keep] = grown[keep].centre, grown[keep].seconds
        alive[gone] = False
        margin[gone] = margin[:, gone] = -np.inf
        row = centres @ centres[keep] - need(np.minimum(seconds, seconds[keep]))
        row[~alive] = row[keep] = -np.inf
        margin[keep] = margin[:, keep] = row
    return [grown[at] for at in np.flatnonzero(alive)]


def _largest(clusters: list[Cluster], *, least_s: float, at_least: int) -> list[Cluster]:
    """The clusters with enough speech, in their order; never fewer than asked for."""
    by_size = sorted(range(len(clusters)), key=lambda n: -clusters[n].seconds)
    kept = set(by_size[:at_least]) | {n for n in by_size if clusters[n].seconds >= least_s}
    return [cluster for n, cluster in enumerate(clusters) if n in kept]


def _without_blends(
    clusters: Sequence[Cluster], *, speech_s: float, at_least: int
) -> list[Cluster]:
    kept = list(range(len(clusters)))
    for small in sorted(kept, key=lambda n: clusters[n].seconds):
        larger = [n for n in kept if clusters[n].seconds > clusters[small].seconds]
        if len(kept) <= at_least or clusters[small].seconds > _BLEND_SHARE * speech_s:
            break
        others = [clusters[n].centre for n in larger]
        if _has_no_voice_of_its_own(clusters[small], others, speech_s=speech_s):
            kept.remove(small)
    return [clusters[n] for n in kept]


def _has_no_voice_of_its_own(cluster: Cluster, others: Sequence[Array], *, speech_s: float) -> bool:
    """Whether it is two of the others at once, or another's odd tone."""
    if not others or cluster.longest_s <= 0:
        return False
    snatches = cluster.longest_s <= _SNATCH_S and cluster.seconds <= _SNATCH_SHARE * speech_s
    if snatches and _nearest(cluster, others) > _SNATCH_ALIKE:
        return True
    blends = [
        share * one + (1.0 - share) * two
        for one, two in combinations(others, 2)
        for share in _BLENDS
    ]
    alike = _SNATCH_ALIKE if snatches else _BLEND_ALIKE
    return bool(blends) and _nearest(cluster, blends) > alike


def _nearest(cluster: Cluster, directions: Sequence[Array]) -> float:
    return float((unit(np.stack(directions)) @ cluster.centre).max())


def average_linkage(vectors: Array, *, cut: float) -> Labels:
    """Agglomerative clustering by average cosine distance, cut at ``cut``: one label a vector.

    Nearest-neighbour chains (Murtagh, "A survey of recent advances in hierarchical clustering
    algorithms", 1983): n^2 memory and time, and the same tree as always merging the closest pair.
    """
    count = len(vectors)
    distance = 1.0 - vectors @ vectors.T
    np.fill_diagonal(distance, np.inf)
    sizes = np.ones(count)
    parents = np.arange(count)
    chain: list[int] = []
    left = set(range(count))
    while len(left) > 1:
        if not chain:
            chain.append(min(left))
        near = int(distance[chain[-1]].argmin())
        if len(chain) < 2 or distance[chain[-1], near] < distance[chain[-1], chain[-2]]:
            chain.append(near)
            continue
        gone, keep = chain.pop(), chain.pop()
        if distance[keep, gone] <= cut:
            parents[gone] = keep
        _absorb(distance, sizes, keep=keep, gone=gone)
        left.remove(gone)
    return _roots(parents)


def _absorb(distance: Array, sizes: NDArray[np.float64], *, keep: int, gone: int) -> None:
    """Lance and Williams' update for average linkage."""
    whole = sizes[keep] + sizes[gone]
    row = (distance[keep] * sizes[keep] + distance[gone] * sizes[gone]) / whole
    row[keep] = np.inf
    distance[keep] = distance[:, keep] = row
    distance[gone] = distance[:, gone] = np.inf
    sizes[keep] = whole


def _roots(parents: NDArray[np.int64]) -> Labels:
    """Follows each to the one that absorbed it last."""
    roots = parents.copy()
    while True:
        above = parents[roots]
        if (above == roots).all():
            return roots
        roots = above
