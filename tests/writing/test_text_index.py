from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import MS_A_WORD, transcript


def test_word_times_are_used_where_the_words_make_up_the_text() -> None:
    text_index = TextIndex(transcript("Good morning to you.", "And to you.", words=True))
    at = text_index.text.index("morning")
    cited = text_index.cite(at, at + len("morning"))
    assert (cited.start_ms, cited.end_ms) == (MS_A_WORD, 2 * MS_A_WORD - 50)
    assert cited.segment_ids == ("s1",)


def test_edited_text_gets_times_by_its_share_of_the_segment() -> None:
    sample = transcript("one two three four", words=True)
    edited = replace(sample.segments[0], text="one two entirely different words")
    text_index = TextIndex(replace(sample, segments=(edited,)))
    at = text_index.text.index("words")
    cited = text_index.cite(at, at + 5)
    assert edited.end_ms * 0.75 < cited.start_ms < cited.end_ms == edited.end_ms


def test_a_range_over_a_border_cites_both_segments() -> None:
    text_index = TextIndex(transcript("It was", "raining."))
    cited = text_index.cite(0, len(text_index.text))
    assert cited.segment_ids == ("s1", "s2")


def test_each_character_of_unspaced_script_has_its_own_time() -> None:
    text_index = TextIndex(transcript("今日は天気がいいです", language="ja"))
    assert text_index.cite(0, 1).end_ms <= text_index.cite(5, 6).start_ms


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6), st.data())
def test_any_range_is_inside_its_segments(texts: list[str], data: st.DataObject) -> None:
    sample = transcript(*texts)
    text_index = TextIndex(sample)
    if not text_index.text:
        return
    at = data.draw(st.integers(0, len(text_index.text) - 1))
    to = data.draw(st.integers(at + 1, len(text_index.text)))
    cited = text_index.cite(at, to)
    segments = [segment for segment in sample.segments if segment.id in cited.segment_ids]
    assert segments[0].start_ms <= cited.start_ms <= cited.end_ms <= segments[-1].end_ms
