from itertools import pairwise

import pytest

from mp4totext.writing.extractive.summary import BULLETS_MAX, summary
from mp4totext.writing.results import SummaryStyle
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import TOPICS, talk, transcript

STYLES: tuple[SummaryStyle, ...] = ("short", "bullets", "executive")


@pytest.mark.parametrize("style", STYLES)
def test_every_sentence_is_verbatim_with_its_time(style: SummaryStyle) -> None:
    sample, _ = talk("bread", "orbits", "court")
    by_id = {segment.id: segment for segment in sample.segments}
    result = summary(sentences(TextIndex(sample)), style=style)
    assert result.quotes
    for quote in result.quotes:
        assert quote.text in sample.text
        assert by_id[quote.segment_ids[0]].start_ms <= quote.start_ms
        assert quote.end_ms <= by_id[quote.segment_ids[-1]].end_ms


def test_short_is_three_sentences_in_order() -> None:
    sample, _ = talk("bread", "orbits")
    quotes = summary(sentences(TextIndex(sample)), style="short").quotes
    assert len(quotes) == 3
    assert all(first.start_ms < second.start_ms for first, second in pairwise(quotes))


def test_bullets_come_from_beginning_and_end() -> None:
    sample, borders = talk(*(list(TOPICS) * 6))
    quotes = summary(sentences(TextIndex(sample)), style="bullets").quotes
    assert len(quotes) <= BULLETS_MAX
    assert quotes[0].start_ms < borders[1]
    assert quotes[-1].start_ms > borders[-3]


def test_the_executive_style_lists_action_items() -> None:
    sample, _ = talk("court")
    extended = transcript(
        *(segment.text for segment in sample.segments), "I'll send the letters by Friday."
    )
    result = summary(sentences(TextIndex(extended)), style="executive")
    assert [section.name for section in result.sections] == ["overview", "points", "actions"]
    assert result.sections[-1].quotes[0].text == "I'll send the letters by Friday."


def test_repeated_sentences_are_selected_once() -> None:
    repeats = ["The harbour bridge will be closed for repairs in March."] * 5
    sample = transcript(*repeats, "Ferries run every ten minutes while the bridge is closed.")
    texts = [quote.text for quote in summary(sentences(TextIndex(sample)), style="short").quotes]
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
    sample = transcript(*texts, language=language)
    quotes = summary(sentences(TextIndex(sample)), style="short").quotes
    assert quotes
    assert all(quote.text in texts for quote in quotes)


def test_an_empty_transcript_has_an_empty_summary() -> None:
    assert summary((), style="executive").sections == ()


def test_topics_of_three_hours_are_found() -> None:
    sample, _ = talk(*(list(TOPICS) * 48))
    assert summary(sentences(TextIndex(sample)), style="executive").quotes
