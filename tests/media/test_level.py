import numpy as np
import pytest

from mp4totext.media.level import levelled, loud


def tone(level: float, seconds: float = 1.0) -> np.ndarray:
    at = np.arange(int(16_000 * seconds))
    return (level * np.sqrt(2) * np.sin(at * 0.3)).astype(np.float32)


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def test_voice_is_raised_to_be_loud_but_not_a_whisper_to_a_shout() -> None:
    assert rms(loud(tone(0.1))) == pytest.approx(0.25, rel=0.02)
    assert rms(loud(tone(0.01))) == pytest.approx(0.04, rel=0.02)
    assert np.abs(loud(np.concatenate([tone(0.1), tone(0.6, 0.01)]))).max() <= 1.0
    already = tone(0.3)
    assert loud(already) is already


def test_quiet_recordings_are_raised_to_the_level_of_reading() -> None:
    assert rms(levelled(tone(0.001))) == pytest.approx(0.06, rel=0.02)
    read = tone(0.05)
    assert levelled(read) is read


@pytest.mark.parametrize("samples", [np.zeros(16_000, np.float32), np.zeros(100, np.float32)])
def test_silence_stays_silence(samples: np.ndarray) -> None:
    assert loud(samples) is samples
    assert levelled(samples) is samples
