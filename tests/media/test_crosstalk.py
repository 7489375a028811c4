"""Echoes and other speakers are removed from a channel; its own voice is preserved."""

import numpy as np
import pytest

from mp4totext.media.crosstalk import muted, separated
from mp4totext.media.samples import Samples
from tests.support.two_reader_recordings import cities
from tests.support.voice_recordings import silence, voice


def later(sound: Samples, ms: float, gain_db: float) -> Samples:
    moved = np.concatenate([silence(ms / 1_000), sound])[: len(sound)]
    return moved * np.float32(10 ** (gain_db / 20))


def power(sound: Samples) -> float:
    return float(np.mean(sound**2))


@pytest.fixture
def turns() -> tuple[Samples, Samples]:
    """One speaks, then the other; a second of silence between."""
    one, two = voice("beckett"), cities(1, 8)
    first = np.concatenate([one, silence(1 + len(two) / 16_000)])
    second = np.concatenate([silence(1 + len(one) / 16_000), two])
    return first[: len(second)], second[: len(first)]


@pytest.mark.parametrize(("ms", "gain_db"), [(20, -12), (150, -4), (400, -1)])
def test_an_echo_goes_and_the_own_voice_stays(
    turns: tuple[Samples, Samples], ms: float, gain_db: float
) -> None:
    far, near = turns
    echo = later(far, ms, gain_db)
    clean = separated(np.stack([near + echo, far]))
    other = slice(0, 10 * 16_000)
    own = slice(11 * 16_000, None)
    assert power(clean[0][other]) < 0.01 * power(echo[other])  # 20 dB
    assert np.corrcoef(clean[0][own], near[own])[0, 1] > 0.95
    assert np.corrcoef(clean[1], far)[0, 1] > 0.95


def loudest_second(sound: Samples) -> float:
    return max(power(sound[at : at + 16_000]) for at in range(0, len(sound) - 16_000, 4_000))


def test_echoes_in_both_directions_go(turns: tuple[Samples, Samples]) -> None:
    far, near = turns
    echoes = later(far, 265, -4), later(near, 356, -3)
    clean = separated(np.stack([near + echoes[0], far + echoes[1]]))
    speaks_far, speaks_near = slice(0, 10 * 16_000), slice(11 * 16_000, None)
    assert loudest_second(clean[0][speaks_far]) < 3e-3 * loudest_second(echoes[0])  # 25 dB
    assert loudest_second(clean[1][speaks_near]) < 3e-3 * loudest_second(echoes[1])
    for left, own in ((clean[0][speaks_near], near[speaks_near]), (clean[1], far)):
        assert np.corrcoef(left, own)[0, 1] > 0.98


def test_two_echoes_of_one_voice_go(turns: tuple[Samples, Samples]) -> None:
    """As of two loudspeakers, or of one whose sound also comes back from the far end."""
    far, near = turns
    echo = later(far, 90, -6) + later(far, 380, -9)
    clean = separated(np.stack([near + echo, far]))
    other, own = slice(0, 10 * 16_000), slice(11 * 16_000, None)
    assert loudest_second(clean[0][other]) < 3e-3 * loudest_second(echo)
    assert np.corrcoef(clean[0][own], near[own])[0, 1] > 0.95
    assert np.corrcoef(clean[1], far)[0, 1] > 0.95


def test_an_echo_goes_that_comes_later_from_one_moment_on(
    turns: tuple[Samples, Samples],
) -> None:
    """A telephone over the internet waits longer when packets have come late."""
    far, near = turns
    half = len(voice("beckett")) // 2
    echo = np.concatenate([later(far, 80, -4)[:half], later(far, 180, -4)[half:]])
    clean = separated(np.stack([near + echo, far]))
    for part in (slice(0, half), slice(half, 10 * 16_000)):
        assert power(clean[0][part]) < 0.01 * power(echo[part])
    own = slice(11 * 16_000, None)
    assert np.corrcoef(clean[0][own], near[own])[0, 1] > 0.95


