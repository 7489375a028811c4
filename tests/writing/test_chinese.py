"""Chinese in the characters that were asked for."""

import pytest

from mp4totext.transcript import Coverage, CoverageKind, Segment, Word
from mp4totext.writing import chinese


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("zh", "头发后来在里面发现"),
        ("zh-CN", "头发后来在里面发现"),
        ("zh-Hans-HK", "头发后来在里面发现"),
        ("cmn", "头发后来在里面发现"),
        ("zh-Hant", "頭髮後來在裏面發現"),
        ("zh-Hant-CN", "頭髮後來在裏面發現"),
        ("zh-TW", "頭髮後來在裡面發現"),
        ("zh-Hant-TW", "頭髮後來在裡面發現"),
        ("zh-HK", "頭髮後來在裏面發現"),
        ("yue-Hans", "头发后来在里面发现"),
    ],
)
def test_a_mixed_text_comes_out_as_its_tag_asks(tag: str, text: str) -> None:
    assert chinese.written("头髮后來在里面發现", tag) == text


@pytest.mark.parametrize("tag", ["yue", "ja", "en", "ko-KR", "lzh", None, ""])
def test_what_asks_for_no_script_stays(tag: str | None) -> None:
    assert chinese.written("頭髮と发现", tag) == "頭髮と发现"


def test_words_are_those_of_the_text_at_their_times() -> None:
    spoken = ("头", "发", "发", "现", "Microsoft", "。")
    words = tuple(
        Word(text=text, start_ms=n * 100, end_ms=n * 100 + 90) for n, text in enumerate(spoken)
    )
    segment = Segment(
        id="s1", start_ms=0, end_ms=600, text="头发发现 Microsoft。", words=words, language="zh"
    )
    (result,) = chinese.written_segments([segment], asked="zh-Hant", detected="zh")
    assert result.text == "頭髮發現 Microsoft。"
    assert [word.text for word in result.words] == ["頭", "髮", "發", "現", "Microsoft", "。"]
    assert [word.start_ms for word in result.words] == [word.start_ms for word in words]
    assert result.language == "zh-Hant"


def test_words_that_are_not_in_the_text_are_converted_alone() -> None:
    word = Word(text="發", start_ms=0, end_ms=90)
    segment = Segment(id="s1", start_ms=0, end_ms=90, text="edited", words=(word,))
    (result,) = chinese.written_segments([segment], asked=None, detected="zh")
    assert (result.text, result.words[0].text, result.language) == ("edited", "发", None)


def test_other_languages_of_a_recording_stay() -> None:
    segments = [
        Segment(id="s1", start_ms=0, end_ms=1, text="発見した髮", language="ja"),
        Segment(id="s2", start_ms=1, end_ms=2, text="發現", language="zh"),
    ]
    japanese, mandarin = chinese.written_segments(segments, asked=None, detected="ja")
    assert japanese == segments[0]
    assert (mandarin.text, mandarin.language) == ("发现", "zh")


def test_what_was_left_out_is_written_alike() -> None:
    left_out = Coverage(start_ms=0, end_ms=1, kind=CoverageKind.QUARANTINED, text="发现发现")
    silent = Coverage(start_ms=1, end_ms=2, kind=CoverageKind.NO_SPEECH)
    result = chinese.written_coverage([left_out, silent], asked="zh-Hant", detected="zh")
    assert [stretch.text for stretch in result] == ["發現發現", None]
