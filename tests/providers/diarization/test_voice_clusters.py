import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.providers.diarization.voice_clusters import (
    SpeakerCount,
    average_linkage,
    cluster_voices,
)
from mp4totext.providers.diarization.voice_networks import Array, unit


def noise(rng: np.random.Generator, *shape: int) -> Array:
    return rng.standard_normal(shape).astype(np.float32)


def voices(*counts: int, spread: float = 0.5, seed: int = 1) -> Array:
    """``counts[n]`` vectors around the n-th of some unrelated directions, mixed in order."""
    rng = np.random.default_rng(seed)
    centres = unit(noise(rng, len(counts), 256))
    rows = [
        centre + spread * unit(noise(rng, 256))
        for centre, count in zip(centres, counts, strict=True)
        for _ in range(count)
    ]
    return unit(np.array(rows, np.float32)[rng.permutation(sum(counts))])


def count_of(vectors: Array, count: SpeakerCount) -> int:
    return len(cluster_voices(vectors, seconds=np.full(len(vectors), 1.5), count=count))


@pytest.mark.parametrize("sizes", [(60,), (40, 30), (30, 30, 30), (20,) * 8, (1500, 1300)])
def test_the_number_of_voices_is_found(sizes: tuple[int, ...]) -> None:
    assert count_of(voices(*sizes), SpeakerCount()) == len(sizes)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (SpeakerCount(low=2, high=2), 2),
        (SpeakerCount(high=1), 1),
        (SpeakerCount(low=4), 4),
        (SpeakerCount(low=3, high=5), 3),
    ],
)
def test_limits_are_kept(count: SpeakerCount, expected: int) -> None:
    assert count_of(voices(40, 40, 40), count) == expected


def test_fewer_pieces_than_speakers_asked_for() -> None:
    assert count_of(voices(2), SpeakerCount(low=5)) == 2


def test_an_odd_tone_is_no_second_voice_and_a_short_answer_is() -> None:
    """Vectors a quarter of a turn from a voice are nobody else, unless they are like nothing."""
    rng = np.random.default_rng(3)
    one, odd, other = unit(noise(rng, 3, 256))
    tone = unit(one + odd)
    voice = unit(one + 0.3 * unit(noise(rng, 60, 256)))
    assert one @ tone == pytest.approx(0.7, abs=0.1)
    for few, speakers in ((tone, 1), (other, 2)):
        vectors = unit(np.vstack([voice, few + 0.2 * unit(noise(rng, 4, 256))]))
        assert count_of(vectors, SpeakerCount()) == speakers


def test_crumbs_are_nobody() -> None:
    assert count_of(voices(60, 1), SpeakerCount()) == 1
    assert count_of(voices(60, 1), SpeakerCount(low=2)) == 2


def test_average_linkage_agrees_with_the_plain_algorithm() -> None:
    vectors = voices(8, 7, 5, spread=1.2, seed=5)
    for cut in (0.2, 0.5, 0.7, 0.8):
        found = average_linkage(vectors, cut=cut)
        assert _partition(found) == _plain(vectors, cut)


def _plain(vectors: Array, cut: float) -> set[frozenset[int]]:
    groups = [[n] for n in range(len(vectors))]
    distance = 1 - vectors @ vectors.T
    while len(groups) > 1:
        pairs = [(a, b) for a in range(len(groups)) for b in range(a)]
        mean = {(a, b): distance[np.ix_(groups[a], groups[b])].mean() for a, b in pairs}
        a, b = min(mean, key=lambda pair: mean[pair])
        if mean[a, b] > cut:
            break
        groups[b] += groups.pop(a)
    return {frozenset(group) for group in groups}


def _partition(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@given(st.integers(1, 40), st.integers(1, 5), st.integers(1, 5))
def test_limits_are_kept_for_any_voices(pieces: int, low: int, more: int) -> None:
    count = SpeakerCount(low=low, high=low + more - 1)
    vectors = unit(np.random.default_rng(pieces).random((pieces, 256)).astype(np.float32))
    assert min(low, pieces) <= count_of(vectors, count) <= low + more - 1
