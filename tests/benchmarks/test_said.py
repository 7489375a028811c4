"""What the voice says wrongly is told apart from what an engine mishears."""

from benchmarks.said import ENGINES, TEXT, Heard
from mp4totext.providers.voice.spelling import spoken_words


def test_a_word_is_wrong_when_no_engine_recognises_it() -> None:
    said = "The rent is $850."
    right, misheard = spoken_words(said), spoken_words("The tent is 850 dollars.")
    assert Heard(text=said, by=(right, misheard)).wrong == 0
    assert Heard(text=said, by=(misheard, misheard)).wrong == 1
    assert Heard(text=said, by=(right, misheard)).errors == [0, 1]


def test_the_text_has_more_words_than_asked_for_and_two_engines_hear_it() -> None:
    words = spoken_words(TEXT.read_text(encoding="utf-8"))
    assert len(words) >= 500
    assert len(ENGINES) == 2
