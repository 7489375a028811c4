from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mp4totext.editing.carry_over import carried
from mp4totext.editing.speakers import NEW, merge, reassign_range, rename
from mp4totext.transcript import Segment, Speaker, Transcript
from tests.editing.test_speakers import line, transcript


def rerun(*, names: dict[str, str], shift_ms: int = 60) -> Transcript:
    """The same conversation recognised again: other ids, times a little off."""
    old = transcript()
    segments = tuple(
        line(n, names[segment.speaker or ""], segment.start_ms + shift_ms, segment.text)
        for n, segment in enumerate(old.segments, 1)
    )
    ids = dict.fromkeys(segment.speaker or "" for segment in segments)
    return replace(old, segments=segments, speakers=tuple(Speaker(id=each) for each in ids))


SWAPPED = {"S1": "S2", "S2": "S1", "S3": "S3"}


def test_names_follow_the_voice() -> None:
    edited = rename(transcript(), "S1", "Grace")
    result = carried(recognised=transcript(), edited=edited, fresh=rerun(names=SWAPPED))
    labels = [result.speaker_label(segment.speaker) for segment in result.segments]
    assert labels == ["Grace", "Ada", "Grace", "Speaker 3"]


def test_merged_speakers_are_merged_again() -> None:
    edited = merge(transcript(), into="S1", merged={"S3"})
    result = carried(recognised=transcript(), edited=edited, fresh=rerun(names=SWAPPED))
    assert [segment.speaker for segment in result.segments] == ["S1", "S2", "S1", "S1"]
    assert [speaker.id for speaker in result.speakers] == ["S1", "S2"]


def test_a_reassigned_stretch_is_reassigned_again() -> None:
    edited = reassign_range(transcript(), start_ms=8000, end_ms=9500, speaker="S2")
    result = carried(recognised=transcript(), edited=edited, fresh=rerun(names=SWAPPED))
    assert [s.speaker for s in result.segments] == ["S1", "S2", "S2", "S3"]


def test_a_voice_only_the_new_version_found_stays_apart() -> None:
    old = transcript()
    one = replace(
        old,
        segments=tuple(line(n, "S1", s.start_ms, s.text) for n, s in enumerate(old.segments, 1)),
        speakers=(Speaker(id="S1"),),
    )
    edited = rename(one, "S1", "Grace")
    result = carried(recognised=one, edited=edited, fresh=rerun(names={k: k for k in SWAPPED}))
    labels = [result.speaker_label(segment.speaker) for segment in result.segments]
    assert labels.count("Grace") in {1, 2}
    assert len({segment.speaker for segment in result.segments}) == 3


def test_speakers_a_person_put_into_a_transcript_without_any_are_found_again() -> None:
    bare = replace(
        transcript(),
        segments=tuple(replace(s, speaker=None, words=()) for s in transcript().segments),
        speakers=(),
    )
    edited = reassign_range(bare, start_ms=0, end_ms=bare.segments[1].start_ms, speaker=NEW)
    edited = rename(edited, "S1", "Grace")
    fresh = rerun(names=SWAPPED)
    result = carried(recognised=bare, edited=edited, fresh=fresh)
    labels = [result.speaker_label(segment.speaker) for segment in result.segments]
    assert labels[0] == "Grace"
    assert "Grace" not in (labels[1], labels[3])
    assert len({segment.speaker for segment in result.segments}) == 3


def test_nothing_to_carry() -> None:
    plain = Transcript(
        duration_ms=1000, segments=(Segment(id="s1", start_ms=0, end_ms=900, text="hm"),)
    )
    assert carried(recognised=plain, edited=plain, fresh=transcript()) == transcript()
    assert carried(recognised=transcript(), edited=transcript(), fresh=plain) == plain


@given(st.permutations(["S1", "S2", "S3"]), st.integers(-100, 100))
def test_an_unedited_version_changes_no_grouping(ids: list[str], shift_ms: int) -> None:
    fresh = rerun(names=dict(zip(["S1", "S2", "S3"], ids, strict=True)), shift_ms=shift_ms + 100)
    result = carried(recognised=transcript(), edited=transcript(), fresh=fresh)
    assert [s.speaker for s in result.segments] == [s.speaker for s in transcript().segments]
    assert result.text == fresh.text
