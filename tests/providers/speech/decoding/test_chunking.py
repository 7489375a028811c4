from itertools import pairwise

import numpy as np

from mp4totext.providers.speech.decoding.chunking import ChunkOptions, chunks, halved
from mp4totext.providers.vad import Region
from tests.providers.test_vad import frames


def test_chunks_are_cut_at_the_longest_pauses_and_keep_the_limit() -> None:
    speech = [Region(0, 6_000), Region(6_900, 9_000), Region(9_300, 15_000), Region(15_300, 22_000)]
    found = chunks(speech, np.ones(700, np.float32), length_ms=22_000, options=ChunkOptions())
    assert [chunk.regions for chunk in found] == [tuple(speech[:1]), tuple(speech[1:])]
    assert all(a.span.end_ms <= b.span.start_ms for a, b in pairwise(found))
    assert found[0].span == Region(0, 6_250)


def test_a_long_pause_always_ends_a_chunk() -> None:
    speech = [Region(500, 1_000), Region(3_000, 4_000)]
    found = chunks(speech, np.ones(200, np.float32), length_ms=5_000, options=ChunkOptions())
    assert [chunk.span for chunk in found] == [Region(250, 1_250), Region(2_750, 4_250)]


def test_speech_without_pauses_is_cut_at_its_weakest_moment() -> None:
    probabilities = frames((0.9, 14_976), (0.6, 320), (0.9, 9_984))
    found = chunks([Region(0, 25_000)], probabilities, length_ms=25_000, options=ChunkOptions())
    assert len(found) == 2
    assert 14_976 <= found[0].regions[-1].end_ms <= 15_296


def test_chunks_for_an_engine_that_pads_are_full() -> None:
    """Pauses stay inside; each is cut at the longest pause of its last part."""
    gaps = [500, 700, 600, 1_900, 400, 800, 2_500, 300, 900, 600]
    speech, at = [], 0
    for gap in gaps:
        speech.append(Region(at, at + 3_000))
        at += 3_000 + gap
    options = ChunkOptions(max_ms=20_000, join_gap_ms=20_000, filled=0.6)
    found = chunks(speech, np.ones(2_300, np.float32), length_ms=at, options=options)
    assert [region for chunk in found for region in chunk.regions] == speech
    assert [len(chunk.regions) for chunk in found] == [4, 5, 1]
    for chunk in found[:-1]:
        assert 12_000 <= chunk.regions[-1].end_ms - chunk.regions[0].start_ms <= 20_000


def test_a_region_that_leaves_no_choice_is_a_chunk() -> None:
    speech = [Region(0, 4_000), Region(5_000, 24_000), Region(24_500, 26_000)]
    options = ChunkOptions(max_ms=20_000, join_gap_ms=20_000, filled=0.9)
    found = chunks(speech, np.ones(1_000, np.float32), length_ms=26_000, options=options)
    assert [len(chunk.regions) for chunk in found] == [1, 1, 1]


def test_a_chunk_can_be_halved_with_nothing_lost() -> None:
    probabilities = frames((0.9, 4_000), (0.3, 320), (0.9, 4_000))
    (whole,) = chunks([Region(0, 8_200)], probabilities, length_ms=8_200, options=ChunkOptions())
    first, second = halved(whole, probabilities)
    assert first.span.end_ms == second.span.start_ms
    assert 3_968 <= first.span.end_ms <= 4_320
    assert (first.span.start_ms, second.span.end_ms) == (whole.span.start_ms, whole.span.end_ms)
