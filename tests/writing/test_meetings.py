"""All features without a model, on a meeting in each of 24 languages."""

from itertools import pairwise

import pytest

from mp4totext.exports import captions
from mp4totext.exports.options import ExportOptions
from mp4totext.writing.extractive.action_items import action_items
from mp4totext.writing.extractive.chapters import chapters
from mp4totext.writing.extractive.clean import clean
from mp4totext.writing.extractive.entities import entities
from mp4totext.writing.extractive.highlights import highlights
from mp4totext.writing.extractive.search import passages
from mp4totext.writing.extractive.summary import summary
from mp4totext.writing.extractive.terms import STOP_WORDS
from mp4totext.writing.extractive.word_forms import stop_words
from mp4totext.writing.results import Sentence
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.writing.meetings import (
    LANGUAGES,
    QUESTIONS,
    SENTENCE_MS,
    TOPIC_STARTS,
    Meeting,
    meeting,
)

BORDER_SENTENCES = 1  # a chapter may begin so much beside its topic
PHRASES = 15


def spoken(of: Meeting) -> tuple[Sentence, ...]:
    return sentences(TextIndex(of.transcript))


def test_the_meetings_are_in_the_languages_with_most_speakers() -> None:
    most_spoken = "ar bn de en es fr hi id ja ko mr pt ru sw ta te tr ur vi zh"
    assert " ".join(sorted({*LANGUAGES} - {"it", "nl", "pl", "uk"})) == most_spoken
    for language in LANGUAGES:
        assert (len(meeting(language).sentences), len(meeting(language).actions)) == (24, 6)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_where_they_end_and_not_at_abbreviations(language: str) -> None:
    held = meeting(language)
    assert tuple(sentence.text for sentence in spoken(held)) == held.sentences


@pytest.mark.parametrize("language", LANGUAGES)
def test_key_phrases_are_what_it_is_about_and_no_words_of_no_topic(language: str) -> None:
    held = meeting(language)
    found = highlights(TextIndex(held.transcript), spoken(held), limit=PHRASES)
    phrases = [phrase.text.casefold() for phrase in found]
    for topic in held.topics:
        assert topic & set(phrases[:10]), (topic, phrases)
    assert not (STOP_WORDS if language == "en" else stop_words(language)) & set(phrases)
    assert not [phrase for phrase in phrases if phrase[0].isdigit()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_chapters_are_the_topics(language: str) -> None:
    held = meeting(language)
    starts = [chapter.start_ms / SENTENCE_MS for chapter in chapters(spoken(held))]
    assert len(starts) == len(TOPIC_STARTS)
    for start, expected in zip(starts, TOPIC_STARTS, strict=True):
        assert abs(start - expected) <= BORDER_SENTENCES


@pytest.mark.parametrize("language", LANGUAGES)
def test_action_items_with_a_day_and_nothing_else(language: str) -> None:
    held = meeting(language)
    items = action_items(spoken(held))
    assert [item.text for item in items] == list(held.actions)
    # Friday, tomorrow, next week and today; the fourth action has no day.
    assert all(items[number].due for number in (0, 2, 4, 5))
    assert items[0].owner == "B"
    assert items[3].due is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_amounts_dates_times_and_addresses_are_whole(language: str) -> None:
    held = meeting(language)
    found = entities(TextIndex(held.transcript), spoken(held))
    kinds = [entity.entity_type for entity in found]
    assert kinds.count("money_amount") == 2
    assert kinds.count("time") == 1
    assert "phone_number" not in kinds
    assert "date" in kinds
    assert [e.text for e in found if e.entity_type == "email_address"] == ["support@example.com"]
    for entity in found:
        if entity.entity_type == "money_amount":
            (said,) = (text for text in held.sentences if entity.text in text)
            before = said[: said.index(entity.text)].rstrip()
            assert not before[-1:].isdigit()  # "4 500 euros", not "500 euros"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_is_in_the_first_passage(language: str) -> None:
    held = meeting(language)
    asked = [held.sentences[number] for number in QUESTIONS]
    answers = [sentence for sentence in spoken(held) if sentence.text not in asked]
    right = 0
    for number, question in zip(QUESTIONS, asked, strict=True):
        best = passages(answers, question, language=language, limit=1)
        right += bool(best) and held.sentences[number + 1] in best[0].text
    assert right >= (2 if language == "ja" else 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_summary_has_a_sentence_of_two_topics_at_least(language: str) -> None:
    held = meeting(language)
    (overview,) = summary(spoken(held)).sections
    topics = {held.sentences.index(quote.text) // 8 for quote in overview.quotes}
    assert len(topics) >= 2
    assert not [quote for quote in overview.quotes if quote.text.endswith(("?", "？", "؟"))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_clean_text_keeps_every_sentence(language: str) -> None:
    held = meeting(language)
    text = "\n".join(paragraph.text for paragraph in clean(held.transcript).paragraphs)
    assert [said for said in held.sentences if said not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_captions_hold_the_text_and_part_no_number_from_its_unit(language: str) -> None:
    cues = captions.of(meeting(language).transcript, ExportOptions())
    lines = [line.removeprefix("- ") for cue in cues for line in cue.lines]
    said = "".join(segment.text for segment in meeting(language).transcript.segments)
    assert "".join("".join(lines).split()) == "".join(said.split())
    assert not [line for line in lines if line[0] in "的了吗،؟。、，।۔?!.,:;"]
    after_numbers = [after for before, after in pairwise(lines) if before[-1].isdigit()]
    assert not [line for line in after_numbers if line[0] in "日月元円年"]
