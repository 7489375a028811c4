"""From time stamps to positions: silence, restarts, and implausible jumps."""

from dataclasses import asdict, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.media.timeline import Break, Pace, Stamps, Times, TrackTimes, lay_out

FRAME_US = 20_000
HOUR_US = 3_600_000_000


def track(*runs: tuple[int, int], order: int = 0, step: int = 1) -> Stamps:
    """Packets of 20 ms; each run is (first stamp, how many)."""
    stamps = np.concatenate([start + np.arange(count) * FRAME_US for start, count in runs])
    return Stamps(
        stamps=stamps.astype(np.int64),
        lengths=np.full(len(stamps), FRAME_US, np.int64),
        orders=order + step * np.arange(len(stamps)),
        first_us=int(stamps[0]),
    )


def laid(
    *tracks: Stamps, broadcast: bool = False, origin_us: int | None = None
) -> list[TrackTimes]:
    origin = min(t.first_us for t in tracks) if origin_us is None else origin_us
    return lay_out(tracks, broadcast=broadcast, origin_us=origin)


def test_packets_that_follow_each_other_are_one_run() -> None:
    (times,) = laid(track((0, 500)))
    assert times == TrackTimes((Break(0, 0, 0),), 10_000_000, seekable=True, trimmed=False)


def test_a_late_start_of_the_whole_file_is_place_zero() -> None:
    (times,) = laid(track((90 * HOUR_US, 500)))
    assert times.end_us == 10_000_000
    assert times.stamp_of(3_000_000) == 90 * HOUR_US + 3_000_000


def test_stamps_below_zero_lose_nothing() -> None:
    (times,) = laid(track((-5_000_000, 500)))
    assert (times.end_us, times.shift_of(-5_000_000)) == (10_000_000, 5_000_000)


def test_a_clock_that_restarts_goes_on_where_it_was() -> None:
    (times,) = laid(track((1_400_000, 500), (1_400_000, 250), (0, 50)), broadcast=True)
    assert times.end_us == 16_000_000
    assert not times.seekable
    assert [b.packet for b in times.breaks] == [0, 500, 750]
    assert times.shift_at(499) == -1_400_000
    assert times.shift_at(500) == 10_000_000 - 1_400_000


def test_a_jump_of_hours_is_no_silence() -> None:
    for broadcast in (False, True):
        (times,) = laid(track((0, 500), (5 * HOUR_US, 250)), broadcast=broadcast)
        assert times.end_us == 15_000_000
        assert times.seekable, "one stamp still names one place"
        assert times.stamp_of(12_000_000) == 5 * HOUR_US + 2_000_000


def test_a_short_pause_is_silence() -> None:
    (times,) = laid(track((0, 500), (15_000_000, 250)))
    assert times.end_us == 20_000_000
    assert times.breaks == (Break(0, 0, 0),)


def test_a_pause_of_half_a_minute_is_silence_in_a_file_but_not_in_a_broadcast() -> None:
    stamps = track((0, 500), (40_000_000, 250))
    assert laid(stamps)[0].end_us == 45_000_000
    assert laid(stamps, broadcast=True)[0].end_us == 15_000_000


def test_a_long_pause_is_believed_when_another_track_goes_on() -> None:
    muted = track((0, 500), (HOUR_US, 250))
    talking = track((0, 180_500), order=1)
    alone, both = laid(muted)[0], laid(muted, talking)[0]
    assert alone.end_us == 15_000_000
    assert both.end_us == HOUR_US + 5_000_000


def test_a_long_pause_is_believed_when_the_picture_goes_on() -> None:
    pictures: Times = np.arange(0, HOUR_US + 6_000_000, 1_000_000)
    (times,) = lay_out(
        [track((0, 500), (HOUR_US, 250))], broadcast=False, origin_us=0, others=lambda: [pictures]
    )
    assert times.end_us == HOUR_US + 5_000_000


def test_a_restart_is_one_of_all_tracks_and_they_stay_together() -> None:
    """The second track is shorter in the first half: its second half must not come early."""
    one = track((0, 500), (0, 500), step=2)
    two = Stamps(
        stamps=np.concatenate([np.arange(200), np.arange(500)]) * FRAME_US,
        lengths=np.full(700, FRAME_US, np.int64),
        orders=np.concatenate([1 + 2 * np.arange(200), 1_001 + 2 * np.arange(500)]),
        first_us=0,
    )
    first, second = laid(one, two, broadcast=True)
    assert first.shift_at(600) == second.shift_at(300) == 10_000_000
    assert first.end_us == second.end_us == 20_000_000


def test_a_track_that_starts_later_keeps_its_place() -> None:
    _, late = laid(track((0, 5_000)), track((30_000_000, 500), order=1))
    assert late.end_us == 40_000_000


def test_drift_of_a_clock_moves_nothing_until_it_is_heard() -> None:
    """Stamps grow a thousandth faster than the sound: a tenth of a second of silence each time."""
    stamps = (np.arange(50_000) * FRAME_US * 1.001).astype(np.int64)
    drifting = Stamps(stamps, np.full(50_000, FRAME_US, np.int64), np.arange(50_000), 0)
    (times,) = laid(drifting)
    assert abs(times.end_us - 1_001_000_000) < 150_000
    assert times.breaks == (Break(0, 0, 0),)


@given(
    st.lists(
        st.tuples(st.integers(-HOUR_US, 10 * HOUR_US), st.integers(1, 300)), min_size=1, max_size=8
    ),
    st.booleans(),
)
def test_no_packet_is_ever_lost_nor_silence_made_without_end(
    runs: list[tuple[int, int]], broadcast: bool
) -> None:
    stamps = track(*runs)
    (times,) = laid(stamps, broadcast=broadcast)
    held = len(stamps.stamps) * FRAME_US
    assert times.end_us >= held
    assert times.end_us <= held + len(runs) * 61_000_000


def test_what_was_laid_out_survives_json() -> None:
    (times,) = laid(track((0, 500), (0, 250)), broadcast=True)
    for kept in (times, replace(times, pace=Pace(1, 1_024, 48_000, misleads=True))):
        assert TrackTimes.from_json(asdict(kept)) == kept
