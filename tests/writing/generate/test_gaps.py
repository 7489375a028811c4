from mp4totext.transcript import Transcript
from mp4totext.writing.generate.gaps import (
    RANGES_LISTED_MAX,
    gaps_of,
    missing_note,
    refusal_warnings,
)
from mp4totext.writing.generate.source import Recording, combined_source, single_source
from tests.support.transcript_builders import transcript
from tests.texts.conftest import SPOKEN


def recording(spoken: Transcript, key: str = "trn_a") -> Recording:
    return Recording(transcription_id=key, title="Bread", transcript=spoken)


def test_neighbours_with_the_same_reason_are_one_gap() -> None:
    gaps = gaps_of(
        single_source(recording(SPOKEN)), missing={"s2", "s3", "s4", "s9"}, refused={"s2", "s3"}
    )
    assert [(gap.segment_ids, gap.reason) for gap in gaps] == [
        (("s2", "s3"), "refused"),
        (("s4",), "not_returned"),
        (("s9",), "not_returned"),
    ]
    assert gaps[0].start_ms == SPOKEN.segments[1].start_ms
    assert gaps[0].end_ms == SPOKEN.segments[2].end_ms


def test_a_segment_without_words_does_not_cut_a_gap() -> None:
    sample = single_source(recording(transcript("One.", " ", "Two.")))
    (gap,) = gaps_of(sample, missing={"s1", "s3"}, refused=set())
    assert gap.segment_ids == ("s1", "s3")


def test_gaps_belong_to_their_own_recording() -> None:
    sample = combined_source([recording(SPOKEN), recording(SPOKEN, "trn_b")])
    missing = {"s10", "s11"}  # the last of the first recording, and the first of the second
    first, second = gaps_of(sample, missing=missing, refused=missing)
    assert (first.transcription_id, first.segment_ids) == ("trn_a", ("s10",))
    assert (second.transcription_id, second.segment_ids) == ("trn_b", ("s1",))
    assert second.start_ms == 0


def test_warnings_of_many_refusals_are_limited() -> None:
    sample = single_source(recording(transcript(*(f"Line {n}." for n in range(100)))))
    odd = {f"s{n}" for n in range(1, 100, 2)}
    gaps = gaps_of(sample, missing=odd, refused=odd)
    warnings = list(refusal_warnings(gaps, refused_by="OpenAI", outcome="is missing"))
    assert len(warnings) == RANGES_LISTED_MAX + 1
    assert warnings[-1] == "30 more stretches were blocked."
    assert missing_note(()) == ""
