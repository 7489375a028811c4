"""Captions keep all words in order and obey the rules, or report violations."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mp4totext.exports.captions import Cue, build
from mp4totext.exports.presets import DEFAULT, PRESETS, SpeakerMark
from mp4totext.kit import unicode
from mp4totext.transcript import Segment, Speaker, Transcript, Word
from tests.exports.samples import lecture, spoken, transcript
from tests.support.caption_rules import Rule, Violation, check
from tests.support.processor_time import processor_time

STYLES = list(PRESETS.values())


def lines(cues: list[Cue]) -> list[str]:
    return ["|".join(cue.lines) for cue in cues]


def bare(text: str) -> str:
    return "".join(text.split())


def text_of(cues: list[Cue]) -> str:
    return bare("".join("".join(cue.lines)[len(cue.mark) :] for cue in cues))


# --- phrases -------------------------------------------------------------------------------------


def test_lines_break_at_phrases_and_sentences_stay_whole() -> None:
    cues = build(lecture(), DEFAULT)
    assert lines(cues)[:4] == [
        "Good morning, everyone, and welcome",
        "to the second lecture on the history|of writing systems in the Mediterranean.",
        "Today we look|at how the alphabet came to Greece,",
        "and why the letters changed their shape.",
    ]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "She gave him the keys because the car was blocking", "because the car"),
        ("de", "Wir gehen morgen in die Schule weil der Unterricht beginnt", "weil der"),
        ("fr", "Nous partons demain matin pour Paris avec les enfants", "pour Paris"),
        ("tr", "Yarın sabah erkenden yola çıkacağız çünkü yol uzun", "çünkü yol"),
    ],
)
def test_a_line_breaks_before_a_conjunction_or_preposition(
    language: str, text: str, expected: str
) -> None:
    (cue,) = build(transcript(spoken(text), language=language), DEFAULT)
    assert cue.lines[1].startswith(expected)


def test_no_line_ends_in_an_article_when_another_break_fits() -> None:
    text = "they were looking everywhere for the old and very heavy dictionary of the town"
    for cue in build(transcript(spoken(text)), DEFAULT):
        for line in cue.lines:
            assert line.split()[-1] not in {"the", "a", "of", "very", "and"}


def test_a_number_stays_with_its_noun() -> None:
    (cue,) = build(
        transcript(spoken("there were already more than 250 people in room 12")), DEFAULT
    )
    assert "250 people" in "|".join(cue.lines)


# --- scripts -------------------------------------------------------------------------------------


def test_japanese_breaks_at_phrases_within_sixteen_characters() -> None:
    japanese = [cue for cue in build(lecture(), DEFAULT) if cue.start_ms in range(24_000, 33_000)]
    assert lines(japanese) == [
        "今日は「字幕の規則」について、|お話しします。",
        "一行は十六文字までで、|二行を超えません。",
    ]


def test_no_japanese_line_begins_with_a_closing_mark_or_small_kana() -> None:
    text = (
        "ちょっと待ってください、「本当」ですか？そうですよ。きょうはキャッチャーがいっぱいです。"
        * 3
    )
    segment = Segment(id="s1", start_ms=0, end_ms=40_000, text=text)
    for preset in (DEFAULT, PRESETS["social"]):
        for cue in build(transcript(segment, language="ja"), preset):
            for line in cue.lines:
                assert line[0] not in "、。」？ゃゅょっャュョッー"
                assert line[-1] not in "「"


def test_chinese_breaks_at_word_edges_the_recogniser_saw() -> None:
    tokens = ["今天", "我们", "继续", "讨论", "语言", "学习", "方法", "研究", "计划", "安排"]
    words = tuple(
        Word(text=token, start_ms=400 * n, end_ms=400 * n + 400) for n, token in enumerate(tokens)
    )
    segment = Segment(id="s1", start_ms=0, end_ms=4_000, text="".join(tokens), words=words)
    (cue,) = build(transcript(segment, language="zh"), DEFAULT)
    assert len(cue.lines) == 2
    assert unicode.width(cue.lines[0]) % 4 == 0  # two characters a word, two columns a character


def test_thai_without_spaces_is_cut_between_characters_only_when_too_wide() -> None:
    text = "สวัสดีครับทุกคนวันนี้เราจะมาเรียนรู้เกี่ยวกับประวัติศาสตร์ของการเขียนในโลกนี้กันครับ"
    cues = build(transcript(spoken(text, character_ms=90), language="th"), DEFAULT)
    assert text_of(cues) == text
    assert not [v for v in check(cues, DEFAULT) if v.rule is Rule.LINE_WIDTH]
    assert not any(line[0] in "ัิีึืุู่้๊๋์ำ" for cue in cues for line in cue.lines)


def test_combining_characters_stay_with_their_letter() -> None:
    text = " ".join(["e\u0301\u0323a\u0308" * 4] * 12)
    for cue in build(transcript(spoken(text)), PRESETS["social"]):
        assert all(unicode.width(line) <= 24 for line in cue.lines)
        assert all(line[0] in "ea" for line in cue.lines)


# --- speakers ------------------------------------------------------------------------------------


def two_speakers(mark: SpeakerMark, *, speakers: bool = True, name: str = "Grace") -> list[Cue]:
    talk = replace(
        transcript(
            spoken("Where were you yesterday?", speaker="S1"),
            spoken("At home, with my brother.", 2_200, number=2, speaker="S2"),
            spoken("The whole day.", 4_300, number=3, speaker="S2"),
        ),
        speakers=(Speaker(id="S1", name="Ada"), Speaker(id="S2", name=name)),
    )
    return build(talk, replace(DEFAULT, speaker_mark=mark), speakers=speakers)


def test_a_dash_marks_each_change_but_not_the_first_speaker() -> None:
    assert lines(two_speakers(SpeakerMark.DASH)) == [
        "Where were you yesterday?",
        "- At home, with my brother. The whole day.",
    ]


def test_a_name_marks_each_change_and_the_first_speaker() -> None:
    cues = two_speakers(SpeakerMark.NAME)
    assert cues[0].lines == ("Ada: Where were you yesterday?",)
    assert cues[1].lines[0] == "Grace: At home, with my brother."
    assert cues[1].label == "Grace"


def test_a_long_name_is_shortened_visibly() -> None:
    cues = two_speakers(SpeakerMark.NAME, name="Professor Wolfeschlegelsteinhausen")
    assert cues[1].mark == "Professor Wolfe…: "


def test_no_marks_when_switched_off_or_when_one_person_speaks() -> None:
    assert all(not cue.mark for cue in two_speakers(SpeakerMark.DASH, speakers=False))
    assert all(not cue.mark for cue in two_speakers(SpeakerMark.NONE))
    alone = transcript(spoken("Only me.", speaker="S1"))
    assert all(not c.mark for c in build(alone, replace(DEFAULT, speaker_mark=SpeakerMark.NAME)))


def test_a_speaker_change_inside_a_segment_begins_a_new_cue() -> None:
    words = (
        Word(text="Yes.", start_ms=0, end_ms=400, speaker="S1"),
        Word(text="No.", start_ms=450, end_ms=800, speaker="S2"),
    )
    both = Segment(id="s1", start_ms=0, end_ms=800, text="Yes. No.", words=words, speaker="S1")
    assert lines(build(transcript(both), DEFAULT)) == ["Yes.", "- No."]


# --- times ---------------------------------------------------------------------------------------


def test_a_short_cue_stays_for_a_second_when_silence_follows() -> None:
    (cue,) = build(transcript(spoken("Yes.")), DEFAULT)
    assert (cue.start_ms, cue.end_ms) == (0, 1_000)


def test_a_fast_cue_stays_until_it_can_be_read() -> None:
    (cue,) = build(transcript(spoken("This was said much too quickly", character_ms=30)), DEFAULT)
    assert cue.end_ms == 30 * 1000 // 17 + 1


def test_a_cue_does_not_hang_on_longer_than_the_preset_allows() -> None:
    fast = spoken("This sentence was said far too quickly to be read", character_ms=10)
    (cue,) = build(transcript(fast), PRESETS["streaming"])
    assert cue.end_ms == fast.end_ms + 500


def test_a_gap_that_would_flicker_is_closed_to_two_frames() -> None:
    first, second = build(
        transcript(
            spoken("The first one is here.", character_ms=80),
            spoken("The second follows at once.", 2_200, number=2, character_ms=80, speaker="S2"),
        ),
        DEFAULT,
    )
    assert second.start_ms - first.end_ms == DEFAULT.gap_ms


def test_a_long_silence_ends_a_cue() -> None:
    parts = (spoken("One, two"), spoken("three.", 3_000, number=2))
    assert lines(build(transcript(*parts), DEFAULT)) == ["One, two", "three."]


def test_a_word_that_lasts_for_ever_is_shown_for_seven_seconds() -> None:
    word = Word(text="Ommm", start_ms=0, end_ms=60_000)
    segment = Segment(id="s1", start_ms=0, end_ms=60_000, text="Ommm", words=(word,))
    (cue,) = build(transcript(segment), DEFAULT)
    assert cue.end_ms == 7_000


def test_a_segment_without_word_times_is_spread_by_length() -> None:
    segment = Segment(
        id="s1",
        start_ms=10_000,
        end_ms=20_000,
        text="The recogniser gave no times for these words, so every word gets its share.",
    )
    first, second = build(transcript(segment), DEFAULT)
    assert first.start_ms == 10_000
    assert 15_000 < second.start_ms < 17_000
    assert second.end_ms == 20_000


def test_people_who_speak_at_once_get_one_cue_after_another() -> None:
    cues = build(
        transcript(
            spoken("I was just about to say the very same thing.", speaker="S1"),
            spoken("Me too!", 300, number=2, speaker="S2"),
        ),
        DEFAULT,
    )
    assert text_of(cues) == bare("I was just about to say the very same thing. Me too!")
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(cues))


def test_speech_faster_than_reading_is_reported_and_not_dropped() -> None:
    text = " ".join(["unbelievably quick talking"] * 20)
    talk = transcript(spoken(text, character_ms=20), tail_ms=0)
    cues = build(talk, DEFAULT)
    assert text_of(cues) == bare(text)
    found = [v for v in check(cues, DEFAULT) if v.rule is Rule.READING_SPEED]
    assert found
    assert found[0].limit == 1_700
    assert found[0].value > 1_700


# --- the rules themselves ------------------------------------------------------------------------


def cue(*text: str, start: int = 0, end: int = 3_000) -> Cue:
    return Cue(start_ms=start, end_ms=end, lines=text)


@pytest.mark.parametrize(
    ("cues", "expected"),
    [
        ([cue("x" * 43)], (Rule.LINE_WIDTH, 43, 42)),
        ([cue("字" * 17)], (Rule.LINE_WIDTH, 34, 32)),
        ([cue("a", "b", "c")], (Rule.LINES, 3, 2)),
        ([cue("short", end=900)], (Rule.TOO_SHORT, 900, 1_000)),
        ([cue("long", end=7_001)], (Rule.TOO_LONG, 7_001, 7_000)),
        ([cue("x" * 40, end=2_000)], (Rule.READING_SPEED, 2_000, 1_700)),
        ([cue("字" * 12, end=1_200)], (Rule.READING_SPEED, 1_000, 900)),
        ([cue("a"), cue("b", start=3_010, end=5_000)], (Rule.GAP, 10, 84)),
        ([cue("a"), cue("b", start=2_500, end=5_000)], (Rule.OVERLAP, 500, 0)),
        ([cue("")], (Rule.EMPTY, 0, 1)),
    ],
)
def test_each_rule_is_reported_with_its_value(
    cues: list[Cue], expected: tuple[Rule, int, int]
) -> None:
    rule, value, limit = expected
    assert Violation(rule=rule, cue=1, value=value, limit=limit) in check(cues, DEFAULT)


def test_a_good_cue_breaks_no_rule() -> None:
    assert check([cue("A quiet line.")], DEFAULT) == []


def test_normal_speech_breaks_no_rule_of_the_default_preset() -> None:
    text = "We met in a small town near the sea, and we talked until the sun came up again. " * 20
    assert check(build(transcript(spoken(text, character_ms=62)), DEFAULT), DEFAULT) == []


# --- any transcript ------------------------------------------------------------------------------

LATIN = "I a the of and but, said: hello world. Really? yes! 1984 25 -- (so) “quoted” …"
LONG = "Donaudampfschifffahrtsgesellschaft antidisestablishmentarianism https://x.y/?a=b"
WIDE = "日本語の字幕です。 東京、 「はい」 ちょっと 한국어 자막 中文。 MP4を使う"
OTHERS = "مرحبا، السلام عليكم. שלום עולם สวัสดีครับทุกคน e\u0301a\u0308 \u0301 👩‍👩‍👧 🇹🇷 😀!"
ODD = "--> <b> & {\\an8} 12:30 \u202e \u200f \x00 \u2028"
WORDS = st.sampled_from(
    [word for text in (LATIN, LONG, WIDE, OTHERS, ODD) for word in text.split(" ")]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=25).map(" ".join), st.text(max_size=30))


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    segments, at = [], 0
    for number, text in enumerate(draw(st.lists(TEXTS, max_size=6)), 1):
        at += draw(st.integers(0, 3_000))
        pace = draw(st.sampled_from([0, 5, 40, 65, 300]))
        speaker = draw(st.sampled_from([None, "S1", "S2"]))
        segment = spoken(text, at, number=number, speaker=speaker, character_ms=pace)
        if draw(st.booleans()):
            segment = replace(segment, words=())
        segments.append(segment)
        at = draw(st.sampled_from([segment.end_ms, at]))
    return transcript(
        *segments,
        language=draw(st.sampled_from([None, "en", "ja", "ar", "tr"])),
        tail_ms=draw(st.sampled_from([0, 3_000])),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(talk=transcripts(), preset=st.sampled_from(STYLES), speakers=st.booleans())
def test_captions_of_any_transcript(talk: Transcript, preset: object, speakers: bool) -> None:
    assert isinstance(preset, type(DEFAULT))
    cues = build(talk, preset, speakers=speakers)
    assert text_of(cues) == bare("".join(unicode.clean(s.text) for s in talk.segments))
    assert all(c.start_ms < c.end_ms for c in cues)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(cues))
    for violation in check(cues, preset):
        assert violation.rule not in {Rule.OVERLAP, Rule.EMPTY, Rule.LINES, Rule.TOO_LONG}
        if violation.rule is Rule.LINE_WIDTH:
            broken = cues[violation.cue - 1]
            wide = [x for x in broken.lines if unicode.width(x) > violation.limit]
            for line in wide:
                only = line.removeprefix(broken.mark)
                assert " " not in only
                assert not unicode.is_ideographic(only)


def test_ten_thousand_words_take_seconds_not_minutes() -> None:
    text = "the quick brown fox jumps over the lazy dog, and then it sleeps. " * 770
    with processor_time() as spent:
        cues = build(transcript(spoken(text)), DEFAULT)
    assert spent.s < 60
    assert text_of(cues) == bare(text)


def test_an_empty_transcript_has_no_cues() -> None:
    assert build(Transcript(duration_ms=0), DEFAULT) == []
    assert build(transcript(spoken("")), DEFAULT) == []
