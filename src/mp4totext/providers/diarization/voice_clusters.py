"""Clusters voice pieces into voices, without the number of speakers and without a large matrix.

Vectors have length 1; their similarity is their cosine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mp4totext.providers.diarization.voice_networks import EMBEDDING_SIZE, Array, unit

Labels = NDArray[np.int64]
Seconds = NDArray[np.float64]

# The constants below were tuned on composed dialogues and on recordings of one voice;
# docs/speakers.md describes these, and the results on other recordings.
_BLOCK = 1_200  # pieces clustered at once: a matrix of 6 MB, over half an hour of speech
_CUT = 0.6  # average cosine distance inside the first clusters ...
_FINEST_CUT = 0.001  # ... which is lowered to here when more speakers are asked for
# The similarity above which two clusters are one voice. Two large clusters of one person were never
# below 0.54, of two people never above 0.45. The threshold is lower for small clusters, which are
# often an unusual tone of voice, or two people at the same time.
_SIMILAR, _SIMILAR_SMALL = 0.52, 0.40
_SMALL_S, _LARGE_S = 2.6, 8.0  # 2.6 s is more than one piece
_SMALL_SHARE, _LARGE_SHARE = 0.02, 0.08
_SHARED_S = 900.0  # shares are of at most this much speech: in four hours, a minute is a speaker


@dataclass(frozen=True, slots=True)
class Cluster:
    """The sum of its pieces' vectors, each weighted by its seconds."""

    total: Array  # (256,)
    seconds: float

    @property
    def centre(self) -> Array:
        return unit(self.total)

    def __add__(self, other: "Cluster") -> "Cluster":
        return Cluster(self.total + other.total, self.seconds + other.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerCount:
    """The limits on the number of clusters."""

    low: int = 1
    high: int | None = None

    def allows_merge(self, count: int, *, similar: bool) -> bool:
        """Whether to merge two of ``count`` clusters."""
        if count <= self.low:
            return False
        return similar or (self.high is not None and count > self.high)


def cluster_voices(vectors: Array, *, seconds: Seconds, count: SpeakerCount) -> Array:
    """(n, 256) pieces of a recording of any length -> (speakers, 256) unit vectors.

    Two stages: blocks are clustered by average linkage, and the resulting clusters are merged over
    the whole recording. So memory grows only with the number of voices. If there are fewer vectors
    than ``count.low``, each is a speaker.
    """
    cut = _CUT
    clusters = _two_stages(vectors, seconds=seconds, count=count, cut=cut)
    while len(clusters) < min(count.low, len(vectors)) and cut > _FINEST_CUT:
        cut *= 0.7
        clusters = _two_stages(vectors, seconds=seconds, count=count, cut=cut)
    centres = [cluster.centre for cluster in clusters]
    return np.stack(centres) if centres else np.zeros((0, EMBEDDING_SIZE), np.float32)


def _two_stages(
    vectors: Array, *, seconds: Seconds, count: SpeakerCount, cut: float
) -> list[Cluster]:
    fine: list[Cluster] = []
    for at in range(0, len(vectors), _BLOCK):
        block = slice(at, at + _BLOCK)
        labels = average_linkage(vectors[block], cut=cut)
        fine += _clusters(vectors[block], labels, seconds=seconds[block])
    shared_s = min(float(seconds.sum()), _SHARED_S)
    merged = _merged(fine, shared_s=shared_s, count=count)
    least_s = max(_SMALL_S, _SMALL_SHARE * shared_s)
    return _largest(merged, least_s=least_s, at_least=count.low)


def _clusters(vectors: Array, labels: Labels, *, seconds: Seconds) -> list[Cluster]:
    """One cluster for each label, in the labels' order."""
    weighted = vectors * seconds[:, None].astype(np.float32)
    return [
        Cluster(weighted[labels == label].sum(axis=0), float(seconds[labels == label].sum()))
        for label in np.unique(labels)
    ]


def _threshold(seconds: Seconds, shared_s: float) -> Seconds:
    """The similarity above which a cluster with this much speech joins a larger one."""
    size = np.minimum(
        (seconds - _SMALL_S) / (_LARGE_S - _SMALL_S),
        (seconds / max(shared_s, 1e-9) - _SMALL_SHARE) / (_LARGE_SHARE - _SMALL_SHARE),
    )
    return _SIMILAR_SMALL + (_SIMILAR - _SIMILAR_SMALL) * np.clip(size, 0.0, 1.0)


def _merged(clusters: Sequence[Cluster], *, shared_s: float, count: SpeakerCount) -> list[Cluster]:
    """Repeatedly merges the two most similar clusters, while they are similar or too many."""
    if not clusters:
        return []
    grown = list(clusters)
    centres = np.stack([cluster.centre for cluster in clusters])
    seconds = np.array([cluster.seconds for cluster in clusters])
    alive = np.ones(len(clusters), np.bool_)
    margin = centres @ centres.T - _threshold(np.minimum(seconds[:, None], seconds), shared_s)
    np.fill_diagonal(margin, -np.inf)
    while alive.sum() > 1:
        keep, gone = sorted(divmod(int(margin.argmax()), len(clusters)))
        if not count.allows_merge(int(alive.sum()), similar=margin[keep, gone] >= 0):
            break
        grown[keep] += grown[gone]
        centres[keep], seconds[keep] = grown[keep].centre, grown[keep].seconds
        alive[gone] = False
        margin[gone] = margin[:, gone] = -np.inf
        row = centres @ centres[keep] - _threshold(np.minimum(seconds, seconds[keep]), shared_s)
        row[~alive] = row[keep] = -np.inf
        margin[keep] = margin[:, keep] = row
    return [grown[at] for at in np.flatnonzero(alive)]


def _largest(clusters: list[Cluster], *, least_s: float, at_least: int) -> list[Cluster]:
    """The clusters with enough speech, in their order; never fewer than asked for."""
    by_size = sorted(range(len(clusters)), key=lambda n: -clusters[n].seconds)
    kept = set(by_size[:at_least]) | {n for n in by_size if clusters[n].seconds >= least_s}
    return [cluster for n, cluster in enumerate(clusters) if n in kept]


def average_linkage(vectors: Array, *, cut: float) -> Labels:
    """Agglomerative clustering by average cosine distance, cut at ``cut``: one label per vector.

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
    """The cluster that finally absorbed each one."""
    roots = parents.copy()
    while True:
        above = parents[roots]
        if (above == roots).all():
            return roots
        roots = above
