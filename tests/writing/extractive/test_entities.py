from itertools import pairwise

import pytest

from mp4totext.writing.extractive.entities import entities, find
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import MS_A_WORD, transcript

# Labelled by hand before the first run: what a careful reader would mark, and nothing else.
LABELLED: tuple[tuple[str, set[tuple[str, str]]], ...] = (
    (
        "Maria Lopez moved from Madrid to Chicago in 2015.",
        {
            ("person_name", "Maria Lopez"),
            ("location", "Madrid"),
            ("location", "Chicago"),
            ("date", "2015"),
        },
    ),
    (
        "The bill came to $1,250.50, which Robert paid on March 3rd.",
        {("money_amount", "$1,250.50"), ("person_name", "Robert"), ("date", "March 3rd")},
    ),
    (
        "Dr. Okonkwo works at Saint Mary Hospital.",
        {("person_name", "Dr. Okonkwo"), ("organization", "Saint Mary Hospital")},
    ),
    (
        "You can reach us at help@northwind.org or at (555) 012-3456.",
        {("email_address", "help@northwind.org"), ("phone_number", "(555) 012-3456")},
    ),
    (
        "Microsoft and Google both opened offices in Warsaw last year.",
        {
            ("organization", "Microsoft"),
            ("organization", "Google"),
            ("location", "Warsaw"),
            ("date", "last year"),
        },
    ),
    ("We may march through the rose garden if the will is there.", set()),
    (
        "Let's meet on Tuesday at 10:30 a.m. in the lobby.",
        {("date", "Tuesday"), ("time", "10:30 a.m.")},
    ),
    (
        "The University of Bologna was founded in 1088.",
        {("organization", "University of Bologna"), ("date", "1088")},
    ),
    (
        "My name is Thandiwe and I grew up in Polokwane.",
        {("person_name", "Thandiwe"), ("location", "Polokwane")},
    ),
    (
        "They raised twenty million dollars from Redwood Partners.",
        {("money_amount", "twenty million dollars"), ("organization", "Redwood Partners")},
    ),
    ("Look at www.example.org/reports for the tables.", {("url", "www.example.org/reports")}),
    (
        "Mr. Tanaka and Mrs. Novak flew to New Zealand yesterday.",
        {
            ("person_name", "Mr. Tanaka"),
            ("person_name", "Mrs. Novak"),
            ("location", "New Zealand"),
            ("date", "yesterday"),
        },
    ),
    ("The Python script reads the file and prints the API key.", set()),
    (
        "Grace Hopper joined the Navy in December 1943.",
        {("person_name", "Grace Hopper"), ("organization", "Navy"), ("date", "December 1943")},
    ),
    (
        "Siemens AG sold the plant in Hamburg for 30 million euros.",
        {
            ("organization", "Siemens AG"),
            ("location", "Hamburg"),
            ("money_amount", "30 million euros"),
        },
    ),
    (
        "Ahmed's sister lives in Istanbul, and Peter Jones visits her every summer.",
        {("person_name", "Ahmed"), ("location", "Istanbul"), ("person_name", "Peter Jones")},
    ),
    (
        "The World Health Organization warned Kenya and Uganda on June 12, 2021.",
        {
            ("organization", "World Health Organization"),
            ("location", "Kenya"),
            ("location", "Uganda"),
            ("date", "June 12, 2021"),
        },
    ),
    (
        "Ask Jennifer whether the five o'clock train to Edinburgh still runs.",
        {("person_name", "Jennifer"), ("time", "five o'clock"), ("location", "Edinburgh")},
    ),
    ("There were 300 people in the hall and 12 chairs.", set()),
    (
        "President Macron met Angela Merkel in Berlin.",
        {
            ("person_name", "President Macron"),
            ("person_name", "Angela Merkel"),
            ("location", "Berlin"),
        },
    ),
    (
        "Susan's flight from Los Angeles to Tokyo cost nine hundred dollars.",
        {
            ("person_name", "Susan"),
            ("location", "Los Angeles"),
            ("location", "Tokyo"),
            ("money_amount", "nine hundred dollars"),
        },
    ),
    (
        "On the fourth of July, Keisha Brown spoke at Stanford.",
        {
            ("date", "the fourth of July"),
            ("person_name", "Keisha Brown"),
            ("organization", "Stanford"),
        },
    ),
)

