from itertools import pairwise

import pytest

from mp4totext.writing.extractive.summary import MAX_BULLETS, summary
from mp4totext.writing.results import SummaryStyle
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import Script
from tests.support.transcript_builders import TOPICS, talk, transcript

STYLES: tuple[SummaryStyle, ...] = ("short", "bullets", "executive")


@pytest.mark.parametrize("style", STYLES)
def test_every_sentence_is_verbatim_with_its_time(style: SummaryStyle) -> None:
    made, _ = talk("bread", "orbits", "court")
    by_id = {one.id: one for one in made.segments}
    found = summary(sentences(Script(made)), style=style)
    assert found.quotes
    for quote in found.quotes:
        assert quote.text in made.text
        assert by_id[quote.segment_ids[0]].start_ms <= quote.start_ms
        assert quote.end_ms <= by_id[quote.segment_ids[-1]].end_ms


def test_short_is_three_sentences_in_order() -> None:
    made, _ = talk("bread", "orbits")
    quotes = summary(sentences(Script(made)), style="short").quotes
    assert len(quotes) == 3
    assert all(one.start_ms < other.start_ms for one, other in pairwise(quotes))


def test_bullets_come_from_the_end_as_well_as_from_the_beginning() -> None:
    made, borders = talk(*(list(TOPICS) * 6))
    quotes = summary(sentences(Script(made)), style="bullets").quotes
    assert len(quotes) <= MAX_BULLETS
    assert quotes[0].start_ms < borders[1]
    assert quotes[-1].start_ms > borders[-3]


def test_executive_lists_what_is_to_be_done() -> None:
    made, _ = talk("court")
    asked = transcript(*(one.text for one in made.segments), "I'll send the letters by Friday.")
    found = summary(sentences(Script(asked)), style="executive")
    assert [one.name for one in found.sections] == ["overview", "points", "actions"]
    assert found.sections[-1].quotes[0].text == "I'll send the letters by Friday."


def test_repeats_are_not_chosen_twice() -> None:
    said = ["The harbour bridge will be closed for repairs in March."] * 5
    made = transcript(*said, "Ferries run every ten minutes while the bridge is closed.")
    texts = [quote.text for quote in summary(sentences(Script(made)), style="short").quotes]
    assert "Ferries run every ten minutes while the bridge is closed." in texts


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("ja", ("会議は三時に始まります。", "議題は新しい橋の建設です。", "橋の費用が問題です。")),
        (
            "ar",
            ("يبدأ الاجتماع في الثالثة.", "الموضوع هو بناء الجسر الجديد.", "تكلفة الجسر عالية."),
        ),
        ("tr", ("Toplantı üçte başlıyor.", "Konu yeni köprü.", "Köprünün maliyeti yüksek.")),
    ],
)
def test_other_languages_are_summarised_too(language: str, texts: tuple[str, ...]) -> None:
    made = transcript(*texts, language=language)
    quotes = summary(sentences(Script(made)), style="short").quotes
    assert quotes
    assert all(quote.text in texts for quote in quotes)


def test_nothing_said_is_an_empty_summary() -> None:
    assert summary((), style="executive").sections == ()


def test_topics_of_three_hours_are_found() -> None:
    made, _ = talk(*(list(TOPICS) * 48))
    assert summary(sentences(Script(made)), style="executive").quotes
