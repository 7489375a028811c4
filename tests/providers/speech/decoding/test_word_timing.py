"""1,000 random answers: ordered, inside, no lost text."""

from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from mp4totext.providers.speech.decoding.word_timing import (
    RawSegment,
    RawWord,
    timed_segments,
    timed_words,
)
from mp4totext.transcript import Transcript, problems

START, END = 60_000, 90_000

CHARACTERS = "abcdeÄß 7,.!?-'\"、。你好 مرحبا"


def random_time(random: Random) -> float | None:
    kinds = (None, random.uniform(START - 50_000, END + 50_000), random.randint(START, END), -1.0)
    return random.choice(kinds)


def random_text(random: Random) -> str:
    return "".join(random.choices(CHARACTERS, k=random.randint(0, 12)))


def random_word(random: Random) -> RawWord:
    return RawWord(
        text=random_text(random),
        start_ms=random_time(random),
        end_ms=random_time(random),
        confidence=random_time(random),
    )


def random_segment(random: Random) -> RawSegment:
    words = [random_word(random) for _ in range(random.randint(0, 12))]
    joined = random.choice((" ", "")).join(word.text for word in words)
    kept = [word for word in words if random.random() < 0.5]
    return RawSegment(
        text=random.choice((joined, random_text(random), joined + "!")),
        start_ms=random_time(random),
        end_ms=random_time(random),
        words=tuple(random.choice((words, kept, []))),
        speaker=random.choice((None, "A")),
    )


def squeezed(text: str) -> str:
    return "".join(text.split())


# Seeds instead of built strategies: a thousand whole answers in two seconds, and each repeatable.
seeds = st.integers(0, 2**32)


@settings(max_examples=1_000, deadline=None)
@given(seeds)
def test_random_answers_are_ordered_inside_and_lose_no_text(seed: int) -> None:
    random = Random(seed)
    raw_segments = [random_segment(random) for _ in range(random.randint(0, 6))]
    segments = timed_segments(raw_segments, start_ms=START, end_ms=END)
    assert problems(Transcript(duration_ms=END, segments=segments)) == []
    assert all(START <= s.start_ms <= s.end_ms <= END for s in segments)
    expected = squeezed("".join(raw.text for raw in raw_segments))
    assert squeezed("".join(s.text for s in segments)) == expected
    assert squeezed("".join(w.text for s in segments for w in s.words)) == expected


@settings(max_examples=1_000, deadline=None)
@given(seeds)
def test_words_never_run_backwards(seed: int) -> None:
    random = Random(seed)
    words = [random_word(random) for _ in range(random.randint(0, 40))]
    timed = timed_words(words, start_ms=START, end_ms=END)
    assert [word.text for word in timed] == [word.text for word in words]
    for before, after in pairwise(timed):
        assert START <= before.start_ms <= before.end_ms <= after.start_ms <= END


def raw_words(*given: tuple[str, float | None, float | None]) -> tuple[RawWord, ...]:
    return tuple(RawWord(text=t, start_ms=a, end_ms=b) for t, a, b in given)


def test_good_times_are_kept_as_they_are() -> None:
    timed = timed_words(raw_words(("a", 10, 20), ("b", 30, 45)), start_ms=0, end_ms=100)
    assert [(w.start_ms, w.end_ms, w.estimated) for w in timed] == [
        (10, 20, False),
        (30, 45, False),
    ]


def test_a_numeral_without_times_gets_a_flagged_one_between_its_neighbours() -> None:
    given_words = raw_words(("paid", 1_000, 1_300), ("$1,250", None, None), ("now", 2_000, 2_200))
    (segment,) = timed_segments(
        [RawSegment(text="paid $1,250 now.", words=given_words)], start_ms=0, end_ms=5_000
    )
    paid, numeral, now = segment.words
    assert (paid.estimated, numeral.estimated, now.estimated) == (False, True, False)
    assert paid.end_ms <= numeral.start_ms < numeral.end_ms <= now.start_ms
    assert now.text == "now."


def test_one_wild_time_does_not_move_the_others() -> None:
    given_words = raw_words(("a", 100, 200), ("b", 9_000, 9_100), ("c", 300, 400), ("d", 500, 600))
    timed = timed_words(given_words, start_ms=0, end_ms=10_000)
    assert [w.estimated for w in timed] == [False, True, False, False]
    assert 200 <= timed[1].start_ms <= 300


def test_punctuation_of_the_text_comes_back_to_the_words() -> None:
    given_words = raw_words(("Hello", 0, 300), ("world", 300, 700), ("Bye", 2_000, 2_200))
    segments = timed_segments(
        [RawSegment(text="Hello, world! «Bye.»", words=given_words)], start_ms=0, end_ms=3_000
    )
    assert [w.text for s in segments for w in s.words] == ["Hello,", "world!", "«Bye.»"]
    assert [s.text for s in segments] == ["Hello, world!", "«Bye.»"]


def test_a_script_without_spaces_keeps_its_text() -> None:
    given_words = raw_words(("你", 0, 100), ("好", 100, 200), ("世界", 200, 500))
    (segment,) = timed_segments(
        [RawSegment(text="你好，世界。", words=given_words)], start_ms=0, end_ms=900
    )
    assert segment.text == "你好，世界。"
    assert [w.text for w in segment.words] == ["你", "好，", "世界。"]


def test_speakers_split_a_stretch() -> None:
    given_words = (
        RawWord(text="Yes", start_ms=0, end_ms=100, speaker="A"),
        RawWord(text="no", start_ms=200, end_ms=300, speaker="B"),
    )
    segments = timed_segments(
        [RawSegment(text="Yes no", words=given_words)], start_ms=0, end_ms=900
    )
    assert [(s.speaker, s.text) for s in segments] == [("A", "Yes"), ("B", "no")]


def test_ten_thousand_words_take_no_time() -> None:
    many = [RawWord(text=f"w{n}", start_ms=float(n * 7 % 5_000)) for n in range(10_000)]
    assert len(timed_words(many, start_ms=0, end_ms=70_000)) == 10_000
