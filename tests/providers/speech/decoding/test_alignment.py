import numpy as np
import pytest

from mp4totext.providers.speech.decoding.alignment import (
    SpokenToken,
    clipped_to_speech,
    token_frames,
    words_from_tokens,
)
from mp4totext.providers.vad import Region
from mp4totext.transcript import Word
from tests.support.processor_time import processor_time


def _attention(starts: list[int], frames: int) -> np.ndarray:
    """Three heads that look at each token's own stretch of frames."""
    rng = np.random.default_rng(2)
    attention = rng.random((3, len(starts), frames)).astype(np.float32) * 0.05
    for n, start in enumerate(starts):
        end = starts[n + 1] if n + 1 < len(starts) else frames
        attention[:, n, start:end] += 1.0
    return attention


def test_each_token_starts_where_its_attention_does() -> None:
    starts = [0, 11, 40, 52, 90]
    assert np.abs(token_frames(_attention(starts, 120)) - starts).max() <= 1


def test_the_path_is_the_cheapest_of_all() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        attention = rng.random((2, 4, 7)).astype(np.float32)  # too short for the median filter
        scaled = (attention - attention.mean(axis=2, keepdims=True)) / (
            attention.std(axis=2, keepdims=True) + 1e-6
        )
        gain = scaled.mean(axis=0)

        def total(a: int, b: int, c: int, gain: np.ndarray = gain) -> float:
            return float(
                gain[0, :a].sum() + gain[1, a:b].sum() + gain[2, b:c].sum() + gain[3, c:].sum()
            )

        possible = [
            (a, b, c) for a in range(1, 5) for b in range(a + 1, 6) for c in range(b + 1, 7)
        ]
        best = max(total(*cuts) for cuts in possible)
        _, a, b, c = (int(start) for start in token_frames(attention))
        assert total(a, b, c) == pytest.approx(best, abs=1e-5)


def test_more_tokens_than_frames_are_spread_in_order() -> None:
    starts = token_frames(np.ones((2, 10, 4), np.float32))
    assert list(starts) == sorted(starts)
    assert starts[0] == 0
    assert starts[-1] < 4


def test_no_tokens_give_no_frames() -> None:
    assert len(token_frames(np.zeros((3, 0, 50), np.float32))) == 0


def test_twenty_seconds_are_aligned_in_a_moment() -> None:
    attention = np.random.default_rng(1).random((3, 120, 833)).astype(np.float32)
    with processor_time() as spent:
        token_frames(attention)
    assert spent.s < 0.25


def test_tokens_join_into_words_with_their_confidence() -> None:
    words = words_from_tokens(
        [
            SpokenToken(b" Caf", 0.0, 0, 100),
            SpokenToken(b"\xc3", -1.0, 100, 150),
            SpokenToken(b"\xa9,", -0.5, 150, 300),
            SpokenToken(b" 12", -0.1, 300, 420),
            SpokenToken(b"", 0.0, 420, 430),
        ]
    )
    assert [(w.text, w.start_ms, w.end_ms) for w in words] == [("Café,", 0, 300), ("12", 300, 430)]
    assert words[0].confidence == pytest.approx(np.exp(-0.5), abs=1e-3)


def test_words_are_clipped_to_the_side_of_the_pause_they_are_on() -> None:
    regions = (Region(1_000, 2_000), Region(4_000, 5_000))
    words = clipped_to_speech(
        [
            Word(text="before", start_ms=1_400, end_ms=3_600),
            Word(text="after", start_ms=3_600, end_ms=4_600),
            Word(text="last", start_ms=4_600, end_ms=6_000),
        ],
        regions,
    )
    assert [(w.start_ms, w.end_ms) for w in words] == [
        (1_000, 2_000),
        (4_000, 4_600),
        (4_600, 5_000),
    ]
    assert not any(w.estimated for w in words)


def test_a_word_in_the_pause_itself_is_estimated_at_its_edge() -> None:
    words = clipped_to_speech(
        [Word(text="lost", start_ms=2_100, end_ms=2_300)], (Region(0, 2_000), Region(5_000, 6_000))
    )
    assert words[0].estimated
    assert 0 <= words[0].start_ms < words[0].end_ms <= 2_000
