from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.channels import independent_channels, weights_for
from mp4totext.media.decode import SAMPLE_RATE, AudioReader, Samples
from tests.support.media_files import Audio, chirps, write, write_video, write_wav

CODECS = [
    ("a.mp3", "libmp3lame"), ("a.m4a", "aac"), ("a.ogg", "flac"), ("a.opus", "libopus"),
    ("a.webm", "libopus"), ("a.flac", "flac"), ("a.aac", "aac"), ("a.ts", "aac"),
    ("a.wma", "wmav2"), ("a.avi", "libmp3lame"), ("a.mka", "libmp3lame"), ("a.ac3", "ac3"),
]  # fmt: skip


def _whole(path: Path, weights: tuple[float, ...] | None = None) -> Samples:
    with AudioReader(path, weights=weights) as reader:
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


def _file(tmp_path: Path, audio: Audio) -> Path:
    return write(tmp_path / "a.flac", audio, codec="flac", rate=16_000)


def test_speech_on_the_right_only_is_heard_at_full_level(tmp_path: Path) -> None:
    voice = chirps(3.0, 16_000)
    path = _file(tmp_path, np.concatenate([voice * 0, voice]))
    weights = weights_for(path, duration_ms=3_000)
    assert weights == (0.0, 1.0)
    np.testing.assert_allclose(_whole(path, weights), voice[0], atol=1e-3)


def test_antiphase_does_not_cancel(tmp_path: Path) -> None:
    voice = chirps(3.0, 16_000)
    path = _file(tmp_path, np.concatenate([voice, -voice]))
    heard = _whole(path, weights_for(path, duration_ms=3_000))
    np.testing.assert_allclose(np.abs(heard), np.abs(voice[0]), atol=1e-3)


def test_a_spoken_centre_is_heard_without_the_music_around_it(tmp_path: Path) -> None:
    voice = chirps(3.0, 16_000)
    music = np.random.default_rng(3).standard_normal(voice.shape).astype(np.float32) * 0.02
    path = _file(tmp_path, np.concatenate([music, music, voice, music * 0, music, music]))
    assert weights_for(path, duration_ms=3_000) == (0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


def test_silence_and_mono_need_no_choice(tmp_path: Path) -> None:
    silence = np.zeros((2, 16_000), np.float32)
    assert weights_for(_file(tmp_path, silence), duration_ms=1_000) is None
    assert weights_for(_file(tmp_path, chirps(1.0, 16_000)), duration_ms=1_000) is None


def test_two_voices_taking_turns_are_independent_channels(tmp_path: Path) -> None:
    voice = chirps(8.0, 16_000)
    turns = ((np.arange(voice.shape[1]) // 24_000) % 2).astype(np.float32)
    path = _file(tmp_path, np.concatenate([voice * turns, voice[:, ::-1] * (1 - turns)]))
    assert independent_channels(path, duration_ms=8_000)


def test_ordinary_stereo_is_not_a_call(tmp_path: Path) -> None:
    voice = chirps(8.0, 16_000)
    room = np.random.default_rng(5).standard_normal(voice.shape).astype(np.float32) * 0.01
    path = _file(tmp_path, np.concatenate([voice + room, 0.7 * voice - room]))
    assert not independent_channels(path, duration_ms=8_000)
    mono = _file(tmp_path, voice)
    assert not independent_channels(mono, duration_ms=8_000)


def test_one_channel_can_be_read_alone(tmp_path: Path) -> None:
    left, right = chirps(2.0, 16_000), chirps(2.0, 16_000)[:, ::-1]
    with AudioReader(_file(tmp_path, np.concatenate([left, right]))) as reader:
        np.testing.assert_allclose(reader.read_channel(1, 0, 2_000), right[0], atol=1e-3)


def test_windows_end_at_the_duration_that_is_asked_for(tmp_path: Path) -> None:
    with AudioReader(write_wav(tmp_path / "a.wav", chirps(3.0, 16_000))) as reader:
        lengths = [len(w) // 16 for w in reader.windows(1_000, duration_ms=2_300)]
    assert lengths == [1_000, 1_000, 300]
