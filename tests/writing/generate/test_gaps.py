from mp4totext.transcript import Transcript
from mp4totext.writing.generate.gaps import MOST_TOLD, gaps_of, note, refusals
from mp4totext.writing.generate.source import Recording, of_many, of_one
from tests.support.transcript_builders import transcript
from tests.texts.conftest import SPOKEN


def recording(spoken: Transcript, key: str = "trn_a") -> Recording:
    return Recording(transcription_id=key, title="Bread", transcript=spoken)


def test_neighbours_with_one_reason_are_one_gap() -> None:
    found = gaps_of(
        of_one(recording(SPOKEN)), missing={"s2", "s3", "s4", "s9"}, refused={"s2", "s3"}
    )
    assert [(gap.segment_ids, gap.reason) for gap in found] == [
        (("s2", "s3"), "refused"),
        (("s4",), "not_returned"),
        (("s9",), "not_returned"),
    ]
    assert found[0].start_ms == SPOKEN.segments[1].start_ms
    assert found[0].end_ms == SPOKEN.segments[2].end_ms


def test_a_segment_without_words_does_not_cut_a_gap() -> None:
    made = of_one(recording(transcript("One.", " ", "Two.")))
    (gap,) = gaps_of(made, missing={"s1", "s3"}, refused=set())
    assert gap.segment_ids == ("s1", "s3")


def test_gaps_stand_in_their_own_recording() -> None:
    made = of_many([recording(SPOKEN), recording(SPOKEN, "trn_b")])
    missing = {"s10", "s11"}  # the last of one, the first of the other
    first, second = gaps_of(made, missing=missing, refused=missing)
    assert (first.transcription_id, first.segment_ids) == ("trn_a", ("s10",))
    assert (second.transcription_id, second.segment_ids) == ("trn_b", ("s1",))
    assert second.start_ms == 0


def test_many_refusals_are_told_in_few_words() -> None:
    made = of_one(recording(transcript(*(f"Line {n}." for n in range(100)))))
    odd = {f"s{n}" for n in range(1, 100, 2)}
    gaps = gaps_of(made, missing=odd, refused=odd)
    told = list(refusals(gaps, by="OpenAI", stands="is missing"))
    assert len(told) == MOST_TOLD + 1
    assert told[-1] == "30 more stretches were refused."
    assert note(()) == ""
