import pytest

from mp4totext.providers.speech.decoding.span_texts import as_one_text
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord


def _spans(*texts: str, pause_ms: int, language: str = "en") -> list[RawSegment]:
    """Texts with a word every 200 ms, and a pause after each text."""
    spans: list[RawSegment] = []
    at_ms = 0.0
    for text in texts:
        words = tuple(
            RawWord(text=word, start_ms=at_ms + n * 200, end_ms=at_ms + n * 200 + 200)
            for n, word in enumerate(text.split())
        )
        end_ms = at_ms + 200 * len(words)
        spans.append(
            RawSegment(text=text, start_ms=at_ms, end_ms=end_ms, words=words, language=language)
        )
        at_ms = end_ms + pause_ms
    return spans


def _read(spans: list[RawSegment], *, begins: bool = True) -> str:
    fitted = as_one_text(spans, begins=begins)
    for span in fitted:
        assert " ".join(word.text for word in span.words) == span.text
    return " ".join(span.text for span in fitted)


@pytest.mark.parametrize(
    ("texts", "pause_ms", "text"),
    [
        (("As to symptoms.", "and time of food."), 300, "As to symptoms and time of food."),
        (("At five p.m.", "on Monday."), 300, "At five p.m. on Monday."),
        (("Ask Mr.", "von Hale."), 300, "Ask Mr. von Hale."),
        (("Wait...", "what is it?"), 300, "Wait... what is it?"),
        (("That is it.", "and then we went."), 900, "That is it. And then we went."),
        (("The iPod.", "iPhone is next."), 900, "The iPod. iPhone is next."),
        (("He was a shop-boy", "We know."), 1_500, "He was a shop-boy. We know."),
        (("It is in New", "York."), 300, "It is in New York."),
        (("so the few of you", "and me."), 300, "So the few of you and me."),
    ],
)
def test_spans_read_as_one_text(texts: tuple[str, ...], pause_ms: int, text: str) -> None:
    assert _read(_spans(*texts, pause_ms=pause_ms)) == text


@pytest.mark.parametrize(
    ("language", "said", "written"),
    [
        ("tr", "iyi.", "İyi."),
        ("ka", "დიახ.", "დიახ."),
        ("zh", "好的。", "好的。"),
        ("nl", "ja.", "Ja."),
    ],
)
def test_a_recording_begins_with_a_capital_of_its_language(
    language: str, said: str, written: str
) -> None:
    assert _read(_spans(said, pause_ms=0, language=language)) == written


def test_what_is_no_text_of_the_recording_or_not_its_beginning_stays() -> None:
    assert _read(_spans("and so on.", pause_ms=0), begins=False) == "and so on."
    (english,) = _spans("He left.", pause_ms=0)
    (german,) = _spans("und ging.", pause_ms=0, language="de")
    assert _read([english, german]) == "He left. und ging."
