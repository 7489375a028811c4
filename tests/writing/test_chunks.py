"""Chunks of a transcript: whole segments, a few sentences each."""

from mp4totext.writing.chunks import CHUNK_BYTES, chunks
from tests.support.transcript_builders import transcript

LONG = "a sentence of some forty characters here"


def ids(*texts: str, speakers: list[str | None] | None = None) -> list[tuple[str, ...]]:
    return [chunk.segment_ids for chunk in chunks(transcript(*texts, speakers=speakers).segments)]


def test_segments_are_joined_to_a_few_sentences() -> None:
    assert ids(*[LONG] * 8) == [tuple(f"s{n}" for n in range(1, 7)), ("s7", "s8")]
    assert ids(LONG * 20, "Yes.") == [("s1",), ("s2",)]
    assert ids() == []


def test_a_letter_of_chinese_counts_for_three() -> None:
    assert ids("预" * (CHUNK_BYTES // 3), "算") == [("s1",), ("s2",)]


def test_a_turn_ends_a_chunk_unless_it_is_short() -> None:
    speakers: list[str | None] = ["a", "b", "a", "b"]
    assert ids("Is it new?", "Yes.", LONG * 3, "No.", speakers=speakers) == [
        ("s1", "s2", "s3"),
        ("s4",),
    ]


def test_what_has_no_text_is_in_no_chunk() -> None:
    (chunk,) = chunks(transcript("One.", " ", "Two.").segments)
    assert (chunk.segment_ids, chunk.text) == (("s1", "s3"), "One. Two.")


def test_sentences_are_joined_as_their_script_is_written() -> None:
    (chinese,) = chunks(transcript("今天开会。", "下午休息。").segments)
    assert chinese.text == "今天开会。下午休息。"
    (thai,) = chunks(transcript("วันนี้ประชุม", "พรุ่งนี้หยุด").segments)
    assert thai.text == "วันนี้ประชุม พรุ่งนี้หยุด"


def test_the_digest_is_that_of_the_text() -> None:
    first, second, other = (chunks(transcript(text).segments)[0] for text in ("A", "A", "B"))
    assert first.digest == second.digest != other.digest
