"""Frames at a constant rate from each kind of file, and none without a video track."""

from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import NoPictures
from mp4totext.media.pictures import PictureReader, PictureTrack
from tests.support.ffmpeg import ffmpeg
from tests.support.media_files import chirps, write_wav

PIXELS = 1920 * 1080


def made(path: Path, picture: str, *more: object, seconds: float = 4) -> Path:
    sound = ("-f", "lavfi", "-i", "sine=frequency=300")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    ffmpeg("-f", "lavfi", "-i", picture, *sound, "-t", seconds, *codecs, *more, path)
    return path


def opened(path: Path, *, pixels_max: int = PIXELS) -> PictureReader:
    with AudioReader(path) as reader:
        structure = reader.structure
    return PictureReader(path, structure, pixels_max=pixels_max)


def track_of(path: Path, *, pixels_max: int = PIXELS) -> PictureTrack:
    with opened(path, pixels_max=pixels_max) as reader:
        return reader.track


def numbers(path: Path, *, first: int, stop: int, start_ms: int = 0) -> list[int]:
    """Which picture of a ramp each frame shows."""
    with opened(path) as reader:
        frames = reader.frames(start_ms, fps=30, first=first, stop=stop)
        return [round((frame[0] - 16) / 3) for frame in frames]


# Each picture is brighter than the one before it by three: one is lost to rounding.
RAMP = "color=black:size=64x48:rate={rate},geq=lum='16+3*N':cb=128:cr=128"


def ramp(path: Path, *, rate: str = "10", more: tuple[object, ...] = ()) -> Path:
    return made(path, RAMP.format(rate=rate), "-qp", 0, *more)


