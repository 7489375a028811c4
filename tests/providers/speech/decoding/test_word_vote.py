"""The vote between the words of two engines."""

from mp4totext.providers.speech.decoding.word_vote import voted
from mp4totext.transcript import Segment, Word


def spoken(text: str, *, sure: float = 0.9, doubted: str = "", start_ms: int = 0) -> Segment:
    """A word each 300 ms; those in ``doubted`` have a low confidence."""
    words = tuple(
        Word(
            text=word,
            start_ms=start_ms + 300 * n,
            end_ms=start_ms + 300 * n + 250,
            confidence=0.2 if word in doubted.split() else sure,
        )
        for n, word in enumerate(text.split())
    )
    end_ms = words[-1].end_ms
    return Segment(id="s1", start_ms=start_ms, end_ms=end_ms, text=text, words=words, language="en")


def text_of(*segments: Segment) -> str:
    return " ".join(segment.text for segment in segments)


def test_words_that_agree_get_more_confidence_than_either() -> None:
    (segment,) = voted([spoken("A fine day.", sure=0.8)], [spoken("a fine day", sure=0.7)])
    assert segment.text == "A fine day."
    assert {word.confidence for word in segment.words} == {0.94}
    assert segment.language == "en"


def test_words_that_agree_have_the_times_of_the_second_engine_if_they_meet() -> None:
    first = [spoken("a fine day")]
    for late_ms, starts in ((60, [60, 360, 660]), (280, [0, 300, 600])):
        (segment,) = voted(first, [spoken("a fine day", start_ms=late_ms)])
        assert [word.start_ms for word in segment.words] == starts


def test_the_surer_word_takes_the_others_case_and_punctuation() -> None:
    first = [spoken("Sealed, the letter.", doubted="Sealed,")]
    (segment,) = voted(first, [spoken("peeled the letter")])
    assert segment.text == "Peeled, the letter."


def test_a_word_in_place_of_a_name_has_no_capital_within_a_sentence() -> None:
    first = [spoken("When the Zara was near", doubted="Zara")]
    assert text_of(*voted(first, [spoken("when the straw was near")])) == "When the straw was near"


def test_words_that_replace_others_keep_the_sentence_end_between_them() -> None:
    first = [spoken("They ate Lob alanum berg ounce of it.", doubted="Lob alanum berg ounce")]
    result = voted(first, [spoken("they ate lobster, Newberg. One pound of it")])
    assert [s.text for s in result] == ["They ate lobster, Newberg.", "One pound of it."]


def test_a_word_that_is_hardly_surer_does_not_win() -> None:
    (segment,) = voted([spoken("the letter", sure=0.85)], [spoken("a letter", sure=0.9)])
    assert segment.text == "the letter"


def test_what_only_the_second_engine_has_must_be_sure_and_what_only_the_first_has_stays() -> None:
    (segment,) = voted([spoken("it is so")], [spoken("it so well")])
    assert segment.text == "it is so well"
    (segment,) = voted([spoken("it is so")], [spoken("it so well", doubted="well")])
    assert segment.text == "it is so"
    assert voted([], [spoken("you", sure=0.5)]) == ()


def test_the_same_word_at_another_time_is_another_word() -> None:
    first = [spoken("yes we do", doubted="yes"), spoken("no", start_ms=20_000)]
    second = [spoken("we do", start_ms=300), spoken("yes", start_ms=40_000)]
    assert text_of(*voted(first, second)) == "yes we do no"


def test_times_stay_in_order() -> None:
    first = [spoken("one two three", doubted="two")]
    second = [spoken("one to", start_ms=0), spoken("three", start_ms=500)]
    (segment,) = voted(first, second)
    times = [time for word in segment.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
