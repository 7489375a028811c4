"""The title of a passage: a complete sentence or its beginning."""

import pytest

from mp4totext.kit import unicode
from mp4totext.writing.extractive.highlights import key_phrases
from mp4totext.writing.headlines import HEADLINE_COLUMNS, headline
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.processor_time import processor_time
from tests.support.transcript_builders import transcript


def title(*texts: str, language: str = "en") -> str:
    said = sentences(TextIndex(transcript(*texts, language=language)))
    return headline(said, key_phrases(said))


LONG = "and this goes on and on until nobody in the room remembers how it once began at all."


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        # What refers to something before cannot stand alone.
        (("It was like that.", "Salt makes sea water heavy."), "Salt makes sea water heavy"),
        (("Why is the ocean salty?",), "Why is the ocean salty?"),
        # Too long: up to where a phrase ends.
        ((f"Friends came at nine in the morning, {LONG}",), "Friends came at nine in the morning"),
        ((f"Custom speech provides tools that {LONG}",), "Custom speech provides tools"),
        # The beginning of a sentence that is no clause is no title.
        ((f"Under the steward of the house, {LONG}",), ""),
        # Not within a list, whatever stands before it.
        ((f"We bake a loaf of bread from flour, water and salt, {LONG}",),
         "We bake a loaf of bread from flour, water and salt"),
        ((f"We bake a loaf of bread from flour, water, salt and some more of it, {LONG}",), ""),
        ((f"Bakers in this town use flour, water, and salt from the sea, {LONG}",),
         "Bakers in this town use flour, water, and salt from the sea"),
        (("Yes.", "No, no."), ""),
        # A hesitation is no headline where there is another.
        (("The tide, you know, rises.", "The tide falls twice."), "The tide falls twice"),
    ],
)  # fmt: skip
def test_a_headline_is_the_strongest_sentence_that_stands_alone(
    said: tuple[str, ...], expected: str
) -> None:
    assert title(*said) == expected


def test_a_sentence_about_what_the_recording_is_about_is_the_stronger_one() -> None:
    said = (
        "Bakers get up early.",
        "Sourdough bread needs time.",
        "Good sourdough bread rises slowly.",
    )
    assert "sourdough bread" in title(*said).lower()


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", f"Das Brot ruht im Keller, {LONG}", "Das Brot ruht im Keller"),
        ("de", f"Der Teig braucht nur Mehl, Wasser und Salz, {LONG}",
         "Der Teig braucht nur Mehl, Wasser und Salz"),
        ("de", f"Der Teig in dieser Stadt braucht Mehl, Wasser und Salz aus dem Meer {LONG}", ""),
        ("ja", "パン屋は小麦粉、水、塩、そして" + "時間をかけてゆっくりと" * 8 + "焼きます。", ""),
        ("ja", "今日は近くの公園まで散歩に行きました。", "今日は近くの公園まで散歩に行きました"),
        ("ar", "الخبز يحتاج إلى وقت طويل.", "الخبز يحتاج إلى وقت طويل"),
    ],
)  # fmt: skip
def test_other_languages_have_headlines(language: str, text: str, expected: str) -> None:
    assert title(text, language=language) == expected
    assert unicode.width(expected) <= HEADLINE_COLUMNS


@pytest.mark.parametrize(
    "text",
    ["a, " * 3_300, "あ、" * 5_000, "a that " * 1_400, "a - " * 2_500],
    ids=lambda text: ascii(text[:4]),
)
def test_a_sentence_without_an_end_has_a_headline_in_little_time(text: str) -> None:
    said = sentences(TextIndex(transcript(text)))
    phrases = key_phrases(said)
    with processor_time() as spent:
        headline(said, phrases)
    assert spent.s < 0.1
