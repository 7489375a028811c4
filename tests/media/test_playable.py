"""Files that browsers play, and copies with equal audio at equal times."""

from contextlib import closing
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mp4totext.media.decode import SAMPLE_RATE, AudioReader
from mp4totext.media.measure import measure
from mp4totext.media.playable import SoundWriter, is_playable
from mp4totext.media.poster import poster
from tests.support.ffmpeg import ffmpeg
from tests.support.hard_recordings import wrapped_wav
from tests.support.media_files import add_sound, chirps, write, write_cut, write_video


@pytest.mark.parametrize(
    ("name", "codec", "plays"),
    [
        ("a.mp3", "libmp3lame", True),
        ("a.m4a", "aac", True),
        ("a.m4a", "alac", False),
        ("a.flac", "flac", True),
        ("a.wav", "pcm_s16le", True),
        ("a.wav", "adpcm_ms", False),
        ("a.webm", "libopus", True),
        ("a.mka", "flac", False),
        ("a.wma", "wmav2", False),
        ("a.aiff", "pcm_s16be", False),
    ],
)
def test_containers_and_codecs_decide(
    tmp_path: Path,
    name: str,
    codec: str,
    plays: bool,
) -> None:
    assert plays_as_is(write(tmp_path / name, chirps(1), codec=codec)) is plays


def plays_as_is(path: Path, *heard: int) -> bool:
    return is_playable(path, measure(path), heard or (1,))


def test_another_track_than_the_first_makes_a_copy_of_it(tmp_path: Path) -> None:
    file = write(tmp_path / "a.m4a", chirps(1), codec="aac")
    two = tmp_path / "two.m4a"
    ffmpeg("-i", file, "-i", file, "-map", 0, "-map", 1, "-c", "copy", two)
    assert [plays_as_is(two, *heard) for heard in ((1,), (2,), (1, 2))] == [True, False, False]


@pytest.mark.parametrize(("late_s", "plays"), [(0, True), (5, False)])
def test_a_clock_that_does_not_begin_at_0_makes_a_copy(
    tmp_path: Path, late_s: int, plays: bool
) -> None:
    file = write(tmp_path / "a.webm", chirps(1), codec="libopus")
    late = tmp_path / "late.webm"
    ffmpeg("-i", file, "-c", "copy", "-output_ts_offset", late_s, late)
    assert plays_as_is(late) is plays


@pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_s16le"), ("a.m4a", "aac")])
def test_joined_recordings_make_a_copy_as_browsers_play_the_first(
    tmp_path: Path, name: str, codec: str
) -> None:
    file = write(tmp_path / name, chirps(1), codec=codec)
    file.write_bytes(file.read_bytes() * 2)
    assert not plays_as_is(file)


@pytest.mark.parametrize(("channels", "plays"), [(6, True), (8, True), (16, False)])
def test_more_channels_than_browsers_mix_make_a_copy(
    tmp_path: Path, channels: int, plays: bool
) -> None:
    sound = np.repeat(chirps(1), channels, axis=0)
    assert plays_as_is(write(tmp_path / "a.wav", sound, codec="pcm_s16le")) is plays


def test_a_wav_that_is_longer_than_its_header_makes_a_copy(tmp_path: Path) -> None:
    assert not plays_as_is(wrapped_wav(tmp_path))


def test_an_mp4_out_of_which_a_stretch_was_cut_makes_a_copy(tmp_path: Path) -> None:
    """Some browsers show only the first stretch of an edit list, or what was cut out, too."""
    assert not plays_as_is(write_cut(tmp_path / "a.m4a"))


@pytest.mark.parametrize(
    ("options", "plays"),
    [
        (("-b:a", "64k"), True),
        (("-b:a", "64k", "-write_xing", 0), True),
        (("-b:a", "128k", "-ac", 2), True),
        (("-q:a", 4), False),
        (("-abr", 1, "-b:a", "64k"), False),
    ],
)
def test_a_time_of_mp3_has_a_place_where_its_bit_rate_is_constant(
    tmp_path: Path, options: tuple[object, ...], plays: bool
) -> None:
    wav = write(tmp_path / "a.wav", chirps(5), codec="pcm_s16le")
    file = tmp_path / "a.mp3"
    ffmpeg("-i", wav, *options, file)
    assert plays_as_is(file) is plays


