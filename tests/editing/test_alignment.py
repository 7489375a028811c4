"""Maps edited segments to recognised ones by time, each exactly once."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mp4totext.editing.alignment import aligned
from mp4totext.editing.segments import merge, remove, set_texts, split
from mp4totext.editing.speakers import reassign_range
from mp4totext.transcript import Transcript, renumbered
from tests.editing.test_speakers import transcript


def pairs(recognised: Transcript, edited: Transcript) -> list[tuple[str | None, str | None]]:
    """Texts: as edited, and as recognised."""
    return [
        (
            both.edited.text if both.edited else None,
            both.recognised.text if both.recognised else None,
        )
        for both in aligned(recognised, edited)
    ]


def test_an_edited_text_is_still_the_same_segment() -> None:
    first = transcript()
    assert pairs(first, set_texts(first, {"s3": "how was that"}))[2] == (
        "how was that",
        "how was it",
    )


def test_of_a_cut_segment_the_longer_part_is_it_and_both_come_from_it() -> None:
    first = transcript()
    cut = reassign_range(first, start_ms=3_900, end_ms=7_000, speaker="S1")
    edited = replace(cut, segments=renumbered(cut.segments))  # as releases before did
    places = aligned(first, edited)
    assert pairs(first, edited)[1:3] == [
        ("thank you", None),
        ("for having me", "thank you for having me"),
    ]
    assert [place.edited and place.edited.origins for place in places] == [
        None,
        ("s3",),
        None,
        None,
        None,
    ]


def test_what_was_merged_or_removed_keeps_a_place_under_a_new_id() -> None:
    first = transcript()
    edited = remove(merge(first, "s1", following="s2"), "s4")
    places = aligned(first, edited)
    assert [(place.id, place.edited is None) for place in places] == [
        ("s1", False),
        ("s4", True),
        ("s3", False),
        ("s5", True),
    ]
    assert places[0].edited is not None
    assert places[0].edited.origins == ("s4", "s1")


def test_what_nobody_recognised_came_from_nothing() -> None:
    first = transcript()
    added = replace(first.segments[3], id="s9", start_ms=17_000, end_ms=18_000)
    (*_, last) = aligned(first, replace(first, segments=(*first.segments, added)))
    assert (last.id, last.recognised, last.edited and last.edited.origins) == ("s9", None, ())


@given(st.lists(st.tuples(st.integers(0, 13_000), st.integers(1, 5_000)), max_size=4))
def test_every_segment_of_both_is_there_once(cuts: list[tuple[int, int]]) -> None:
    first = edited = transcript()
    for start_ms, length_ms in cuts:
        inside = [s for s in edited.segments if s.words and s.start_ms < start_ms < s.end_ms]
        for segment in inside[:1]:
            border = segment.text.find(" ")
            if border > 0:
                edited = split(edited, segment.id, at=border, new_id=lambda: f"s{len(cuts) + 90}")
                edited = replace(edited, segments=renumbered(edited.segments))
        edited = set_texts(edited, {edited.segments[length_ms % len(edited.segments)].id: "x y"})
    places = aligned(first, edited)
    assert [p.edited.id for p in places if p.edited] == [s.id for s in edited.segments]
    recognised = sorted(p.recognised.id for p in places if p.recognised)
    assert recognised == sorted(s.id for s in first.segments)
    assert len({place.id for place in places}) == len(places)
