"""Conversion of Chinese to the requested script."""

import pytest

from mp4totext.transcript import Coverage, CoverageKind, Segment, Word
from mp4totext.writing import chinese
from mp4totext.writing.extractive.action_items import action_items
from mp4totext.writing.extractive.chapters import chapters
from mp4totext.writing.grounding import Grounder
from mp4totext.writing.kinds.questions import QuestionsOptions
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import transcript


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
    (result,) = chinese.written_segments([segment], requested="zh-Hant", detected="zh")
    assert result.text == "頭髮發現 Microsoft。"
    assert [word.text for word in result.words] == ["頭", "髮", "發", "現", "Microsoft", "。"]
    assert [word.start_ms for word in result.words] == [word.start_ms for word in words]
    assert result.language == "zh-Hant"


@pytest.mark.parametrize("tag", ["zh", "yue"])
def test_chinese_has_full_width_marks_and_numbers_keep_theirs(tag: str) -> None:
    spoken = ("在", "门户中,", "Microsoft,", "可以", "花", "1,000", "元:", "对吗?", "OK,", "yes!")
    words = tuple(
        Word(text=text, start_ms=n * 100, end_ms=n * 100 + 90) for n, text in enumerate(spoken)
    )
    segment = Segment(
        id="s1",
        start_ms=0,
        end_ms=990,
        text="在门户中,Microsoft,可以花1,000元:对吗?OK, yes!",
        words=words,
        language=tag,
    )
    (result,) = chinese.written_segments([segment], requested=None, detected=tag)
    assert result.text == "在门户中，Microsoft，可以花1,000元：对吗？OK, yes!"
    assert [w.text for w in result.words[1:3]] == ["门户中，", "Microsoft，"]
    assert [w.text for w in result.words[5:]] == ["1,000", "元：", "对吗？", "OK,", "yes!"]


def test_words_that_are_not_in_the_text_are_converted_alone() -> None:
    word = Word(text="發", start_ms=0, end_ms=90)
    segment = Segment(id="s1", start_ms=0, end_ms=90, text="edited", words=(word,))
    (result,) = chinese.written_segments([segment], requested=None, detected="zh")
    assert (result.text, result.words[0].text, result.language) == ("edited", "发", None)


def test_other_languages_of_a_recording_stay() -> None:
    segments = [
        Segment(id="s1", start_ms=0, end_ms=1, text="発見した髮", language="ja"),
        Segment(id="s2", start_ms=1, end_ms=2, text="發現", language="zh"),
    ]
    japanese, mandarin = chinese.written_segments(segments, requested=None, detected="ja")
    assert japanese == segments[0]
    assert (mandarin.text, mandarin.language) == ("发现", "zh")


def test_what_was_left_out_is_written_alike() -> None:
    left_out = Coverage(start_ms=0, end_ms=1, kind=CoverageKind.QUARANTINED, text="发现发现")
    silent = Coverage(start_ms=1, end_ms=2, kind=CoverageKind.NO_SPEECH)
    result = chinese.written_coverage([left_out, silent], requested="zh-Hant", detected="zh")
    assert [stretch.text for stretch in result] == ["發現發現", None]


TALK = transcript(
    *(
        f"这个面包的面团要揉{n}分钟，然后放进烤箱里烤到外皮变硬。烤箱里的面包要趁热切开。"
        for n in range(1, 31)
    ),
    *(
        f"卫星在轨道上绕地球转{n}圈，轨道越高速度越慢。地球的引力让卫星留在轨道上。"
        for n in range(1, 31)
    ),
    "我会在星期五之前把合约发给你。",
    language="zh-Hans",
)
TRADITIONAL = chinese.written_transcript(TALK, "zh-Hant")


def test_a_transcript_in_other_characters_keeps_all_else() -> None:
    assert TRADITIONAL.language == "zh-Hant"
    assert TRADITIONAL.segments[0].text.startswith("這個麪包的麪糰要揉")
    assert [(s.id, s.start_ms) for s in TRADITIONAL.segments] == [
        (s.id, s.start_ms) for s in TALK.segments
    ]
    assert chinese.written_transcript(TRADITIONAL, "zh-Hans") == TALK
    assert chinese.written_transcript(TALK, "de") is TALK
    german = transcript("Guten Tag.", language="de")
    assert chinese.written_transcript(german, "zh-Hant") == german


def test_chapters_and_tasks_are_the_same_in_both_scripts() -> None:
    spoken, converted = (sentences(TextIndex(made)) for made in (TALK, TRADITIONAL))
    starts = [chapter.segment_ids[0] for chapter in chapters(spoken)]
    assert starts == [chapter.segment_ids[0] for chapter in chapters(converted)] == ["s1", "s31"]
    assert "衛星" in chapters(converted)[1].summary
    (task,) = action_items(converted)
    assert (task.text, task.due) == ("我會在星期五之前把合約發給你。", "在星期五之前")


def test_a_quote_is_found_in_a_recording_in_the_other_script() -> None:
    text = "他們說「軌道越高速度越慢。地球的引力讓衛星留在軌道上」。"
    (quote,) = Grounder(TALK).check(text).quotes
    assert quote.verbatim
    japanese = transcript("軌道越高速度越慢。地球的引力让卫星留在轨道上", language="ja")
    assert not Grounder(japanese).check(text).quotes[0].verbatim


def test_a_question_is_answered_in_the_script_of_the_recording() -> None:
    options = QuestionsOptions(questions=["卫星在哪里转？"])
    assert "衛星在軌道上" in options.write_locally(TRADITIONAL).text
