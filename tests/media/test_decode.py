import os
from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.decode import SAMPLE_RATE, AudioReader, Samples
from mp4totext.media.errors import DamagedMedia
from mp4totext.media.sources import Feed, Input, Mix
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.media_files import Audio, chirps, write, write_video, write_wav
from tests.support.media_matrix import differences

CODECS = [
    ("a.mp3", "libmp3lame"), ("a.m4a", "aac"), ("a.ogg", "flac"), ("a.opus", "libopus"),
    ("a.webm", "libopus"), ("a.flac", "flac"), ("a.aac", "aac"), ("a.ts", "aac"),
    ("a.wma", "wmav2"), ("a.avi", "libmp3lame"), ("a.mka", "libmp3lame"), ("a.ac3", "ac3"),
]  # fmt: skip


def _whole(path: Path) -> Samples:
    with AudioReader(path) as reader:
        return np.concatenate(list(reader.windows(1_000)))


def _lag_ms(reference: Samples, found: Samples) -> float:
    """How far ``found`` is moved against ``reference``, by cross-correlation."""
    size = len(reference) + len(found)
    spectrum = np.conj(np.fft.rfft(reference, size)) * np.fft.rfft(found, size)
    lag = int(np.fft.irfft(spectrum, size).argmax())
    return (lag if lag < size / 2 else lag - size) * 1_000 / SAMPLE_RATE


@pytest.mark.parametrize(("name", "codec"), CODECS)
def test_any_window_equals_the_same_part_of_the_whole(
    tmp_path: Path, name: str, codec: str
) -> None:
    path = write(tmp_path / name, chirps(24.0), codec=codec)
    whole = _whole(path)
    with AudioReader(path) as reader:
        for start_ms in (19_300, 3_777, 11_050, 11_050):
            window = reader.read(start_ms, start_ms + 2_000)
            expected = whole[start_ms * 16 : (start_ms + 2_000) * 16]
            assert len(window) == len(expected)
            assert abs(_lag_ms(expected, window)) <= 10


@pytest.mark.parametrize(("name", "codec"), CODECS)
def test_sound_lies_where_it_was_recorded(tmp_path: Path, name: str, codec: str) -> None:
    audio = chirps(4.0)
    heard = _whole(write(tmp_path / name, audio, codec=codec))
    original = _whole(write_wav(tmp_path / "reference.wav", audio, rate=48_000))
    assert abs(_lag_ms(original, heard)) <= 70 if name.endswith((".aac", ".ac3", ".avi")) else True
    if name.endswith((".mp3", ".m4a", ".ogg", ".opus", ".webm", ".flac")):
        assert abs(_lag_ms(original, heard)) <= 10