# One sentence per language: an appointment, a price and an address.
WRITTEN = {
    "en": (
        "We met on 5 March 2024 and paid 300 dollars, write to a@b.org.",
        "5 March 2024",
        "300 dollars",
    ),
    "de": ("Am 5. März 2024 zahlten wir 1.300 Euro, an a@b.org.", "5. März 2024", "1.300 Euro"),
    "fr": ("Le 5 mars 2024 nous avons payé 300 euros, à a@b.org.", "5 mars 2024", "300 euros"),
    "es": (
        "El 5 de marzo de 2024 pagamos 300 pesos, a a@b.org.",
        "5 de marzo de 2024",
        "300 pesos",
    ),
    "it": ("Il 5 marzo 2024 abbiamo pagato 300 euro, a a@b.org.", "5 marzo 2024", "300 euro"),
    "pt": (
        "Em 5 de março de 2024 pagamos 300 reais, a a@b.org.",
        "5 de março de 2024",
        "300 reais",
    ),
    "tr": ("5 Mart 2024 günü 300 lira ödedik, a@b.org.", "5 Mart 2024", "300 lira"),
    "ru": ("5 марта 2024 мы заплатили 300 рублей, a@b.org.", "5 марта 2024", "300 рублей"),
    "ar": ("في 5 مارس 2024 دفعنا 300 دولار إلى a@b.org.", "5 مارس 2024", "300 دولار"),
    "hi": ("5 मार्च 2024 को हमने 300 रुपये दिए, a@b.org.", "5 मार्च 2024", "300 रुपये"),
    "ja": ("2024年3月5日に300円を払いました。 a@b.org まで。", "2024年3月5日", "300円"),
    "zh": ("2024年3月5日我们付了300元， a@b.org 。", "2024年3月5日", "300元"),
    "ko": ("2024년 3월 5일에 300원을 냈습니다. a@b.org", "2024년 3월 5일", "300원"),
}


def test_precision_and_recall_on_hand_labelled_sentences() -> None:
    right = matched = expected = 0
    for text, labels in LABELLED:
        marked = {(kind, text[at:to]) for kind, at, to in find(text, english=True)}
        right += len(marked & labels)
        matched += len(marked)
        expected += len(labels)
    assert right / matched >= 0.9
    assert right / expected >= 0.9


@pytest.mark.parametrize("language", WRITTEN)
def test_dates_money_and_contacts_in_every_language(language: str) -> None:
    text, date, money = WRITTEN[language]
    marked = {(kind, text[at:to]) for kind, at, to in find(text, english=language == "en")}
    assert {("date", date), ("money_amount", money), ("email_address", "a@b.org")} <= marked


def test_names_are_found_in_other_latin_languages() -> None:
    text = "Herr Müller und Anna Weber fuhren von München nach Zürich zur Deutsche Bank."
    marked = {(kind, text[at:to]) for kind, at, to in find(text, english=False)}
    assert {
        ("person_name", "Herr Müller"),
        ("person_name", "Anna Weber"),
        ("location", "München"),
        ("location", "Zürich"),
        ("organization", "Deutsche Bank"),
    } <= marked


def test_spelled_addresses_are_found_in_english() -> None:
    text = "Write to anna dot weber at example dot com or see example dot org."
    marked = [(kind, text[at:to]) for kind, at, to in find(text, english=True)]
    assert ("email_address", "anna dot weber at example dot com") in marked
    assert ("url", "example dot org") in marked


def test_each_mention_has_its_own_time_and_none_overlap() -> None:
    sample = transcript("I met Anna in Paris.", "Anna liked Paris.", words=True)
    text_index = TextIndex(sample)
    results = entities(text_index, sentences(text_index))
    assert [entity.text for entity in results] == ["Anna", "Paris", "Anna", "Paris"]
    assert results[0].start_ms == 2 * MS_A_WORD
    assert results[2].segment_ids == ("s2",)
    assert all(entity.end_ms <= other.start_ms for entity, other in pairwise(results))


def test_a_telephone_number_follows_a_chinese_character_and_a_count_is_none() -> None:
    assert find("电话是010-8888-1234。", english=False) == [("phone_number", 3, 16)]
    assert find("这里有12345678人。", english=False) == []
