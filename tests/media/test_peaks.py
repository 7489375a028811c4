"""Peaks of loud and quiet parts, for any length."""

import numpy as np
import pytest

from mp4totext.media.decode import SAMPLE_RATE
from mp4totext.media.peaks import PEAKS_PER_S, in_buckets, peaks_of


def test_a_twentieth_of_a_second_is_one_byte() -> None:
    sound = np.zeros((2, SAMPLE_RATE), np.float32)
    sound[1, SAMPLE_RATE // 2 + 3] = -0.25  # half of full scale is drawn of a quarter
    peaks = peaks_of(sound)
    assert len(peaks) == PEAKS_PER_S
    assert peaks[10] == 127
    assert sum(peaks) == 127


def test_sound_out_of_phase_is_not_lost() -> None:
    wave = np.sin(np.arange(SAMPLE_RATE, dtype=np.float32) / 5)
    assert min(peaks_of(np.stack([wave, -wave]))) > 240


def test_what_is_no_number_or_too_loud_is_drawn_as_it_can_be() -> None:
    sound = np.full((1, 800), 7, np.float32)
    assert peaks_of(sound) == b"\xff"
    assert peaks_of(np.full((1, 800), np.nan, np.float32)) == b"\x00"
    assert peaks_of(np.zeros((1, 0), np.float32)) == b""


def test_a_part_of_the_last_twentieth_counts() -> None:
    assert len(peaks_of(np.ones((1, 801), np.float32))) == 2


@pytest.mark.parametrize("buckets", [1, 7, 20])
def test_a_bucket_is_the_loudest_of_its_part(buckets: int) -> None:
    peaks = bytes(range(100))
    fewer = in_buckets(peaks, buckets)
    assert len(fewer) == buckets
    assert fewer[-1] == 99
    assert list(fewer) == sorted(fewer)


def test_there_are_never_more_than_there_were() -> None:
    assert in_buckets(b"\x01\x02", 2000) == b"\x01\x02"
