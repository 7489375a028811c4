import pytest

from mp4totext.providers.speech.base import SpeechResult
from mp4totext.providers.speech.decoding.quality import (
    overlaid,
    quarantined,
    suspicion,
    tiled,
    without_loop,
)
from mp4totext.providers.speech.decoding.result_assembly import assemble_result
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord
from mp4totext.providers.vad import Region
from mp4totext.transcript import Coverage, CoverageKind, Segment, Transcript, problems

SAID = [
    ("Yes.", 400),
    ("No, no, no, no.", 1_500),
    ("It was the best of times. It was the worst of times. It was the age of wisdom.", 6_000),
    ("One two three four five six seven eight nine ten eleven twelve thirteen.", 3_000),
    ("very very very good", 1_500),
    ("客観的実在の判断的知識が成立するのである。", 5_400),
    ("对对对对对对，好的好的好的好的。", 4_000),
    ("哈哈哈哈哈哈哈哈哈哈哈哈", 4_000),
    ("すごーーーーーーーーーーーーい", 4_000),
    ("一共10000000000000元", 6_000),
]

INVENTED = [
    ("Thank you. Thank you. Thank you. Thank you. Thank you. Thank you.", 20_000),
    ("so so so so so so so so", 4_000),
    ("the same as the first one, " * 9, 20_000),
    ("And then we went home and had dinner and talked about the whole day at length.", 700),
    ("あ" * 100, 1_000),
    ("ดูฟังพา" + "แบบนี้เจ้า" * 5, 7_000),
    ("我们今天" + "谢谢观看" * 5, 9_000),
]


@pytest.mark.parametrize(("text", "length_ms"), SAID)
def test_what_people_say_passes(text: str, length_ms: int) -> None:
    assert suspicion(text, length_ms=length_ms) is None


@pytest.mark.parametrize(("text", "length_ms"), INVENTED)
def test_what_nobody_says_is_suspicious(text: str, length_ms: int) -> None:
    assert suspicion(text, length_ms=length_ms)


def test_text_where_hardly_anybody_speaks_is_suspicious() -> None:
    assert suspicion("Thank you for watching.", length_ms=5_000, voiced_ms=100)
    assert suspicion("Thank you for watching.", length_ms=5_000, voiced_ms=3_000) is None


def _segment(n: int, text: str) -> Segment:
    return Segment(id=f"s{n}", start_ms=n * 2_000, end_ms=n * 2_000 + 1_500, text=text)


def test_cleaning_moves_a_hallucination_to_the_coverage_and_still_tiles() -> None:
    texts = ["Good morning.", "like and subscribe " * 6, "Let us begin."]
    segments = tuple(_segment(n, text) for n, text in enumerate(texts))
    whole = (Coverage(start_ms=0, end_ms=6_000, kind=CoverageKind.SPEECH),)
    result = quarantined(SpeechResult(segments=segments, coverage=whole))
    assert [s.text for s in result.segments] == ["Good morning.", "Let us begin."]
    marked = [c for c in result.coverage if c.kind is CoverageKind.QUARANTINED]
    assert [(c.start_ms, c.end_ms, c.text) for c in marked] == [(2_000, 3_500, texts[1])]
    assert not problems(Transcript(duration_ms=6_000, coverage=result.coverage))


def test_the_same_sentence_again_and_again_is_a_loop() -> None:
    segments = tuple(_segment(n, "And that is it.") for n in range(6))
    whole = (Coverage(start_ms=0, end_ms=12_000, kind=CoverageKind.SPEECH),)
    assert len(quarantined(SpeechResult(segments=segments, coverage=whole)).segments) == 3


def _spoken(text: str) -> RawSegment:
    """A text with a word every 200 ms; hyphens are words of their own, as Whisper writes them."""
    words = tuple(
        RawWord(text=word, start_ms=n * 200.0, end_ms=n * 200.0 + 200)
        for n, word in enumerate(text.replace("-", " -").split())
    )
    return RawSegment(text=text, start_ms=0, end_ms=words[-1].end_ms, words=words, language="en")


def test_a_sentence_that_goes_round_at_its_end_keeps_its_beginning() -> None:
    beginning = "The sub-editor noted the temperature of the body, the condition of the body"
    loop = ", the condition of the body" * 3
    raw = _spoken(f"{beginning}{loop}?")
    voice = [Region(0, 5_600)]
    result = assemble_result([raw], start_ms=0, end_ms=5_600, voice=voice)
    (segment,) = result.segments
    assert segment.text == f"{beginning}?"
    assert segment.end_ms == 2_800
    (marked,) = [c for c in result.coverage if c.kind is CoverageKind.QUARANTINED]
    assert (marked.start_ms, marked.end_ms, marked.text) == (2_800, 5_600, f"{loop[2:]}?")
    assert marked.reason == "repeats 'the condition of the body'"


@pytest.mark.parametrize(
    "text",
    [
        "They sung out: tear down the fence, tear down the fence, tear down the fence!",
        "And here are some more words, words, words, words.",
        "No, I said no, I said no, I said no, I said no, and he went away.",
    ],
)
def test_a_phrase_that_people_repeat_stays(text: str) -> None:
    raw = _spoken(text)
    assert without_loop(raw) == [raw]


def test_the_same_short_answer_again_and_again_is_not() -> None:
    segments = tuple(_segment(n, "Yes.") for n in range(6))
    result = SpeechResult(segments=segments, coverage=())
    assert quarantined(result) is result


def test_segments_without_a_voice_under_them_are_moved() -> None:
    segments = (_segment(0, "Good morning."), _segment(1, "Thank you for watching."))
    whole = (Coverage(start_ms=0, end_ms=4_000, kind=CoverageKind.SPEECH),)
    result = quarantined(SpeechResult(segments=segments, coverage=whole), voice=[Region(0, 1_500)])
    assert [s.text for s in result.segments] == ["Good morning."]


def test_tiling_fills_the_gaps() -> None:
    speech = Coverage(start_ms=500, end_ms=900, kind=CoverageKind.SPEECH)
    kinds = [(c.start_ms, c.end_ms, c.kind.value) for c in tiled(100, 1_000, [speech])]
    assert kinds == [(100, 500, "no_speech"), (500, 900, "speech"), (900, 1_000, "no_speech")]
    assert tiled(5, 5, []) == ()


def test_what_is_laid_over_covers_several_stretches() -> None:
    base = tiled(0, 1_000, [Coverage(start_ms=300, end_ms=600, kind=CoverageKind.SPEECH)])
    over = Coverage(start_ms=200, end_ms=700, kind=CoverageKind.FAILED)
    assert [(c.start_ms, c.end_ms) for c in overlaid(base, [over])] == [
        (0, 200),
        (200, 700),
        (700, 1_000),
    ]
