"""One pass through a recording measures each channel."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.decode import AudioReader
from mp4totext.media.samples import Samples
from mp4totext.media.survey import FRAME, Survey, survey
from tests.support.media_files import chirps, write_wav

SOUND = chirps(20.0, 16_000)[0]


def surveyed(folder: Path, *channels: Samples) -> Survey:
    path = write_wav(folder / "a.wav", np.stack(channels))
    with AudioReader(path) as reader:
        return survey(reader, loud_frames)


def loud_frames(samples: Samples) -> NDArray[np.float32]:
    """Taken for a voice: what is louder than -30 dB."""
    frames = samples[: len(samples) - len(samples) % FRAME].reshape(-1, FRAME)
    return np.asarray(np.sqrt(np.mean(frames**2, axis=1)) > 0.03, np.float32)


def test_each_channel_has_its_level_and_its_voice(tmp_path: Path) -> None:
    result = surveyed(tmp_path, SOUND, SOUND[::-1] * np.float32(0.5))
    assert result.rows == ((1, 1), (1, 2))
    assert result.levels.shape == result.voices.shape == result.peaks.shape == (2, 625)
    assert abs(int(result.levels[0].max()) - int(result.levels[1].max()) - 6) <= 1
    assert result.voices[0].max() == 200
    assert not result.clipped.any()


def test_an_echo_belongs_to_the_channel_that_was_first(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal(len(SOUND)).astype(np.float32) * 0.1
    own = np.random.default_rng(2).standard_normal(len(SOUND)).astype(np.float32) * 0.05
    late = np.concatenate([np.zeros(3_200, np.float32), noise])[: len(noise)]  # 200 ms
    result = surveyed(tmp_path, late * np.float32(0.7) + own, noise)
    assert {(echo.early, echo.late) for echo in result.echoes} == {(1, 0)}
    assert surveyed(tmp_path, own, noise).echoes == ()


def test_rumble_is_no_level(tmp_path: Path) -> None:
    time = np.arange(len(SOUND)) / 16_000
    rumble = (0.5 * np.sin(2 * np.pi * 8 * time)).astype(np.float32)
    quiet = SOUND * np.float32(0.1)
    result = surveyed(tmp_path, quiet + rumble)
    assert result.low[0] > 0.9
    assert result.loudest_db < -20
