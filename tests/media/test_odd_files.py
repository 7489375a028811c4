"""Files of devices and programs equal FFmpeg's decode, without a warning."""

from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.choice import SourceOptions, refuse_missing
from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import NoAudio, NoSuchTrack
from mp4totext.media.probe import probe
from tests.support import odd_bytes
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.media_matrix import differences, source_of
from tests.support.odd_files import OddFile, every, odd_sources, problems_of_odd_file
from tests.support.slow_tests import one_in

__all__ = ["odd_sources"]

NEW = {
    *("DS330001.DSS", "camera1.dav", "receiver.wav", "server.gxf", "empty second track.mkv"),
    *("dashcam with a gap.mp4", "type 1.avi", "segments.mp4", "chapters.MP4", "no clock.m4a"),
}
ALL = list(every())


@pytest.mark.parametrize(
    "odd",
    [
        *(odd for odd in ALL if odd.name in NEW),
        *one_in(20, [odd for odd in ALL if odd.name not in NEW]),
    ],
    ids=lambda odd: odd.name,
)
def test_all_of_it_is_there_and_nothing_is_warned_of(
    odd_sources: Path, tmp_path: Path, odd: OddFile
) -> None:
    assert problems_of_odd_file(odd, odd_sources, tmp_path) == []
    assert probe(tmp_path / odd.name).duration_ms == pytest.approx(odd.length_ms, abs=150)


@pytest.mark.parametrize("form", ["aac", "loas"])
@pytest.mark.parametrize("rates", [(48_000, 22_050), (22_050, 48_000), (32_000, 24_000)])
def test_bare_aac_whose_rate_changes(tmp_path: Path, form: str, rates: tuple[int, int]) -> None:
    """FFmpeg times all of it by the first rate."""
    halves = [tmp_path / f"{n}.{form}" for n in range(2)]
    muxer = ("-f", "latm") if form == "loas" else ()
    for number, (half, rate) in enumerate(zip(halves, rates, strict=True)):
        ffmpeg("-i", source_of(tmp_path, 1, number), "-ar", rate, "-c:a", "aac", *muxer, half)
    path = tmp_path / f"both.{form}"
    path.write_bytes(b"".join(half.read_bytes() for half in halves))
    expected = np.concatenate([decoded(half) for half in halves], axis=1)
    with AudioReader(path) as reader:
        whole = reader.read_channels(0, 60_000)
        late = reader.read_channels(9_000, 60_000)
    assert differences(expected, whole) == []
    assert differences(whole[:, 9_000 * 16 :], late) == []
    assert abs(probe(path).duration_ms - expected.shape[1] / 16) < 30


def test_a_track_without_anything_is_not_said_to_be_unreadable(
    odd_sources: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.mkv"
    odd_bytes.empty_track(odd_sources, path)
    structure = probe(path).structure
    assert [(t.readable, t.empty) for t in structure.tracks] == [(True, False), (False, True)]
    with pytest.raises(NoSuchTrack, match="Audio track 2 is empty"):
        refuse_missing(structure, SourceOptions(tracks=(2,)))


def test_a_file_of_an_empty_track_has_no_sound(odd_sources: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    odd_bytes.only_an_empty_track(odd_sources, path)
    with pytest.raises(NoAudio, match="is empty: nothing was recorded"):
        probe(path)