def test_windows_follow_each_other_without_a_seam(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", chirps(10.0), codec="libmp3lame")
    with AudioReader(path) as reader:
        whole = reader.read(0, 20_000)
    with AudioReader(path) as reader:
        parts = [reader.read(at, at + 700) for at in range(0, 10_500, 700)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_read_past_the_end_is_short_and_past_it_all_is_empty(tmp_path: Path) -> None:
    with AudioReader(write_wav(tmp_path / "a.wav", chirps(2.0, 16_000))) as reader:
        assert len(reader.read(1_500, 9_000)) == 500 * 16
        assert len(reader.read(60_000, 61_000)) == 0
        assert len(reader.read(0, 1_000)) == 1_000 * 16


def test_a_file_cut_in_the_middle_gives_what_is_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", chirps(8.0), codec="libmp3lame")
    whole = _whole(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 + 77])
    part = _whole(path)
    assert 3.5 < len(part) / SAMPLE_RATE < 4.5
    np.testing.assert_allclose(part[: 3 * 16_000], whole[: 3 * 16_000], atol=1e-4)


def test_damage_inside_is_reported_and_the_rest_keeps_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", chirps(12.0), codec="flac")
    whole = _whole(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(bytes(data))
    with AudioReader(path) as reader:
        heard = reader.read(0, 12_000)
        assert reader.warnings
    assert abs(_lag_ms(whole[-32_000:], heard[-32_000:])) <= 10


def test_sound_that_starts_late_in_a_video_keeps_its_time(tmp_path: Path) -> None:
    audio = np.concatenate([np.zeros((1, 48_000), np.float32), chirps(1.0)], axis=1)
    heard = _whole(write_video(tmp_path / "a.mp4", audio))
    assert np.abs(heard[:15_000]).max() < 0.01 < np.abs(heard[16_000:]).max()


LATE = [
    ("mp4", "mpeg4", "aac"), ("mkv", "mpeg4", "aac"), ("ts", "mpeg4", "mp2"),
    ("webm", "libvpx", "libopus"),
]  # fmt: skip


@pytest.mark.parametrize(("container", "picture", "codec"), LATE)
def test_sound_that_starts_after_the_picture_begins_with_silence(
    tmp_path: Path, container: str, picture: str, codec: str
) -> None:
    sound = write_wav(tmp_path / "a.wav", chirps(4.0, 16_000))
    path = tmp_path / f"late.{container}"
    still = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=9")
    maps = ("-map", "0", "-map", "1", "-c:v", picture, "-c:a", codec, "-ar", "48000")
    ffmpeg(*still, "-itsoffset", "3", "-i", sound, *maps, path)
    heard = _whole(path)
    assert abs(len(heard) / 16 - 7_000) < 60
    assert np.abs(heard[: 16_000 * 28 // 10]).max() < 0.01
    assert abs(_lag_ms(_whole(sound), heard) - 3_000) < 60


def test_a_clock_that_wraps_or_starts_below_zero_loses_nothing(tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "a.wav", chirps(8.0, 16_000))
    before_2_to_33 = ("-output_ts_offset", "95440")  # of 90 kHz: it wraps three seconds later
    below = ("-output_ts_offset", "-4", "-avoid_negative_ts", "disabled")
    for name, options in (("a.ts", before_2_to_33), ("a.mpg", before_2_to_33), ("a.mkv", below)):
        path = tmp_path / name
        ffmpeg("-i", sound, "-c:a", "mp2", "-ar", "48000", *options, path)
        heard = _whole(path)
        assert abs(len(heard) / 16 - 8_000) < 60
        assert abs(_lag_ms(_whole(sound), heard)) < 60


def test_a_pause_without_packets_is_silence_where_it_was(tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "a.wav", chirps(8.0, 16_000))
    path = tmp_path / "a.mka"
    ffmpeg("-i", sound, "-af", "asetpts='if(gt(T,5),PTS+20/TB,PTS)'", "-c:a", "libopus", path)
    heard, whole = _whole(path), _whole(sound)
    assert abs(len(heard) / 16 - 28_000) < 60
    assert np.abs(heard[16_000 * 6 : 16_000 * 24]).max() < 0.01
    assert abs(_lag_ms(whole[16_000 * 6 :], heard[16_000 * 26 :])) < 60


def test_what_a_header_left_out_is_read_all_the_same(tmp_path: Path) -> None:
    """The length wrapped at 4 GiB, or the recorder died after its last update."""
    path = write_wav(tmp_path / "a.wav", chirps(8.0, 16_000))
    whole = _whole(path)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = (3 * 32_000).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    with AudioReader(path) as reader:
        assert reader.structure.length_ms == 8_000
        assert reader.structure.warnings == ()
    np.testing.assert_allclose(_whole(path), whole, atol=5e-3)  # the high-pass begins anew


def test_tags_after_the_samples_are_no_sound(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", chirps(2.0, 16_000))
    path.write_bytes(path.read_bytes() + b"id3 " + (90_000).to_bytes(4, "little") + bytes(90_000))
    with AudioReader(path) as reader:
        assert (reader.structure.length_ms, reader.structure.warnings) == (2_000, ())


def test_a_restarted_clock_can_be_read_anywhere(tmp_path: Path) -> None:
    """A seek by stamps would find the wrong half."""
    parts = []
    for number in range(3):
        sound = write_wav(tmp_path / "part.wav", np.roll(chirps(9.0, 16_000), 20_000 * number))
        ffmpeg("-i", sound, "-c:a", "aac", "-ar", "48000", tmp_path / "part.ts")
        parts.append((tmp_path / "part.ts").read_bytes())
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(parts))
    whole = _whole(path)
    with AudioReader(path) as reader:
        for start_ms in (20_300, 3_777, 14_050, 9_100):
            window = reader.read(start_ms, start_ms + 2_000)
            expected = whole[start_ms * 16 : (start_ms + 2_000) * 16]
            assert abs(_lag_ms(expected, window)) <= 10


def _file(tmp_path: Path, audio: Audio) -> Path:
    return write(tmp_path / "a.flac", audio, codec="flac", rate=16_000)


def test_one_channel_can_be_read_alone(tmp_path: Path) -> None:
    left, right = chirps(2.0, 16_000), chirps(2.0, 16_000)[:, ::-1]
    with AudioReader(_file(tmp_path, np.concatenate([left, right]))) as reader:
        alone = Mix((Feed((Input(1, 2, 1.0),)),))
        found = reader.read_feeds(0, 2_000, mix=alone)
        assert np.corrcoef(found[0], right[0])[0, 1] > 0.99


def test_windows_end_at_the_duration_that_is_asked_for(tmp_path: Path) -> None:
    with AudioReader(write_wav(tmp_path / "a.wav", chirps(3.0, 16_000))) as reader:
        lengths = [len(w) // 16 for w in reader.windows(1_000, duration_ms=2_300)]
    assert lengths == [1_000, 1_000, 300]


@pytest.mark.parametrize("garbage", [1e4, 1e9, 1e30, float("inf"), float("nan")])
@pytest.mark.parametrize("scale", [1.0, 32_768.0])
def test_a_sample_of_garbage_takes_no_others_with_it(
    tmp_path: Path, garbage: float, scale: float
) -> None:
    """Also in integers that were written as floats, which are far above full scale everywhere."""
    sound = chirps(2.0, 16_000) * np.float32(scale)
    damaged = sound.copy()
    damaged[0, 20_000] = garbage * scale
    clean, path = (
        write(tmp_path / name, audio, codec="pcm_f32le", rate=16_000)
        for name, audio in (("a.wav", sound), ("b.wav", damaged))
    )
    with AudioReader(clean) as reader:
        expected = reader.read_channels(0, 2_000)
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 2_000)
    differ = np.flatnonzero(np.abs(found - expected)[0] > 1e-3 * scale)
    assert set(differ) <= {20_000}
    assert np.abs(found).max() <= np.abs(expected).max()


def test_pauses_of_amr_are_no_damage(tmp_path: Path) -> None:
    """Telephones send no sound there (DTX), of which FFmpeg makes none and says that it failed."""
    sound = chirps(4.0, 16_000)
    sound[0, 24_000:40_000] = 0
    source = write_wav(tmp_path / "a.wav", sound)
    plain, path = tmp_path / "plain.amr", tmp_path / "pauses.amr"
    ffmpeg("-i", source, "-ar", 8_000, "-c:a", "libopencore_amrnb", plain)
    ffmpeg("-i", source, "-ar", 8_000, "-c:a", "libopencore_amrnb", "-dtx", 1, path)
    with AudioReader(path) as reader:
        found = reader.read_channels(0, 5_000)
        assert reader.warnings == []
    expected = decoded(plain)
    assert abs(expected.shape[1] - found.shape[1]) < 50 * 16
    assert not differences(expected[:, 45_000:], found[:, 45_000:])


@pytest.mark.parametrize("from_ms", [0, 9_000])
def test_a_file_that_becomes_shorter_while_it_is_read(tmp_path: Path, from_ms: int) -> None:
    """What is missing then would be taken for silence."""
    path = write_wav(tmp_path / "a.wav", chirps(12.0, 16_000))
    with AudioReader(path) as reader:
        os.truncate(path, 100_000)
        with pytest.raises(DamagedMedia, match="became shorter while it was read"):
            reader.read(from_ms, 12_000)


def test_a_file_that_is_deleted_while_it_is_read(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", chirps(12.0, 16_000))
    with AudioReader(path) as reader:
        before = reader.read(0, 6_000)
        path.unlink()
        assert len(before) == len(reader.read(6_000, 12_000)) == 6_000 * 16