@pytest.mark.parametrize("option", [("-ar", 44_100), ("-ac", 2)])
def test_mp3_that_changes_its_rate_or_channels_makes_a_copy(
    tmp_path: Path, option: tuple[str, int]
) -> None:
    wav = write(tmp_path / "a.wav", chirps(1), codec="pcm_s16le")
    parts = [tmp_path / "a.mp3", tmp_path / "b.mp3"]
    for part, more in zip(parts, ((), option), strict=True):
        ffmpeg("-i", wav, "-b:a", "64k", *more, part)
    parts[0].write_bytes(parts[0].read_bytes() + parts[1].read_bytes())
    assert not plays_as_is(parts[0])


def test_pictures_that_no_browser_shows_make_a_copy_of_the_sound(tmp_path: Path) -> None:
    assert not plays_as_is(write_video(tmp_path / "a.mp4", chirps(2)))  # MPEG-4 part 2


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_copy_has_the_same_sound_at_the_same_times(tmp_path: Path, channels: int) -> None:
    sound = np.repeat(chirps(8, SAMPLE_RATE), channels, axis=0)
    copy = tmp_path / "copy"
    with closing(SoundWriter(copy, channels=channels)) as writer:
        for start in range(0, sound.shape[1], 40_000):
            writer.write(sound[:, start : start + 40_000])
    assert plays_as_is(copy)
    with AudioReader(copy) as reader:
        assert reader.channels == {1: 1, 2: 2, 6: 1}[channels]
        heard = reader.read(2_000, 6_000)
    expected = sound[0, 2 * SAMPLE_RATE : 6 * SAMPLE_RATE]
    assert np.corrcoef(heard, expected)[0, 1] > 0.95


def filmed(path: Path, *, rotated: bool = False) -> Path:
    """A white half above a black one, 320 by 160, as a camera writes it."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 320, 160, "yuv420p"
        add_sound(container, chirps(2), codec="aac", rate=48_000)
        frame = np.zeros((160, 320, 3), np.uint8)
        frame[:80] = 255
        for _ in range(20):
            container.mux(picture.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(picture.encode(None))
    if rotated:  # a quarter turn in the track's matrix, as telephones write it
        data = path.read_bytes()
        at = data.index(b"tkhd", data.index(b"trak")) + 44
        one, none = (1 << 16).to_bytes(4, "big"), bytes(4)
        minus = ((-1 << 16) % 2**32).to_bytes(4, "big")
        matrix = (
            none + one + none + minus + none + none + none + none + (1 << 30).to_bytes(4, "big")
        )
        path.write_bytes(data[:at] + matrix + data[at + 36 :])
    return path


def poster_of(path: Path) -> bytes | None:
    with AudioReader(path) as reader:
        structure = reader.structure
    return poster(path, structure, duration_ms=structure.length_ms)


def pixels(jpeg: bytes, tmp_path: Path) -> NDArray[np.uint8]:
    file = tmp_path / "poster.jpg"
    file.write_bytes(jpeg)
    with av.open(str(file)) as container:
        shown: NDArray[np.uint8] = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return shown


def test_a_poster_is_a_picture_of_the_video(tmp_path: Path) -> None:
    jpeg = poster_of(filmed(tmp_path / "a.mp4"))
    assert jpeg is not None
    shown = pixels(jpeg, tmp_path)
    assert shown.shape == (160, 320, 3)
    assert shown[:70].mean() > 230
    assert shown[90:].mean() < 25


def test_a_poster_is_upright(tmp_path: Path) -> None:
    """A turn clockwise by a quarter: what was above is on the right."""
    jpeg = poster_of(filmed(tmp_path / "a.mp4", rotated=True))
    assert jpeg is not None
    shown = pixels(jpeg, tmp_path)
    assert shown.shape == (320, 160, 3)
    assert shown[:, 90:].mean() > 230
    assert shown[:, :70].mean() < 25


def test_sound_alone_has_no_poster(tmp_path: Path) -> None:
    assert poster_of(write(tmp_path / "a.m4a", chirps(1), codec="aac")) is None
