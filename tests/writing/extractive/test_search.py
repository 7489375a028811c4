import pytest

from mp4totext.writing.extractive.search import passages
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import TOPICS, talk, transcript

QUESTIONS = (
    ("How long does the bread bake?", "forty minutes"),
    ("Which evidence did the plumber give?", "boiler had been broken"),
    ("Why do storks avoid the sea?", "no warm air rises"),
    ("How often does the space station circle the planet?", "every ninety minutes"),
    ("What does a nest weigh?", "half a ton"),
    ("How high are television satellites?", "thirty six thousand kilometres"),
    ("What has the tenant to pay?", "third of the rent"),
    ("Why can warm bread not be sliced?", "cannot be sliced"),
    ("What shows where a stork is?", "transmitters"),
    ("When do the chicks hatch?", "in May"),
)


def test_the_first_passage_holds_the_answer() -> None:
    spoken = sentences(TextIndex(talk(*TOPICS)[0]))
    hits = [
        answer in passages(spoken, question, language="en", limit=1)[0].text
        for question, answer in QUESTIONS
    ]
    assert sum(hits) >= 9


def test_passages_are_ranked_distinct_and_cited() -> None:
    sample = talk(*TOPICS)[0]
    results = passages(sentences(TextIndex(sample)), "the landlord and the tenant", language="en")
    assert [passage.rank for passage in results] == list(range(1, len(results) + 1))
    assert [passage.score for passage in results] == sorted(
        (passage.score for passage in results), reverse=True
    )
    cited = [key for passage in results for key in passage.segment_ids]
    assert len(cited) == len(set(cited))
    by_id = {segment.id: segment for segment in sample.segments}
    for passage in results:
        assert passage.start_ms == by_id[passage.segment_ids[0]].start_ms
        assert all(by_id[key].text in passage.text for key in passage.segment_ids)
        assert passage.matched


@pytest.mark.parametrize(
    ("language", "texts", "question", "answer"),
    [
        ("ja", ("会議は三時に始まります。", "橋の費用は三億円です。"), "橋の費用はいくらですか", 1),
        ("zh", ("会议三点开始。", "桥梁的费用很高。"), "桥梁费用", 1),
        ("ar", ("يبدأ الاجتماع غدا.", "تكلفة الجسر عالية."), "ما تكلفة الجسر؟", 1),
        ("tr", ("Toplantı üçte başlıyor.", "Köprünün maliyeti yüksek."), "maliyeti nedir", 1),
    ],
)
def test_other_languages(language: str, texts: tuple[str, ...], question: str, answer: int) -> None:
    spoken = sentences(TextIndex(transcript(*texts, language=language)))
    assert texts[answer] in passages(spoken, question, language=language, limit=1)[0].text


def test_a_question_without_a_matching_word_finds_nothing() -> None:
    spoken = sentences(TextIndex(talk("bread")[0]))
    assert passages(spoken, "cryptocurrency regulation", language="en") == ()
    assert passages((), "bread", language="en") == ()
    assert passages(spoken, "", language="en") == ()