def test_a_picture_stands_until_the_next_one(tmp_path: Path) -> None:
    path = ramp(tmp_path / "ten.mkv")
    assert numbers(path, first=0, stop=30) == [n // 3 for n in range(30)]


def test_any_stretch_is_what_the_whole_has_there(tmp_path: Path) -> None:
    path = ramp(tmp_path / "long.mp4", rate="25")
    whole = numbers(path, first=0, stop=80)
    for first, stop in ((0, 7), (31, 60), (60, 80)):
        assert numbers(path, first=first, stop=stop) == whole[first:stop]
    assert numbers(path, first=0, stop=30, start_ms=1_000) == whole[30:60]


def test_a_rate_that_is_almost_ours_neither_lags_nor_doubles(tmp_path: Path) -> None:
    path = ramp(tmp_path / "ntsc.mp4", rate="30000/1001")
    assert numbers(path, first=0, stop=70) == list(range(70))


def test_the_last_picture_stands_where_the_sound_goes_on(tmp_path: Path) -> None:
    path = made(tmp_path / "short.mkv", "testsrc=size=64x48:rate=10:duration=1", seconds=4)
    with opened(path) as reader:
        frames = [bytes(frame) for frame in reader.frames(0, fps=30, first=0, stop=120)]
    assert len(frames) == 120
    assert set(frames[28:]) == {frames[-1]}


def test_pixels_become_square_and_sizes_even(tmp_path: Path) -> None:
    wide = made(tmp_path / "wide.mp4", "testsrc=size=360x288:rate=10", "-vf", "setsar=64/45")
    assert track_of(wide).shown == (512, 288)
    odd = made(tmp_path / "odd.mkv", "testsrc=size=65x49:rate=10", "-pix_fmt", "yuv444p")
    assert track_of(odd).shown == (64, 48)


def test_a_picture_too_large_is_scaled_down(tmp_path: Path) -> None:
    path = made(tmp_path / "large.mp4", "testsrc=size=640x360:rate=10", seconds=1)
    track = track_of(path, pixels_max=320 * 180)
    assert track.shown == (320, 180)


def test_a_turned_picture_says_how_it_is_to_be_shown(tmp_path: Path) -> None:
    plain = made(tmp_path / "plain.mp4", "testsrc=size=64x48:rate=10", seconds=1)
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", 90, "-i", plain, "-c", "copy", turned)
    track = track_of(turned)
    assert (track.turn, track.shown) == (270, (48, 64))


def test_a_frame_is_planar_and_of_limited_range(tmp_path: Path) -> None:
    path = made(tmp_path / "white.mp4", "color=white:size=64x48:rate=10", seconds=1)
    with opened(path) as reader:
        frame = np.frombuffer(next(reader.frames(0, fps=30, first=0, stop=1)), np.uint8)
    assert len(frame) == 64 * 48 * 3 // 2
    assert abs(int(frame[0]) - 235) <= 1


@pytest.mark.parametrize(
    ("transfer", "white"),
    [("smpte2084", 573), ("arib-std-b67", 721)],  # the white of paper, of 1,023: BT.2408
)
def test_white_of_an_hdr_film_is_white(transfer: str, white: int, tmp_path: Path) -> None:
    drawn = f"color=black:size=64x48:rate=10,format=yuv420p10,geq=lum={white}:cb=512:cr=512"
    marked = f"setparams=color_trc={transfer}:color_primaries=bt2020:colorspace=bt2020nc"
    path = made(
        tmp_path / "hdr.mp4", f"{drawn},{marked}", "-pix_fmt", "yuv420p10", "-qp", 0, seconds=1
    )
    with opened(path) as reader:
        frame = np.frombuffer(next(reader.frames(0, fps=30, first=0, stop=1)), np.uint8)
    assert abs(int(frame[0]) - 235) <= 4
    assert {int(frame[64 * 48]), int(frame[-1])} <= {127, 128, 129}  # without a tint


def test_a_film_without_sound_begins_with_its_first_picture(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    ffmpeg("-i", ramp(tmp_path / "ten.mkv"), "-an", "-c", "copy", "-output_ts_offset", 5, path)
    with PictureReader(path, None, pixels_max=PIXELS) as reader:
        assert reader.length_ms() == 4_000
        frames = reader.frames(0, fps=30, first=0, stop=30)
        assert [round((frame[0] - 16) / 3) for frame in frames] == [n // 3 for n in range(30)]


def test_sound_alone_has_no_pictures(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "talk.wav", chirps(1, 16_000))
    with pytest.raises(NoPictures):
        opened(path)


def piece(path: Path, codec: str, first: int) -> Path:
    """Two seconds of a ramp that begins with this picture."""
    drawn = f"color=black:size=64x48:rate=10,geq=lum='16+5*(N+{first})':cb=128:cr=128"
    options = ("-c:v", codec, "-g", 5, "-qscale:v", 2, "-c:a", "libmp3lame", "-ar", 44_100)
    rate = ("-r", 25) if codec == "mpeg2video" else ()
    return made(path, drawn, *options, *rate, seconds=2)


@pytest.mark.parametrize(
    ("one", "two", "codec"),
    [
        ("a.mp4", "b.mp4", "mpeg4"),
        ("a.mp4", "b.mkv", "mpeg4"),
        ("a.mkv", "b.mkv", "mpeg4"),
        ("a.ts", "b.ts", "mpeg4"),
        ("a.mpg", "b.mpg", "mpeg2video"),
        ("a.asf", "b.asf", "mpeg4"),
        ("a.avi", "b.avi", "mpeg4"),
        ("a.flv", "b.flv", "flv"),
    ],
)
def test_joined_recordings_show_what_was_seen_while_it_was_said(
    one: str, two: str, codec: str, tmp_path: Path
) -> None:
    """FFmpeg alone reads the first, or seeks in the second, whose time stamps begin again."""
    parts = [piece(tmp_path / one, codec, 0), piece(tmp_path / two, codec, 20)]
    path = tmp_path / f"joined{parts[0].suffix}"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert shown(path, 0, 20) == pytest.approx([2 * n for n in range(20)], abs=2.1)
    assert shown(path, 15, 16) == pytest.approx([30], abs=2.1)
    assert shown(path, 2, 3) == pytest.approx([4], abs=2.1)


def shown(path: Path, first: int, stop: int) -> list[float]:
    """Which picture of the pieces is seen, five times a second."""
    with opened(path) as reader:
        return [(frame[0] - 16) / 5 for frame in reader.frames(0, fps=5, first=first, stop=stop)]


def test_pictures_behind_a_tag_are_shown(tmp_path: Path) -> None:
    path = piece(tmp_path / "a.mp4", "mpeg4", 0)
    path.write_bytes(b"ID3\x03\0\0\0\0\x10\0" + bytes(2_048) + path.read_bytes())
    assert shown(path, 0, 9) == pytest.approx([2 * n for n in range(9)], abs=2.1)
