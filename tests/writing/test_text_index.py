from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mp4totext.writing.text_index import Script
from tests.support.transcript_builders import MS_A_WORD, transcript


def test_word_times_are_used_where_the_words_make_up_the_text() -> None:
    script = Script(transcript("Good morning to you.", "And to you.", words=True))
    at = script.text.index("morning")
    cited = script.cite(at, at + len("morning"))
    assert (cited.start_ms, cited.end_ms) == (MS_A_WORD, 2 * MS_A_WORD - 50)
    assert cited.segment_ids == ("s1",)


def test_edited_text_falls_back_to_its_share_of_the_segment() -> None:
    made = transcript("one two three four", words=True)
    edited = replace(made.segments[0], text="one two entirely different words")
    script = Script(replace(made, segments=(edited,)))
    at = script.text.index("words")
    cited = script.cite(at, at + 5)
    assert edited.end_ms * 0.75 < cited.start_ms < cited.end_ms == edited.end_ms


def test_a_range_over_a_border_cites_both_segments() -> None:
    script = Script(transcript("It was", "raining."))
    cited = script.cite(0, len(script.text))
    assert cited.segment_ids == ("s1", "s2")


def test_each_character_of_unspaced_script_has_its_own_time() -> None:
    script = Script(transcript("今日は天気がいいです", language="ja"))
    assert script.cite(0, 1).end_ms <= script.cite(5, 6).start_ms


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6), st.data())
def test_any_range_lies_inside_its_segments(texts: list[str], data: st.DataObject) -> None:
    made = transcript(*texts)
    script = Script(made)
    if not script.text:
        return
    at = data.draw(st.integers(0, len(script.text) - 1))
    to = data.draw(st.integers(at + 1, len(script.text)))
    cited = script.cite(at, to)
    segments = [one for one in made.segments if one.id in cited.segment_ids]
    assert segments[0].start_ms <= cited.start_ms <= cited.end_ms <= segments[-1].end_ms
