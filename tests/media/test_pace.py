"""MP4 whose tables of times are wrong is read as if its packets followed each other."""

from pathlib import Path

import pytest

from mp4totext.media.decode import AudioReader
from mp4totext.media.playable import is_playable
from mp4totext.media.probe import probe
from tests.support import odd_bytes
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.media_files import chirps, write_wav
from tests.support.media_matrix import differences, problems_of_file, source_of


@pytest.mark.parametrize("step", [0, 1, 100, 512, 960, 1_000, 1_008, 1_040, 1_056, 2_048, 48_000])
def test_packets_of_1024_samples_that_are_said_to_be_longer_or_shorter(
    tmp_path: Path, step: int
) -> None:
    """FFmpeg follows the edit list, whose units are the wrong ones: some are lost."""
    path = tmp_path / "a.m4a"
    ffmpeg("-i", source_of(tmp_path, 1, 0), "-ar", 48_000, "-c:a", "aac", path)
    expected = decoded(path)
    path.write_bytes(odd_bytes.with_steps(path.read_bytes(), step))
    assert problems_of_file(path, {1: expected}) == []
    with AudioReader(path) as reader:
        late = reader.read_channels(4_000, 60_000)
    assert differences(expected[:, 4_000 * 16 :], late) == []
    assert not is_playable(path, probe(path).structure, (1,))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mov", ("-c:a", "alac")),
        ("a.mp4", ("-c:a", "libopus")),
        ("a.mp4", ("-ar", 44_100, "-c:a", "libmp3lame")),
        ("a.mp4", ("-c:a", "ac3")),
        ("a.3gp", ("-ar", 8_000, "-c:a", "libopencore_amrnb")),
    ],
)
def test_in_other_codecs(tmp_path: Path, name: str, options: tuple[object, ...]) -> None:
    path = tmp_path / name
    ffmpeg("-i", source_of(tmp_path, 1, 0), *options, path)
    expected = decoded(path)
    path.write_bytes(odd_bytes.with_steps(path.read_bytes(), 1))
    assert problems_of_file(path, {1: expected}) == []


@pytest.mark.parametrize("number", [0, 1])
def test_only_one_of_two_tracks_of_a_film(tmp_path: Path, number: int) -> None:
    """The tables of the picture, and of the other track, are right."""
    path = tmp_path / "a.mp4"
    film = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=7")
    sounds = (source_of(tmp_path, 1, 0), source_of(tmp_path, 1, 1))
    sound = ("-i", sounds[0], "-itsoffset", 1.5, "-i", sounds[1], "-map", 0, "-map", 1, "-map", 2)
    ffmpeg(*film, *sound, "-ar", 48_000, "-c:a", "aac", path)
    whole = {track: decoded(path, track=track - 1) for track in (1, 2)}
    path.write_bytes(odd_bytes.with_steps(path.read_bytes(), 1, table=1 + number))
    info = probe(path)
    ends_ms = [track.length_us // 1_000 for track in info.structure.tracks]
    assert ends_ms == pytest.approx([7_000, 6_500], abs=50)
    assert info.warnings == ()
    with AudioReader(path) as reader:
        assert differences(whole[1], reader.read_channels(0, 60_000)) == []


def test_steps_of_a_pause_are_kept(tmp_path: Path) -> None:
    """A recorder that rounds its steps still says how long it stood still."""
    path = tmp_path / "a.mp4"
    pause = "asetpts=PTS+gte(T\\,3)*2/TB"
    ffmpeg(
        "-i", write_wav(tmp_path / "s.wav", chirps(7.0, 16_000)), "-af", pause, "-c:a", "aac", path
    )
    data = path.read_bytes()
    path.write_bytes(odd_bytes.with_steps(data, 1_000, of=1_024))
    assert probe(path).duration_ms == pytest.approx(9_000, abs=60)


def test_a_clock_that_drifts_is_right(tmp_path: Path) -> None:
    """Each packet is said to be a thousandth longer, as the clock of a picture may want it."""
    path = tmp_path / "a.m4a"
    ffmpeg("-i", source_of(tmp_path, 1, 0), "-ar", 48_000, "-c:a", "aac", path)
    path.write_bytes(odd_bytes.with_steps(path.read_bytes(), 1_025))
    assert probe(path).structure.is_one_recording
