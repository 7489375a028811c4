import pytest
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.writing.sentences import MAX_CHARACTERS, sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import transcript


def split(text: str, language: str = "en") -> list[str]:
    return [sentence.text for sentence in sentences(TextIndex(transcript(text, language=language)))]


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        (
            "en",
            "Dr. Smith met J. K. Rowling at 5 p.m. on Main St. in London. Was it 3.5 km? No.",
            3,
        ),
        ("en", "Yes. No. I don't know. No. 5 is alive!", 4),
        ("en", '"Really?" he asked. "Yes!" She left...and came back.', 3),
        ("de", "Am 3. Mai kam Dr. Weber, z. B. mit dem Zug. Er blieb nicht.", 2),
        ("fr", "Où est M. Dupont ? Il est parti !", 2),
        ("es", "¿Dónde está la Sra. García? ¡No lo sé!", 2),
        ("ja", "今日は天気がいいです。散歩に行きましょう！「はい。」と言った。", 4),
        ("zh", "你好。你叫什么名字？我叫王芳。", 3),
        ("ar", "كيف حالك؟ أنا بخير. شكرا.", 3),
        ("hi", "आप कैसे हैं? मैं ठीक हूँ। धन्यवाद।", 3),
        ("tr", "Nasılsın? İyiyim. Teşekkür ederim.", 3),
        ("ru", "Как дела? Хорошо. Спасибо!", 3),
        ("ko", "안녕하세요? 잘 지내요. 감사합니다.", 3),
    ],
)
def test_sentence_ends_are_found_in_many_scripts(language: str, text: str, count: int) -> None:
    assert len(split(text, language)) == count


def test_a_sentence_runs_over_a_segment_border_of_one_speaker() -> None:
    sample = transcript("We went to the", "market today. Then home.", words=True)
    first, second = sentences(TextIndex(sample))
    assert first.text == "We went to the market today."
    assert first.segment_ids == ("s1", "s2")
    assert second.start_ms > first.end_ms - 1


def test_two_speakers_never_share_a_sentence() -> None:
    sample = transcript("and then I", "said nothing.", "Right.", speakers=["S1", "S2", "S2"])
    assert [sentence.speaker for sentence in sentences(TextIndex(sample))] == ["S1", "S2", "S2"]


def test_without_punctuation_each_segment_is_a_sentence() -> None:
    sample = transcript("so we started", "in the spring", "with three people")
    assert len(sentences(TextIndex(sample))) == 3


def test_a_long_text_without_an_end_mark_is_cut_at_a_word() -> None:
    parts = split("word " * 1000)
    assert all(len(part) <= MAX_CHARACTERS for part in parts)
    assert " ".join(parts).split() == ["word"] * 1000


@given(st.lists(st.text(alphabet="aB .!?,。？ँ\n'\"3", max_size=40), min_size=1, max_size=8))
def test_every_character_is_in_exactly_one_sentence(texts: list[str]) -> None:
    text_index = TextIndex(transcript(*texts))
    results = sentences(text_index)
    assert "".join("".join(sentence.text for sentence in results).split()) == "".join(
        text_index.text.split()
    )
    assert all(sentence.text == text_index.text[sentence.at : sentence.to] for sentence in results)
    assert [sentence.at for sentence in results] == sorted(sentence.at for sentence in results)
    assert all(
        sentence.segment_ids and sentence.start_ms <= sentence.end_ms for sentence in results
    )
