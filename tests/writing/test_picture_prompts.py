"""Prompts of pictures from the words of a passage."""

from mp4totext.writing.picture_prompts import SENTENCE_CHARACTERS, picture_prompt
from tests.support.transcript_builders import talk, transcript


def test_a_description_has_the_key_phrases_and_a_sentence_of_the_passage() -> None:
    spoken, _ = talk("bread", "orbits")
    prompt = picture_prompt(spoken, 0, 9_000)
    named, _, sentence = prompt.partition(". ")
    assert "bread" in named
    assert "satellite" not in prompt
    assert sentence in spoken.text


def test_people_are_not_named() -> None:
    spoken = transcript("Yesterday Dr. Jane Miller walked along the frozen river.")
    prompt = picture_prompt(spoken, 0, 3_000)
    assert "Miller" not in prompt
    assert "a person walked along the frozen river" in prompt


def test_a_long_sentence_is_shortened_and_silence_has_no_description() -> None:
    spoken = transcript("The river " + "flows and " * 60 + "ends.")
    assert len(picture_prompt(spoken, 0, 1_000)) < SENTENCE_CHARACTERS + 80
    assert picture_prompt(spoken, spoken.duration_ms, spoken.duration_ms + 1_000) == ""
