from itertools import pairwise

import numpy as np

from mp4totext.providers.base import Samples
from mp4totext.providers.speech.decoding.chunking import ChunkOptions, chunks, halved
from mp4totext.providers.speech.decoding.vad import FRAME_MS, Region, Vad, regions
from tests.providers.speech.conftest import silence


def _frames(*parts: tuple[float, int]) -> np.ndarray:
    """(probability, milliseconds) one after the other."""
    return np.concatenate([np.full(ms // FRAME_MS, p, np.float32) for p, ms in parts])


def test_speech_is_found_where_it_is(two_cities: Samples) -> None:
    samples = np.concatenate([silence(3), two_cities[16_000:80_000], silence(3)])
    found = regions(Vad().probabilities(samples), length_ms=len(samples) // 16)
    assert 2_900 <= found[0].start_ms <= 3_400
    assert 6_000 <= found[-1].end_ms <= 7_200


def test_windows_of_any_size_give_the_same_as_the_whole(two_cities: Samples) -> None:
    vad = Vad()
    whole = vad.probabilities(two_cities)
    parts = [two_cities[at : at + 100_003] for at in range(0, len(two_cities), 100_003)]
    np.testing.assert_allclose(vad.stream(parts), whole, atol=1e-4)
    assert len(whole) == -(-len(two_cities) // 512)


def test_nothing_to_hear_gives_no_frames() -> None:
    assert len(Vad().probabilities(np.zeros(0, np.float32))) == 0
    assert regions(np.zeros(0, np.float32), length_ms=0) == ()


def test_a_weak_moment_inside_a_word_does_not_split_it() -> None:
    found = regions(_frames((0, 960), (0.9, 640), (0.1, 96), (0.9, 640), (0, 960)), length_ms=3_296)
    assert len(found) == 1


def test_a_click_is_not_speech_and_a_short_no_is() -> None:
    found = regions(_frames((0, 960), (0.9, 64), (0, 960), (0.9, 160), (0, 960)), length_ms=3_104)
    assert len(found) == 1
    assert found[0].start_ms > 1_800


def test_regions_stay_apart_and_inside() -> None:
    found = regions(_frames((0.9, 640), (0, 192), (0.9, 640)), length_ms=1_472)
    assert found[0].start_ms == 0
    assert found[-1].end_ms == 1_472
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(found))


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
    probabilities = _frames((0.9, 14_976), (0.6, 320), (0.9, 9_984))
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
    probabilities = _frames((0.9, 4_000), (0.3, 320), (0.9, 4_000))
    (whole,) = chunks([Region(0, 8_200)], probabilities, length_ms=8_200, options=ChunkOptions())
    first, second = halved(whole, probabilities)
    assert first.span.end_ms == second.span.start_ms
    assert 3_968 <= first.span.end_ms <= 4_320
    assert (first.span.start_ms, second.span.end_ms) == (whole.span.start_ms, whole.span.end_ms)
