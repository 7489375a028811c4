"""Cached outputs of networks equal computed ones."""

from pathlib import Path

import numpy as np

from mp4totext.providers.base import Samples
from tests.support.remembered_networks import remembering


class Doubling:
    def __init__(self) -> None:
        self.calls = 0

    def run(self, samples: Samples) -> Samples:
        self.calls += 1
        return samples * 2


def test_equal_sound_is_given_to_the_network_once(tmp_path: Path) -> None:
    remembered, network = remembering(Doubling.run, tmp_path), Doubling()
    sound = np.arange(4, dtype=np.float32)
    first, again = remembered(network, sound), remembered(Doubling(), sound.copy())
    assert network.calls == 1
    assert list(first) == list(again) == [0, 2, 4, 6]


def test_other_sound_is_not_taken_for_it(tmp_path: Path) -> None:
    remembered, network = remembering(Doubling.run, tmp_path), Doubling()
    for sound in (np.zeros(4, np.float32), np.zeros(5, np.float32), np.ones(4, np.float32)):
        assert list(remembered(network, sound)) == list(sound * 2)
    assert network.calls == 3
