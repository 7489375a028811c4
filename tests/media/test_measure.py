"""Measurements from the packets of a file."""

from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import DamagedMedia, NoAudio
from mp4totext.media.measure import measure
from mp4totext.media.sources import Mix
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.media_files import chirps, write, write_cut, write_video, write_wav
from tests.support.media_matrix import differences


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


_FRAGMENTS = ("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov")


@pytest.mark.parametrize(
    ("extension", "parts"),
    [
        ("webm", [("-c:a", "libopus")] * 4),
        ("mkv", [("-c:a", "flac")] * 3),
        ("mka", [("-c:a", "flac"), ("-c:a", "libopus"), ("-c:a", "flac")]),
        ("ogg", [("-c:a", "libvorbis", "-ar", rate) for rate in (44_100, 16_000, 48_000)]),
        ("mp4", [_FRAGMENTS] * 3),
    ],
)
def test_recordings_joined_by_their_bytes_follow_each_other(
    tmp_path: Path, extension: str, parts: list[tuple[object, ...]]
) -> None:
    sound = chirps(2.0, 16_000)
    source = write_wav(tmp_path / "a.wav", sound)
    path = tmp_path / f"joined.{extension}"
    for options in parts:
        part = tmp_path / f"part.{extension}"
        ffmpeg("-i", source, *options, part)
        with path.open("ab") as file:
            file.write(part.read_bytes())
    structure = measure(path)
    assert structure.length_ms == pytest.approx(2_000 * len(parts), abs=70 * len(parts))
    assert structure.warnings == ()
    with AudioReader(path) as reader:
        heard = reader.read(0, structure.length_ms)
        assert reader.warnings == []
    quarter = len(heard) // len(parts) // 4
    loud = np.sqrt([np.mean(heard[n * quarter :][:quarter] ** 2) for n in range(4 * len(parts))])
    assert min(loud) > 0.5 * max(loud)


def test_sound_of_which_nothing_can_be_decoded_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    ffmpeg("-i", write_wav(tmp_path / "a.wav", chirps(2.0, 16_000)), "-c:a", "aac", path)
    data = path.read_bytes()
    entry = data.index(b"mp4a", data.index(b"stsd"))
    box = data.index(b"esds", entry)
    path.write_bytes(data[:entry] + b"apac" + data[entry + 4 : box] + b"dapa" + data[box + 4 :])
    with pytest.raises(DamagedMedia, match="unknown codec"):
        measure(path)


def test_an_edit_list_that_shows_nothing_is_ignored(tmp_path: Path) -> None:
    """Some programs write a length of 0, as in a file of fragments, for all that there is."""
    sound = chirps(3.0)
    path = write(tmp_path / "a.m4a", sound, codec="aac")
    with AudioReader(path) as reader:
        expected = reader.read_channels(0, 10_000)
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12
    assert data[at : at + 4] != bytes(4)
    data[at : at + 4] = bytes(4)
    path.write_bytes(data)
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 10_000)
        late = reader.read_channels(2_000, 10_000)
        assert reader.warnings == []
    assert differences(expected, found) == []
    assert differences(found[:, 2_000 * 16 :], late) == []
    assert measure(path).warnings == ()


def test_what_an_edit_list_cuts_out_of_the_middle_takes_no_time(tmp_path: Path) -> None:
    path = write_cut(tmp_path / "a.m4a")
    expected = decoded(path)
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 10_000)
        late = reader.read_channels(2_500, 10_000)
    assert expected.shape[1] / 16 == pytest.approx(4_000, abs=50)
    assert differences(expected, found) == []
    assert differences(found[:, 2_500 * 16 :], late) == []
    assert measure(path).length_ms == pytest.approx(4_000, abs=50)


def test_an_mp4_without_sound_is_still_refused(tmp_path: Path) -> None:
    with pytest.raises(NoAudio):
        measure(write_video(tmp_path / "a.mp4", None))


@pytest.mark.parametrize(("extension", "codec"), [("mkv", "flac"), ("mp4", "aac")])
def test_a_track_that_only_the_second_of_joined_recordings_has_is_read(
    tmp_path: Path, extension: str, codec: str
) -> None:
    voice = write_wav(tmp_path / "voice.wav", chirps(2.0, 16_000))
    quiet = write_wav(tmp_path / "quiet.wav", 0 * chirps(2.0, 16_000))
    one, two = tmp_path / f"one.{extension}", tmp_path / f"two.{extension}"
    ffmpeg("-i", voice, "-c:a", codec, one)
    ffmpeg("-i", quiet, "-i", voice, "-map", 0, "-map", 1, "-c:a", codec, two)
    path = tmp_path / f"joined.{extension}"
    path.write_bytes(one.read_bytes() + two.read_bytes())
    structure = measure(path)
    assert [track.readable for track in structure.tracks] == [True, True]
    with AudioReader(path) as reader:
        each = Mix.each_channel(structure, 1, 2)
        found = reader.read_feeds(0, structure.length_ms, mix=each)
    loud = [[bool(np.abs(half).max() > 0.1) for half in np.array_split(row, 2)] for row in found]
    assert loud == [[True, False], [False, True]]
