"""What a walk through the packets of a file says."""

from pathlib import Path

import pytest

from mp4totext.media.measure import measure
from tests.support.media_files import chirps, write, write_wav


def test_a_file_is_measured_by_its_packets(tmp_path: Path) -> None:
    structure = measure(write(tmp_path / "a.mka", chirps(3.0), codec="flac"))
    assert structure.length_ms == 3_000
    assert [(t.codec, t.channels, t.sample_rate) for t in structure.tracks] == [("flac", 1, 48_000)]
    assert not structure.truncated
    assert structure.warnings == ()


def test_a_file_that_was_cut_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", chirps(20.0), codec="flac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    structure = measure(path)
    assert structure.truncated
    assert 5_000 < structure.length_ms < 15_000
    (warning,) = structure.warnings
    assert warning.startswith("The file says it is 20 s long but holds ")


def test_who_asks_may_end_the_walk(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", chirps(20.0, 16_000))

    def stop(_at_us: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(path, stop)
