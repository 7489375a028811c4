from hypothesis import given
from hypothesis import strategies as st

from mp4totext.writing.grounding import Grounder
from mp4totext.writing.kinds.action_items import ActionEntry, ActionItemsAnswer
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import transcript

SAMPLE = transcript(
    "We will open the bridge in March.",
    "The costs rose to nine million.",
    "Nobody asked the ferry men.",
    words=True,
)
GROUNDER = Grounder(SAMPLE)


def test_citations_become_ids_and_times() -> None:
    checked = GROUNDER.check("It opens soon [s1]. It costs more [s2, s3]. All of it [s1-s3].")
    assert [citation.segment_ids for citation in checked.citations] == [
        ("s1",),
        ("s2", "s3"),
        ("s1", "s2", "s3"),
    ]
    first = checked.citations[0]
    assert checked.text[first.at : first.to] == "[s1]"
    assert (first.start_ms, first.end_ms) == (
        SAMPLE.segments[0].start_ms,
        SAMPLE.segments[0].end_ms,
    )
    assert checked.unknown == ()


def test_citations_that_do_not_exist_are_reported() -> None:
    checked = GROUNDER.check("So they said [s9] [s2-s4]. A link [1] and [sic] are none.")
    assert checked.unknown == ("s9", "s4")
    assert [citation.segment_ids for citation in checked.citations] == [("s2", "s3")]


def test_quotes_are_verbatim_or_marked() -> None:
    text = (
        'He said "the costs rose to NINE million" [s2] and “nobody asked … ferry men”,'
        ' not "the costs fell to nine million".'
    )
    checked = GROUNDER.check(text)
    assert [quote.verbatim for quote in checked.quotes] == [True, True, False]
    assert checked.quotes[0].cited is not None
    assert checked.quotes[0].cited.segment_ids == ("s2",)
    assert checked.marked == text.replace('fell to nine million"', 'fell to nine million" [?]')


def test_a_quote_over_a_segment_border_is_found() -> None:
    cited = GROUNDER.find("nine million. Nobody asked")
    assert cited is not None
    assert cited.segment_ids == ("s2", "s3")


def test_terms_in_quotation_marks_are_not_quotes() -> None:
    assert GROUNDER.check('They call it "the bridge".').quotes == ()


def test_other_scripts() -> None:
    grounder = Grounder(
        transcript("会議は三時に始まります。", "橋の費用は高いです。", language="ja")
    )
    assert grounder.find("橋の費用は高い") is not None
    checked = grounder.check(
        "「会議は三時に始まります、橋の費用」と「会議は四時に始まりますと言った」"
    )
    assert [quote.verbatim for quote in checked.quotes] == [True, False]


def test_structured_answers_lose_ids_that_do_not_exist() -> None:
    entry = ActionEntry(
        task="Open the bridge",
        owner=None,
        due="in March",
        quote="We will close the bridge",
        segment_ids=["s1", "s77"],
    )
    checked = GROUNDER.check_answer(ActionItemsAnswer(action_items=[entry]))
    assert checked.answer.action_items[0].segment_ids == ["s1"]
    assert checked.unknown == ("s77",)
    assert checked.not_verbatim == ("We will close the bridge",)


@given(st.data())
def test_any_range_of_the_text_is_verbatim(data: st.DataObject) -> None:
    text_index = TextIndex(SAMPLE)
    at = data.draw(st.integers(0, len(text_index.text) - 2))
    to = data.draw(st.integers(at + 1, len(text_index.text)))
    piece = text_index.text[at:to]
    cited = GROUNDER.find(piece)
    assert (cited is not None) == any(letter.isalnum() for letter in piece)


@given(st.text(alphabet='s123[]-, "“”abc…', max_size=80))
def test_any_text_can_be_checked(text: str) -> None:
    checked = GROUNDER.check(text)
    assert len(checked.marked) >= len(text)
    known = {segment.id for segment in SAMPLE.segments}
    assert all(set(citation.segment_ids) <= known for citation in checked.citations)
