from hypothesis import given
from hypothesis import strategies as st

from mp4totext.writing.grounding import Grounder
from mp4totext.writing.kinds.action_items import ActionEntry, ActionItemsAnswer
from mp4totext.writing.text_index import Script
from tests.support.transcript_builders import transcript

MADE = transcript(
    "We will open the bridge in March.",
    "The costs rose to nine million.",
    "Nobody asked the ferry men.",
    words=True,
)
GROUNDER = Grounder(MADE)


def test_citations_become_ids_and_times() -> None:
    found = GROUNDER.check("It opens soon [s1]. It costs more [s2, s3]. All of it [s1-s3].")
    assert [one.segment_ids for one in found.citations] == [
        ("s1",),
        ("s2", "s3"),
        ("s1", "s2", "s3"),
    ]
    first = found.citations[0]
    assert found.text[first.at : first.to] == "[s1]"
    assert (first.start_ms, first.end_ms) == (MADE.segments[0].start_ms, MADE.segments[0].end_ms)
    assert found.unknown == ()


def test_citations_that_do_not_exist_are_told() -> None:
    found = GROUNDER.check("So they said [s9] [s2-s4]. A link [1] and [sic] are none.")
    assert found.unknown == ("s9", "s4")
    assert [one.segment_ids for one in found.citations] == [("s2", "s3")]


def test_quotes_are_verbatim_or_marked() -> None:
    text = (
        'He said "the costs rose to NINE million" [s2] and “nobody asked … ferry men”,'
        ' not "the costs fell to nine million".'
    )
    found = GROUNDER.check(text)
    assert [one.verbatim for one in found.quotes] == [True, True, False]
    assert found.quotes[0].cited is not None
    assert found.quotes[0].cited.segment_ids == ("s2",)
    assert found.marked == text.replace('fell to nine million"', 'fell to nine million" [?]')


def test_a_quote_over_a_border_is_found_with_its_times() -> None:
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
    found = grounder.check(
        "「会議は三時に始まります、橋の費用」と「会議は四時に始まりますと言った」"
    )
    assert [one.verbatim for one in found.quotes] == [True, False]


def test_structured_answers_lose_ids_that_do_not_exist() -> None:
    entry = ActionEntry(
        task="Open the bridge",
        owner=None,
        due="in March",
        quote="We will close the bridge",
        segment_ids=["s1", "s77"],
    )
    found = GROUNDER.check_answer(ActionItemsAnswer(action_items=[entry]))
    assert found.answer.action_items[0].segment_ids == ["s1"]
    assert found.unknown == ("s77",)
    assert found.not_verbatim == ("We will close the bridge",)


@given(st.data())
def test_any_stretch_of_the_text_is_verbatim(data: st.DataObject) -> None:
    script = Script(MADE)
    at = data.draw(st.integers(0, len(script.text) - 2))
    to = data.draw(st.integers(at + 1, len(script.text)))
    piece = script.text[at:to]
    cited = GROUNDER.find(piece)
    assert (cited is not None) == any(letter.isalnum() for letter in piece)


@given(st.text(alphabet='s123[]-, "“”abc…', max_size=80))
def test_any_text_can_be_checked(text: str) -> None:
    found = GROUNDER.check(text)
    assert len(found.marked) >= len(text)
    known = {one.id for one in MADE.segments}
    assert all(set(one.segment_ids) <= known for one in found.citations)
