"""Two engines together; each is one that a test tells what to find."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from mp4totext.providers.base import SAMPLE_RATE, Report, no_report
from mp4totext.providers.speech import combined
from mp4totext.providers.speech.base import Quality, SpeechOptions, SpeechRequest, SpeechResult
from mp4totext.providers.speech.combined import Combined
from mp4totext.providers.speech.decoding import quality
from mp4totext.transcript import Coverage, CoverageKind, Segment, Transcript, Word, problems

LENGTH_MS = 40_000


@dataclass
class Engine:
    """Finds the segments that lie in the window it is given."""

    segments: tuple[Segment, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    model: str = "m"
    requests: list[SpeechRequest] = field(default_factory=list)
    is_loaded: bool = False
    calls: int = 0  # of several requests together

    def load_for(self, options: SpeechOptions) -> None:
        self.is_loaded = True

    def transcribe_together(
        self, requests: Sequence[SpeechRequest], report: Report
    ) -> list[SpeechResult]:
        self.calls += 1
        report(sum(len(request.samples) * 1_000 // SAMPLE_RATE for request in requests))
        return [self.transcribe(request, no_report) for request in requests]

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult:
        self.requests.append(request)
        start_ms = request.offset_ms
        end_ms = start_ms + len(request.samples) * 1_000 // SAMPLE_RATE
        report(end_ms - start_ms)
        found = tuple(s for s in self.segments if start_ms <= s.start_ms and s.end_ms <= end_ms)
        stretches = [c for c in self.coverage if start_ms <= c.start_ms and c.end_ms <= end_ms] or [
            Coverage(start_ms=s.start_ms, end_ms=s.end_ms, kind=CoverageKind.SPEECH) for s in found
        ]
        return SpeechResult(
            segments=found,
            coverage=quality.tiled(start_ms, end_ms, stretches),
            language=found[0].language if found else None,
            model=self.model,
        )


def segment(start_ms: int, text: str, sure: float = 0.95, language: str = "en") -> Segment:
    words = tuple(
        Word(
            text=word,
            start_ms=start_ms + 300 * n,
            end_ms=start_ms + 300 * n + 280,
            confidence=sure,
        )
        for n, word in enumerate(text.split())
    )
    return Segment(
        id="s1",
        start_ms=start_ms,
        end_ms=words[-1].end_ms,
        text=text,
        words=words,
        confidence=sure,
        language=language,
    )


def quarantined(start_ms: int, end_ms: int) -> Coverage:
    return Coverage(
        start_ms=start_ms, end_ms=end_ms, kind=CoverageKind.QUARANTINED, text="?", reason="?"
    )


def run(
    quick: Engine, accurate: Engine, wanted: Quality | None = None, **options: object
) -> SpeechResult:
    request = SpeechRequest(
        samples=np.zeros(LENGTH_MS * SAMPLE_RATE // 1_000, np.float32),
        options=replace(SpeechOptions(quality=wanted), **options),  # type: ignore[arg-type]
    )
    result = Combined(quick, accurate).transcribe(request, no_report)
    transcript = Transcript(
        duration_ms=LENGTH_MS, segments=result.segments, coverage=result.coverage
    )
    assert problems(transcript) == []
    return result


EASY = segment(1_000, "This is quite easy to hear, and so is this.")
HARD = segment(20_000, "Sum thing hard.", sure=0.5)
RIGHT = segment(20_000, "Something hard.", sure=0.9)


def texts(result: SpeechResult) -> list[str]:
    return [found.text for found in result.segments]


def test_balanced_transcribes_again_what_the_quick_engine_doubts() -> None:
    accurate = Engine((EASY, RIGHT), model="base")
    result = run(Engine((EASY, HARD), model="tiny"), accurate)
    assert texts(result) == [EASY.text, "Something hard."]
    (again,) = accurate.requests
    assert 19_000 < again.offset_ms <= 20_000
    assert len(again.samples) < 3 * SAMPLE_RATE
    assert result.model == "tiny + base"


def test_a_sentence_is_transcribed_again_with_those_around_it() -> None:
    before = segment(17_000, "This is clear.")
    accurate = Engine((EASY, before, RIGHT))
    result = run(Engine((EASY, before, HARD)), accurate)
    assert texts(result) == [EASY.text, before.text, "Something hard."]
    (again,) = accurate.requests
    assert again.offset_ms <= before.start_ms


def test_all_that_is_doubted_is_transcribed_again_at_once() -> None:
    accurate = Engine((RIGHT, segment(33_000, "Another one.")))
    result = run(Engine((EASY, HARD, segment(33_000, "An other one.", sure=0.5))), accurate)
    assert texts(result) == [EASY.text, "Something hard.", "Another one."]
    assert accurate.calls == 1
    assert [request.offset_ms // 1_000 for request in accurate.requests] == [19, 32]


def test_a_call_must_be_worth_the_errors_that_are_expected() -> None:
    """Two unsure words are: alone, and not in a long passage."""
    unsure = segment(20_000, "Some words.", sure=0.3)
    clear = segment(21_000, "and thirty more that are clear " * 5)
    accurate = Engine((EASY, unsure, clear))
    run(Engine((EASY, unsure)), accurate)
    assert len(accurate.requests) == 1
    run(Engine((EASY, unsure, clear)), accurate)
    assert len(accurate.requests) == 1
    run(Engine((EASY, segment(20_000, "Some words.", sure=0.5))), accurate)
    assert len(accurate.requests) == 1


def test_a_lone_word_that_is_not_sure_is_asked_for() -> None:
    accurate = Engine((EASY,))
    result = run(Engine((EASY, segment(20_000, "You", sure=0.4))), accurate)
    assert len(accurate.requests) == 1
    assert texts(result) == [EASY.text]


def test_balanced_transcribes_again_what_the_quick_engine_lost_or_quarantined() -> None:
    spoken = Coverage(start_ms=1_000, end_ms=EASY.end_ms, kind=CoverageKind.SPEECH)
    quick = Engine((EASY,), coverage=(spoken, quarantined(20_000, 21_000)))
    result = run(quick, Engine((RIGHT,)))
    assert texts(result) == [EASY.text, "Something hard."]


def test_what_is_transcribed_again_knows_the_language_around_it() -> None:
    accurate = Engine((RIGHT,))
    run(Engine((EASY, HARD)), accurate)
    assert [request.around for request in accurate.requests] == ["en"]
    run(Engine((EASY, HARD)), accurate, "best")
    assert accurate.requests[-1].around is None


def test_nothing_in_doubt_costs_nothing() -> None:
    accurate = Engine()
    assert texts(run(Engine((EASY,)), accurate)) == [EASY.text]
    assert texts(run(Engine(), accurate)) == []
    assert accurate.requests == []


def test_fast_does_not_ask_the_accurate_engine_about_english() -> None:
    accurate = Engine((EASY, RIGHT))
    assert texts(run(Engine((EASY, HARD)), accurate, "fast")) == [EASY.text, HARD.text]
    assert accurate.requests == []


def test_fast_asks_for_a_short_recording_only_if_it_is_hardly_understood() -> None:
    accurate = Engine((RIGHT,))
    assert texts(run(Engine((UNSURE,)), accurate, "fast")) == [UNSURE.text]
    assert accurate.requests == []
    assert texts(run(Engine((HARD,)), accurate, "fast")) == [RIGHT.text]


@pytest.mark.parametrize("wanted", ["fast", "balanced", "best"])
def test_another_language_is_transcribed_by_the_accurate_engine(wanted: Quality) -> None:
    german = segment(2_000, "Das ist ein deutscher Satz.", language="de")
    quick = Engine(coverage=(quarantined(2_000, 4_000),))
    result = run(quick, Engine((german,)), wanted)
    assert texts(result) == [german.text]
    assert result.language == "de"


@pytest.mark.parametrize(
    "options",
    [
        {"language": "de"},
        {"vocabulary": ("Godot",)},
        {"prompt": "A play."},
        {"translate_to_english": True},
    ],
)
def test_what_the_quick_engine_cannot_goes_to_the_accurate_one(options: dict[str, object]) -> None:
    quick, accurate = Engine((HARD,)), Engine((RIGHT,))
    assert texts(run(quick, accurate, None, **options)) == [RIGHT.text]
    assert quick.requests == []


@pytest.mark.parametrize(
    ("options", "loaded"),
    [
        ({}, ["quick"]),
        ({"language": "en"}, ["quick"]),
        ({"language": "de"}, ["accurate"]),
        ({"quality": "best"}, ["quick", "accurate"]),
    ],
)
def test_the_engines_that_are_asked_in_any_case_are_loaded_early(
    options: dict[str, object], loaded: list[str]
) -> None:
    engines = {"quick": Engine(), "accurate": Engine()}
    Combined(**engines).load_for(replace(SpeechOptions(), **options))  # type: ignore[arg-type]
    assert [name for name, engine in engines.items() if engine.is_loaded] == loaded


UNSURE = segment(20_000, "As far as words go, these are not sure.", sure=0.75)


@pytest.mark.parametrize(
    ("found", "lost", "heard"),
    [
        ((EASY, UNSURE), (), "en"),
        ((UNSURE,), (), "en"),  # the whole window is transcribed again
        ((EASY, HARD), (), None),
        ((EASY, UNSURE), (quarantined(23_000, 24_000),), None),
    ],
)
def test_the_accurate_engine_is_told_which_language_the_quick_one_understood(
    found: tuple[Segment, ...], lost: tuple[Coverage, ...], heard: str | None
) -> None:
    accurate = Engine()
    spoken = [
        Coverage(start_ms=s.start_ms, end_ms=s.end_ms, kind=CoverageKind.SPEECH) for s in found
    ]
    run(Engine(found, coverage=(*spoken, *lost)), accurate)
    assert [request.heard for request in accurate.requests] == [heard]


def test_the_accurate_engine_is_told_what_is_surely_english() -> None:
    quick, accurate = Engine((EASY, UNSURE)), Engine()
    run(quick, accurate, "best")
    assert [request.english for request in accurate.requests] == [((EASY.start_ms, EASY.end_ms),)]


def test_best_votes_over_everything() -> None:
    first = segment(1_000, "This is quiet easy to hear, and so is this.", sure=0.6)
    result = run(Engine((EASY, HARD)), Engine((first, RIGHT)), "best")
    assert texts(result) == [EASY.text, RIGHT.text]


def test_best_keeps_what_the_accurate_engine_left_out_if_the_quick_one_is_sure() -> None:
    lost = segment(20_000, "Something else, too.", sure=0.8)
    result = run(Engine((EASY, lost)), Engine((EASY,)), "best")
    assert texts(result) == [EASY.text, lost.text]


def test_english_words_of_the_quick_engine_are_not_added_to_another_language() -> None:
    german = segment(20_000, "Das ist ein deutscher Satz.", language="de")
    misheard = segment(20_100, "Does it dutch?", sure=0.8)
    result = run(Engine((EASY, misheard)), Engine((EASY, german)), "best")
    assert texts(result) == [EASY.text, german.text]


def test_an_unsure_sentence_that_one_engine_alone_has_is_quarantined() -> None:
    invented = segment(30_000, "Thank you.", sure=0.3)
    result = run(Engine((EASY,)), Engine((EASY, invented)), "best")
    assert texts(result) == [EASY.text]
    kept_out = [c.text for c in result.coverage if c.kind is CoverageKind.QUARANTINED]
    assert kept_out == ["Thank you."]


def test_progress_reaches_the_end() -> None:
    reports: list[int] = []
    report: Callable[[int], None] = reports.append
    request = SpeechRequest(samples=np.zeros(LENGTH_MS * SAMPLE_RATE // 1_000, np.float32))
    Combined(Engine((EASY, HARD)), Engine((RIGHT,))).transcribe(request, report)
    assert reports == sorted(reports)
    assert reports[-1] == LENGTH_MS


def test_a_part_that_is_transcribed_again_keeps_to_the_sentence_around_it() -> None:
    """Decoded alone it ends in a full stop, wherever the speaker paused."""
    begun = segment(20_000, "Sum thing hard,", sure=0.5)
    # Too long to be transcribed again together with either.
    going_on = replace(segment(22_000, "but not for long."), end_ms=35_000)
    last = segment(36_000, "Un on.", sure=0.3)
    again = (replace(RIGHT, text="Something hard."), segment(36_000, "and on.", sure=0.9))
    result = run(Engine((EASY, begun, going_on, last)), Engine((EASY, *again)))
    assert texts(result) == [EASY.text, "Something hard,", "but not for long.", "And on."]
    assert [s.words[-1].text for s in result.segments[1:]] == ["hard,", "long.", "on."]


def muttered(*texts: str) -> tuple[Segment, ...]:
    """Sentences four seconds apart that an engine is quite sure of."""
    return tuple(segment(1_000 + 4_000 * n, text, sure=0.8) for n, text in enumerate(texts))


def test_babble_is_left_out_with_its_reason() -> None:
    quick = Engine(coverage=tuple(quarantined(500 + n, 5_500 + n) for n in range(0, 25_000, 5_000)))
    result = run(quick, Engine(muttered("It's ours.", "It's ours.", "I'm going to go back.")))
    assert texts(result) == []
    left_out = [c for c in result.coverage if c.kind is CoverageKind.QUARANTINED]
    assert [(c.text, c.reason) for c in left_out] == [
        ("It's ours.", combined.BABBLE),
        ("It's ours.", combined.BABBLE),
        ("I'm going to go back.", combined.BABBLE),
    ]
    assert result.language is None


def test_a_short_stretch_is_not_taken_for_babble() -> None:
    quick = Engine(coverage=(quarantined(500, 10_000),))
    assert texts(run(quick, Engine(muttered("It's ours.")))) == ["It's ours."]


def test_as_many_words_as_people_say_are_not_taken_for_babble() -> None:
    spoken = muttered(*["one two three four five six seven eight"] * 6)
    quick = Engine(coverage=(quarantined(500, 25_000),))
    assert len(texts(run(quick, Engine(spoken)))) == 6


def test_another_language_is_not_taken_for_babble() -> None:
    german = tuple(replace(s, language="de") for s in muttered("Es ist unser.", "Gut."))
    quick = Engine(coverage=(quarantined(500, 25_000),))
    assert texts(run(quick, Engine(german))) == ["Es ist unser.", "Gut."]


def test_babble_beside_speech_is_left_out_alone() -> None:
    spoken = tuple(segment(1_000 + 3_000 * n, "This is easy to hear.") for n in range(5))
    late = segment(25_000, "It's ours.", sure=0.8)
    heard = tuple(
        Coverage(start_ms=s.start_ms, end_ms=s.end_ms, kind=CoverageKind.SPEECH) for s in spoken
    )
    quick = Engine(spoken, coverage=(*heard, quarantined(18_000, 39_000)))
    assert texts(run(quick, Engine((*spoken, late)))) == [s.text for s in spoken]
