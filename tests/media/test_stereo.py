"""The stereo mix for listening."""

import pytest

from mp4totext.media.sources import Mix
from mp4totext.media.stereo import stereo_mix
from mp4totext.media.structure import Structure, Track
from mp4totext.transcript import Source

SURROUND = ("FL", "FR", "FC", "LFE", "SL", "SR")


def mixed(*positions: str, voiced: tuple[int, ...] = ()) -> list[tuple[float, float]]:
    """The gains of each channel of a track on the left and on the right."""
    track = Track(
        number=1,
        codec="aac",
        sample_rate=48_000,
        channels=len(positions),
        positions=positions,
        language=None,
        title=None,
        flags=(),
        readable=True,
    )
    structure = Structure(
        container="mp4",
        tracks=(track,),
        parts=(),
        length_us=0,
        has_video=False,
        size_bytes=0,
        truncated=False,
        warnings=(),
    )
    sources = [Source(track=1, channel=channel, weight=1.0) for channel in voiced]
    mix: Mix = stereo_mix(structure, sources)
    left, right = (
        {each.channel: each.weight for each in feed.inputs if each.weight} for feed in mix.feeds
    )
    numbers = range(1, len(positions) + 1)
    return [(left.get(number, 0.0), right.get(number, 0.0)) for number in numbers]


def test_surround_is_heard_where_it_is_and_its_centre_on_both_sides() -> None:
    front_left, front_right, centre, effects, left, right = mixed(*SURROUND, voiced=(3,))
    assert front_left == (front_right[1], 0)
    assert front_right[0] == effects[0] == effects[1] == left[1] == right[0] == 0
    assert centre[0] == centre[1] == pytest.approx(0.707 * front_left[0])
    assert left[0] == right[1] == pytest.approx(0.707 * front_left[0])
    assert front_left[0] + centre[0] + left[0] == pytest.approx(1)  # the loudest is no louder


def test_a_side_without_a_voice_is_left_out_of_a_call_alone() -> None:
    assert mixed("FL", "FR", voiced=(2,)) == [(0, 0), (1, 1)]
    assert mixed("FL", "FR", voiced=(1, 2)) == mixed("FL", "FR") == [(1, 0), (0, 1)]
    assert mixed("FC") == [(1, 1)]
