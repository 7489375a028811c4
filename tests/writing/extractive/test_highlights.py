import pytest

from mp4totext.writing.extractive.highlights import highlights
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import talk, transcript


def test_the_most_frequent_phrase_comes_first_with_every_mention() -> None:
    sample = transcript(
        "The solar panels arrived late.",
        "Each solar panel weighs twenty kilos.",
        "We hung the solar panels on the roof.",
        "Lunch was fine.",
        words=True,
    )
    text_index = TextIndex(sample)
    best = highlights(text_index, sentences(text_index))[0]
    assert best.text.lower() == "solar panels"
    assert best.count == 3 == len(best.mentions)
    assert [phrase.segment_ids for phrase in best.mentions] == [("s1",), ("s2",), ("s3",)]
    assert best.mentions[0].start_ms == 400  # "solar" is the second word
    assert best.rank == 1.0


def test_phrases_are_ranked_and_share_no_word() -> None:
    sample, _ = talk("bread", "court")
    text_index = TextIndex(sample)
    results = highlights(text_index, sentences(text_index), limit=10)
    assert len(results) == 10
    assert [phrase.rank for phrase in results] == sorted(
        (phrase.rank for phrase in results), reverse=True
    )
    words = [word for phrase in results for word in phrase.text.lower().split()]
    assert len(words) == len(set(words))


def test_empty_transcripts_and_unknown_languages_have_none() -> None:
    for sample in (transcript(), transcript("Bore da bawb.", language="cy")):
        text_index = TextIndex(sample)
        assert highlights(text_index, sentences(text_index)) == ()


@pytest.mark.parametrize(
    ("language", "texts", "phrase", "count"),
    [
        (
            "de",
            (
                "Die elektrische Wärmepumpe steht seit gestern im Keller.",
                "Mit der elektrischen Wärmepumpe sparen wir fast die Hälfte.",
                "Aber die Kosten der elektrischen Wärmepumpen sind noch hoch.",
            ),
            "elektrische Wärmepumpe",
            3,
        ),
        (
            "tr",
            (
                "Yeni köprü bu yıl açılacak.",
                "Yeni köprünün trafiği azaltması bekleniyor.",
                "Ama yeni köprü için para henüz yok.",
            ),
            "Yeni köprü",
            3,
        ),
        (
            "hi",
            (
                "यह लाल किताब बहुत अच्छी है।",
                "मैंने लाल किताब कल पढ़ी।",
                "वह लाल किताब अब मेज पर है।",
            ),
            "लाल किताब",
            3,
        ),
        (
            "ja",
            (
                "太陽電池を屋根に付けました。",
                "太陽電池は高いです。",
                "でも太陽電池は長持ちします。",
            ),
            "太陽電池",
            3,
        ),
    ],
)
def test_other_languages(language: str, texts: tuple[str, ...], phrase: str, count: int) -> None:
    text_index = TextIndex(transcript(*texts, language=language))
    best = highlights(text_index, sentences(text_index))[0]
    assert (best.text, best.count) == (phrase, count)


def test_what_is_said_once_is_left_out_where_enough_comes_again() -> None:
    again = "The bakery, the harbour, the lantern, the orchard and the violin."
    text_index = TextIndex(transcript(again, again, "A purple submarine engine exploded."))
    found = [phrase.text for phrase in highlights(text_index, sentences(text_index))]
    assert found == ["bakery", "harbour", "lantern", "orchard", "violin"]
