import pytest

from mp4totext.writing.extractive.self_contained import DEPENDENT, QUESTION, UNFINISHED, weight
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import transcript


def weight_of(text: str, language: str = "en") -> float:
    (sentence,) = sentences(TextIndex(transcript(text, language=language)))
    return weight(sentence)


@pytest.mark.parametrize(
    "text",
    [
        "And so the bridge was closed.",
        "For this, the keeper was paid.",
        "He had the control of the poor box.",
        "In the latter duties he was, however, supervised by three auditors.",
        "Besides this, the families were no longer admitted.",
        "The latter was never built.",
    ],
)
def test_sentences_that_refer_back_weigh_less(text: str) -> None:
    assert weight_of(text) == DEPENDENT


@pytest.mark.parametrize(
    "text",
    [
        "The bridge was closed in March.",
        "Andrew asked for the letters.",
        "Heat the oven with a tray of water inside.",
        "In November the boiler broke.",
        "I will send the recipe to Maria by Friday.",
        "Forty minutes later the bread is done.",
    ],
)
def test_self_contained_sentences_keep_their_weight(text: str) -> None:
    assert weight_of(text) == 1


def test_questions_fragments_and_long_sentences_weigh_less() -> None:
    assert weight_of("Where does the bridge stand?") == QUESTION
    assert weight_of("the bridge was closed and") == UNFINISHED
    assert weight_of(f"The bridge {'and the road ' * 30}was closed.") < 0.5


def test_english_words_do_not_count_in_other_languages() -> None:
    assert weight_of("So war das nicht gemeint.", language="de") == 1
    assert weight_of("¿Dónde está el puente?", language="es") == QUESTION