@pytest.mark.parametrize("drift", [-5e-4, 5e-4])
def test_an_echo_by_a_clock_that_drifts_goes_from_the_first_word_to_the_last(
    turns: tuple[Samples, Samples], drift: float
) -> None:
    far, near = turns
    near = np.concatenate([cities(20, 23), silence(7), near[10 * 16_000 :]])[: len(far)]
    far = np.concatenate([silence(4), far])[: len(far)]
    places = np.arange(len(far))
    echo = np.interp(places * (1 - drift) - 100 * 16, places, far, left=0.0) * 0.5
    clean = separated(np.stack([near + echo.astype(np.float32), far]))
    other = slice(int(3.5 * 16_000), int(9.9 * 16_000))
    assert loudest_second(clean[0][other]) < 1e-3 * loudest_second(echo)
    assert np.corrcoef(clean[0][: 3 * 16_000], near[: 3 * 16_000])[0, 1] > 0.98


def test_what_neighbours_hear_of_each_other_goes(turns: tuple[Samples, Samples]) -> None:
    one, two = turns
    heard = np.stack([one + later(two, 2, -15), two + later(one, 2, -15)])
    clean = separated(heard)
    assert power(clean[1][: 9 * 16_000]) < 0.1 * power(heard[1][: 9 * 16_000])
    assert np.corrcoef(clean[1], two)[0, 1] > 0.95


@pytest.mark.parametrize("ms", [2, 8, 12])
def test_a_neighbour_across_the_table_is_no_echo(turns: tuple[Samples, Samples], ms: float) -> None:
    """A third microphone, whose owner says nothing, hears both: four metres are 12 ms."""
    one, two = turns
    silent = later(one, ms, -15) + later(two, 2, -17)
    clean = separated(np.stack([one + later(two, ms, -20), two + later(one, 5, -18), silent]))
    assert power(clean[2]) < 0.1 * power(silent)
    assert np.corrcoef(clean[0], one)[0, 1] > 0.95
    assert np.corrcoef(clean[1], two)[0, 1] > 0.95


def test_channels_without_crosstalk_stay_as_they_are(turns: tuple[Samples, Samples]) -> None:
    clean = separated(np.stack(turns))
    for before, after in zip(turns, clean, strict=True):
        assert np.corrcoef(before, after)[0, 1] > 0.98


def loudest_db(sound: Samples) -> float:
    """Of the loudest half second."""
    powers = np.mean(sound[: len(sound) // 512 * 512].reshape(-1, 512) ** 2, axis=1)
    return float(10 * np.log10(np.sort(powers)[-16]))


def test_nothing_is_left_of_a_neighbour_for_an_engine_to_write_down(
    turns: tuple[Samples, Samples],
) -> None:
    one, two = turns
    feeds = np.stack([one + later(two, 4, -20), two + later(one, 9, -25)])
    quiet = muted(separated(feeds), feeds, [loudest_db(one), loudest_db(one)])
    spoken = slice(16_000, 8 * 16_000)
    assert np.mean(quiet[1][spoken] == 0.0) > 0.9
    assert power(quiet[0][spoken]) > 0.9 * power(one[spoken])
    assert np.corrcoef(quiet[1], two)[0, 1] > 0.95


def test_who_speaks_softly_meanwhile_is_not_muted(turns: tuple[Samples, Samples]) -> None:
    one = turns[0]
    soft = cities(1, 8)[: len(one)] * np.float32(0.05)
    feeds = np.stack([one, np.pad(soft, (0, len(one) - len(soft)))])
    assert np.array_equal(muted(feeds, feeds, [loudest_db(one)] * 2), feeds)


def test_a_quiet_voice_after_crosstalk_is_not_muted() -> None:
    """As of a second person on one side, whom the other side's microphone hears as well."""
    other, quiet = cities(1, 8), later(cities(0, 8), 0, -44)
    far = np.concatenate([other, later(quiet, 150, -8)])
    echo, own = np.pad(later(other, 20, -20), (0, len(quiet))), np.pad(quiet, (len(other), 0))
    feeds, clean = np.stack([echo + own, far]), np.stack([echo * np.float32(0.01) + own, far])
    left = muted(clean, feeds, [loudest_db(other)] * 2)[0]
    assert power(left[: len(other)]) < 0.1 * power(clean[0, : len(other)])
    assert power(left[-len(quiet) :]) > 0.8 * power(quiet)


def test_one_channel_and_silence_are_left_alone() -> None:
    one = voice("beckett")[None]
    assert muted(one, one, [-20.0]) is one
    assert separated(one) is one
    nothing = np.zeros((3, 16_000), np.float32)
    assert separated(nothing) is nothing
