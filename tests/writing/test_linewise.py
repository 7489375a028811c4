from hypothesis import given
from hypothesis import strategies as st

from mp4totext.writing.linewise import read_lines


def test_lines_are_read_by_their_ids() -> None:
    answer = read_lines(
        "[s1] Hello.\n[s2 0:00:04 Anna] How\nare you?\n[s3] -", expected=["s1", "s2", "s3"]
    )
    assert answer.texts == {"s1": "Hello.", "s2": "How are you?", "s3": ""}
    assert answer.missing == ()
    assert answer.unknown == ()


def test_missing_and_unknown_lines_are_reported() -> None:
    answer = read_lines("Sure!\n[s1] Hello.\n[s7] More.\n[s3]", expected=["s1", "s2", "s3"])
    assert answer.texts == {"s1": "Hello."}
    assert answer.missing == ("s2", "s3")
    assert answer.unknown == ("s7",)


def test_a_segment_answered_twice_is_joined() -> None:
    assert read_lines("[s1] One.\n[s1] Two.", expected=["s1", "s1"]).texts == {"s1": "One. Two."}


@given(st.lists(st.text(alphabet="ab c", min_size=1).map(str.strip).filter(bool), max_size=9))
def test_written_lines_are_read_back(texts: list[str]) -> None:
    ids = [f"s{number}" for number in range(1, len(texts) + 1)]
    answer = "\n".join(f"[{key}] {text}" for key, text in zip(ids, texts, strict=True))
    assert list(read_lines(answer, expected=ids).texts.values()) == texts
