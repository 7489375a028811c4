from hypothesis import given
from hypothesis import strategies as st

from mp4totext.writing.extractive.clean import clean
from tests.support.transcript_builders import transcript


def cleaned(text: str, language: str = "en") -> str:
    return clean(transcript(text, language=language)).text


def test_fillers_stutters_spacing_and_capitals() -> None:
    assert cleaned("um so i i think , uh the the plan is fine") == "So I think, the plan is fine"
    assert cleaned("Well, uh, yes.") == "Well, yes."
    assert cleaned("we stopped uh. then we left") == "We stopped. Then we left"
    assert cleaned("Um.") == ""


def test_meaningful_words_stay() -> None:
    for text in (
        "It was very, very good.",
        "No, no, I had had enough of that that day.",
        "I like it, you know, so well.",
        "The cat sat. The cat left.",
        "Bye bye.",
    ):
        assert cleaned(text) == text


def test_every_language_has_its_own_fillers() -> None:
    assert cleaned("Äh, das ist ähm gut.", "de") == "Das ist gut."
    assert cleaned("Euh, c'est bon ?", "fr") == "C'est bon ?"
    assert cleaned("um dia depois", "pt") == "Um dia depois"
    assert cleaned("er kam spät", "de") == "Er kam spät"
    assert cleaned("谢谢谢谢。", "zh") == "谢谢谢谢。"
    assert cleaned("yavaş yavaş gel", "tr") == "Yavaş yavaş gel"


def test_a_paragraph_is_one_speaker_and_cites_its_segments() -> None:
    sample = transcript("Hello there.", "How are you?", "Fine.", speakers=["S1", "S1", "S2"])
    first, second = clean(sample).paragraphs
    assert (first.text, first.segment_ids) == ("Hello there. How are you?", ("s1", "s2"))
    assert (second.speaker, second.start_ms) == ("S2", sample.segments[2].start_ms)


def test_removed_words_are_reported() -> None:
    removed = clean(transcript("Um, the the end.")).removed
    assert [(word.word, word.reason, word.segment_id) for word in removed] == [
        ("Um,", "filler", "s1"),
        ("the", "repeated", "s1"),
    ]


WORDS = st.sampled_from(
    ["um", "Uh,", "the", "the", "I", "i", "so", "plan,", "very", "ok.", "(yes)", "3"]
)


@given(
    st.lists(st.lists(WORDS, max_size=8).map(" ".join), min_size=1, max_size=6),
    st.sampled_from(["en", "de", "ja", None]),
)
def test_kept_and_removed_words_are_all_words(texts: list[str], language: str | None) -> None:
    sample = transcript(*texts, language=language)
    result = clean(sample)

    def bare(text: str) -> list[str]:
        return sorted(word.strip(".,()").lower() for word in text.split() if word.strip(".,()"))

    kept = bare(" ".join(paragraph.text for paragraph in result.paragraphs))
    removed = bare(" ".join(entry.word for entry in result.removed))
    assert sorted(kept + removed) == bare(sample.text)
    assert {entry.word.strip(",").lower() for entry in result.removed} <= {
        "um",
        "uh",
        "the",
        "i",
        "so",
    }
