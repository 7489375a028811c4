"""The language of a text by its letters."""

import pytest

from mp4totext.providers.speech.base import LanguageGuess
from mp4totext.providers.speech.decoding.spoken_language import as_written
from mp4totext.transcript import Segment

CHINESE = LanguageGuess(language="zh", confidence=0.9, votes={"zh": 0.7, "ja": 0.2, "de": 0.1})


@pytest.mark.parametrize(
    ("text", "tagged", "language"),
    [
        ("今天天气怎么样？", "zh", "zh"),
        ("今天 the weather report 怎么样？", "zh", "zh"),
        ("Wie ist das Wetter heute?", "zh", "de"),
        ("MP4toText 2", "zh", "zh"),  # it may be a name
        ("How is the weather today?", "sr", "sr"),  # which has both alphabets
        ("¿Qué tiempo hace hoy?", "es", "es"),
        ("Как погода сегодня?", "ru", "ru"),
        ("1984, 2001.", "zh", "zh"),
    ],
)
def test_text_in_latin_letters_is_not_tagged_with_a_language_of_others(
    text: str, tagged: str, language: str
) -> None:
    segment = Segment(id="s1", start_ms=0, end_ms=2_000, text=text, words=(), language=tagged)
    assert as_written(segment, CHINESE).language == language


def test_without_a_vote_for_another_language_latin_letters_are_english() -> None:
    segment = Segment(
        id="s1", start_ms=0, end_ms=2_000, text="How is the weather?", words=(), language="zh"
    )
    guess = LanguageGuess(language="zh", confidence=0.9, votes={"zh": 1.0})
    assert as_written(segment, guess).language == "en"
