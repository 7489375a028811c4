"""Speech far below the rest of a recording is amplified, and nothing else is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mp4totext.media.quiet_voices import each_with_quiet_voices, with_quiet_voices
from mp4totext.providers.base import Samples
from mp4totext.providers.vad import Vad, regions
from tests.support.speech_samples import hiss, two_cities

VAD = Vad()
LOUD_MS, PAUSE_MS, QUIET_MS = 6_000, 1_000, 6_000


def near_and_far(quieter_db: float, *, loud: Samples | None = None) -> Samples:
    near = two_cities(0, LOUD_MS) if loud is None else loud
    far = two_cities(10_000, 10_000 + QUIET_MS) * np.float32(10 ** (-quieter_db / 20))
    sound = np.concatenate([near, np.zeros(PAUSE_MS * 16, np.float32), far])
    return np.asarray(sound + hiss(len(sound) / 16_000) / 4, np.float32)


def voiced_ms(samples: Samples, start_ms: int) -> int:
    found = regions(VAD.probabilities(samples), length_ms=len(samples) // 16)
    return sum(r.length_ms for r in found if r.start_ms >= start_ms)


@pytest.mark.parametrize("quieter_db", [30, 35, 40, 46])
def test_who_speaks_far_below_the_rest_is_found(quieter_db: float) -> None:
    recording, far_ms = near_and_far(quieter_db), LOUD_MS + PAUSE_MS
    said_ms = voiced_ms(near_and_far(0), far_ms)
    raised = with_quiet_voices(recording, VAD.probabilities)
    assert voiced_ms(raised, far_ms) > 0.85 * said_ms
    assert np.abs(raised).max() <= 1.0
    np.testing.assert_array_equal(raised[: 5_000 * 16], recording[: 5_000 * 16])


def test_a_quiet_voice_after_a_short_bang_is_found() -> None:
    bang = np.zeros(LOUD_MS * 16, np.float32)
    bang[: 300 * 16] = np.random.default_rng(1).uniform(-0.9, 0.9, 300 * 16)
    raised = with_quiet_voices(near_and_far(40, loud=bang), VAD.probabilities)
    assert voiced_ms(raised, LOUD_MS + PAUSE_MS) > 3_000


@pytest.mark.parametrize("quieter_db", [0, 10])
def test_voices_that_are_loud_enough_stay_as_they_are(quieter_db: float) -> None:
    recording = near_and_far(quieter_db)
    assert with_quiet_voices(recording, VAD.probabilities) is recording


def test_noise_in_a_pause_stays_as_it_is() -> None:
    recording = two_cities(0, 20_000) + hiss(20)
    recording[8_000 * 16 : 14_000 * 16] = 20 * hiss(6)
    assert with_quiet_voices(recording, VAD.probabilities) is recording


def test_what_is_shorter_than_a_stretch_stays_as_it_is() -> None:
    for length in (0, 100, 12_000):
        assert not with_quiet_voices(np.zeros(length, np.float32), VAD.probabilities).any()


def call(near: Samples, far: Samples) -> NDArray[np.float32]:
    """Two sides of one length, each followed by silence."""
    sides = np.zeros((2, max(len(near), len(far))), np.float32)
    sides[0, : len(near)], sides[1, : len(far)] = near, far
    return np.asarray(sides + hiss(sides.shape[1] / 16_000)[: sides.shape[1]] / 4, np.float32)


@pytest.mark.parametrize("quieter_db", [30, 40])
def test_a_second_person_on_one_side_of_a_call_is_found(quieter_db: float) -> None:
    side = near_and_far(quieter_db)
    sides = call(side, np.concatenate([np.zeros(len(side), np.float32), two_cities(0, 6_000)]))
    raised = each_with_quiet_voices(sides, sides, VAD.probabilities)
    far_ms = LOUD_MS + PAUSE_MS
    said_ms = voiced_ms(near_and_far(0), far_ms)
    assert voiced_ms(raised[0, : len(side)], far_ms) > 0.85 * said_ms
    np.testing.assert_array_equal(raised[0, : 5_000 * 16], sides[0, : 5_000 * 16])
    np.testing.assert_array_equal(raised[1], sides[1])


@pytest.mark.parametrize("late_ms", [0, 400])
def test_what_is_left_of_the_other_side_stays_quiet(late_ms: int) -> None:
    other = two_cities(10_000, 10_000 + QUIET_MS)
    leak = np.concatenate([np.zeros(late_ms * 16, np.float32), other * np.float32(0.01)])
    pause = np.zeros((LOUD_MS + PAUSE_MS) * 16, np.float32)
    near = np.concatenate([two_cities(0, LOUD_MS), pause[: PAUSE_MS * 16], leak])
    sides = call(near, np.concatenate([pause, other]))
    raised = each_with_quiet_voices(sides, sides, VAD.probabilities)
    np.testing.assert_array_equal(raised, sides)


def test_a_quiet_voice_that_two_microphones_hear_alike_is_raised_in_neither() -> None:
    """It would be transcribed twice."""
    loud, pause = two_cities(0, LOUD_MS), np.zeros((LOUD_MS + PAUSE_MS) * 16, np.float32)
    quiet = np.concatenate([pause, two_cities(10_000, 10_000 + QUIET_MS) * np.float32(0.02)])
    near, far = quiet.copy(), np.roll(quiet, 100) * np.float32(0.9)
    near[: len(loud)] += loud
    sides = call(near, np.concatenate([far, pause, loud]))
    raised = each_with_quiet_voices(sides, sides, VAD.probabilities)
    np.testing.assert_array_equal(raised, sides)


def test_sides_shorter_than_a_stretch_stay_as_they_are() -> None:
    for length in (0, 100, 12_000):
        sides = np.zeros((2, length), np.float32)
        assert each_with_quiet_voices(sides, sides, VAD.probabilities) is sides
