"""The common code of local Whisper engines, with a scripted decoder."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mp4totext.providers.base import Samples, no_report
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding.voting import elect_language
from mp4totext.providers.speech.decoding.whisper import EncodedSpan, Task, Vote
from mp4totext.providers.speech.decoding.whisper_windows import (
    transcribe_window,
    transcribe_windows,
)
from mp4totext.providers.speech.decoding.word_timing import RawSegment
from mp4totext.providers.vad import Region, Vad
from mp4totext.transcript import CoverageKind
from tests.support.speech_samples import two_cities

VAD = Vad()


@dataclass
class Decoder:
    """``vote_on`` and ``says`` are asked with the span, and ``says`` with the language, too."""

    vote_on: Callable[[Region], Vote] = lambda _span: {"en": 1.0}
    inside: Callable[[Region], Vote] | None = None  # is asked with stretches of a span
    says: Callable[[Region, str], str] = lambda _span, _language: "words"
    again: Callable[[Region], str] = lambda _span: ""
    likelihood: Callable[[str], float] = lambda _language: 0.9
    languages: frozenset[str] = frozenset({"en", "de", "tr"})
    spans: list[Region] = field(default_factory=list)
    decoded: list[tuple[str, Region]] = field(default_factory=list)
    second: list[Region] = field(default_factory=list)
    batches: list[tuple[str, int]] = field(default_factory=list)  # language and number of spans

    def encode(self, samples: Samples, regions: Sequence[Region]) -> list[EncodedSpan]:
        self.spans.extend(regions)
        return [EncodedSpan(region, None) for region in regions]

    def vote(self, span: EncodedSpan) -> Vote:
        return self.vote_on(span.region)

    def votes_inside(self, span: EncodedSpan, stretches: Sequence[Region]) -> Sequence[Vote]:
        return [self.inside(stretch) for stretch in stretches] if self.inside else ()

    def hint(self, vocabulary: Sequence[str]) -> tuple[str | None, int]:
        return None, 0

    def decode(self, task: Task, spans: Sequence[EncodedSpan]) -> Iterator[RawSegment]:
        self.batches.append((task.language, len(spans)))
        for span in spans:
            self.decoded.append((task.language, span.region))
            if text := self.says(span.region, task.language):
                yield replace(
                    raw_segment(span.region, text, task.language),
                    confidence=self.likelihood(task.language),
                )

    def decode_again(self, task: Task, region: Region) -> Iterator[RawSegment]:
        self.second.append(region)
        if text := self.again(region):
            yield raw_segment(region, text, task.language)


def raw_segment(span: Region, text: str, language: str) -> RawSegment:
    return RawSegment(text=text, start_ms=span.start_ms, end_ms=span.end_ms, language=language)


def run(decoder: Decoder, end_ms: int = 44_000) -> SpeechResult:
    return transcribed(decoder, SpeechRequest(samples=two_cities(0, end_ms)))


def transcribed(decoder: Decoder, request: SpeechRequest) -> SpeechResult:
    return transcribe_window(decoder, request, name="m", provider="p", vad=VAD, report=no_report)


def test_a_recording_that_changes_its_language_is_tagged_where_it_does() -> None:
    """The spans hold both languages, so their votes are unsure; the pieces between pauses are."""
    half_ms = 20_000

    def vote(span: Region) -> Vote:
        if span.start_ms < half_ms - 1_000 and span.end_ms > half_ms + 1_000:
            return {"en": 0.55, "de": 0.45}
        return {"en": 0.95} if span.end_ms <= half_ms + 1_000 else {"de": 0.95}

    result = run(Decoder(vote_on=vote))
    assert {segment.language for segment in result.segments} == {"de", "en"}
    for segment in result.segments:
        assert (segment.language == "en") == (segment.start_ms < half_ms)
    assert [s.start_ms for s in result.segments] == sorted(s.start_ms for s in result.segments)


def test_a_stretch_that_is_not_sure_follows_the_recording() -> None:
    look = Decoder()
    run(look)
    shortest = min(look.spans, key=lambda span: span.length_ms)
    decoder = Decoder(vote_on=lambda s: {"de": 0.6, "en": 0.4} if s == shortest else {"en": 1.0})
    run(decoder)
    assert {language for language, _ in decoder.decoded} == {"en"}


def test_where_votes_are_unsure_the_likelier_text_wins() -> None:
    decoder = Decoder(
        vote_on=lambda _span: {"tr": 0.4, "de": 0.35, "en": 0.25},
        likelihood=lambda language: 0.7 if language == "en" else 0.3,
    )
    result = run(decoder, 5_000)
    assert result.language == "en"
    assert {language for language, _ in decoder.decoded} == {"en", "de", "tr"}
    assert 0.3 < (result.language_confidence or 0) < 1


def test_a_loop_is_not_the_likelier_text() -> None:
    decoder = Decoder(
        vote_on=lambda _span: {"tr": 0.4, "de": 0.35, "en": 0.25},
        says=lambda _span, language: "4-4-4-4-4-4-4-4" if language == "tr" else "words",
        likelihood=lambda language: 0.95 if language == "tr" else 0.5,
    )
    assert run(decoder, 5_000).language == "de"


def test_a_text_that_is_unlikely_in_every_language_is_no_speech() -> None:
    decoder = Decoder(
        vote_on=lambda _span: {"tr": 0.4, "de": 0.35, "en": 0.25}, likelihood=lambda _language: 0.1
    )
    result = run(decoder, 5_000)
    assert result.segments == ()
    (doubted,) = [c for c in result.coverage if c.kind is CoverageKind.QUARANTINED]
    assert doubted.text == "words"
    assert doubted.reason is not None
    assert "music or noise" in doubted.reason


def test_a_language_that_a_user_gave_is_not_voted_on() -> None:
    def refuse(_span: Region) -> Vote:
        raise AssertionError

    decoder = Decoder(vote_on=refuse)
    request = SpeechRequest(samples=two_cities(0, 5_000), options=SpeechOptions(language="tr"))
    result = transcribe_window(decoder, request, name="m", provider="p", vad=VAD, report=no_report)
    assert {language for language, _ in decoder.decoded} == {"tr"}
    assert (result.language, result.language_confidence) == ("tr", None)


def test_lost_voice_is_decoded_again_alone() -> None:
    decoder = Decoder(says=lambda _span, _language: "", again=lambda span: "found after all")
    result = run(decoder)
    assert decoder.second
    assert "Found after all" in result.segments[0].text


def test_a_loop_in_the_second_pass_is_not_taken_and_the_voice_stays_failed() -> None:
    decoder = Decoder(says=lambda _span, _language: "", again=lambda span: "no way " * 40)
    result = run(decoder)
    assert result.segments == ()
    assert CoverageKind.FAILED in {stretch.kind for stretch in result.coverage}


def test_one_loud_stretch_does_not_outvote_the_rest() -> None:
    guess = elect_language(
        [{"ja": 0.9, "en": 0.1}, {"en": 0.8}, {"en": 0.7}], [3_000, 20_000, 20_000]
    )
    assert guess.language == "en"
    assert 0.6 < guess.confidence < 0.8
    assert list(guess.votes) == ["en", "ja"]


def test_a_stretch_of_another_language_must_read_likelier_in_it() -> None:
    """The first span is voted Turkish with 0.95; its text decides."""
    look = Decoder()
    run(look)
    first = look.spans[0]

    def of(likelihood: float) -> set[str | None]:
        decoder = Decoder(
            vote_on=lambda span: {"tr": 0.95, "en": 0.05} if span == first else {"en": 1.0},
            likelihood=lambda language: likelihood if language == "tr" else 0.5,
        )
        return {s.language for s in run(decoder).segments if s.end_ms <= first.end_ms}

    assert of(0.2) == {"en"}
    assert of(0.8) == {"tr"}


def test_a_window_alone_must_read_likelier_than_in_the_language_around_it() -> None:
    decoder = Decoder(vote_on=lambda _span: {"tr": 0.95, "en": 0.05})
    decoder.likelihood = lambda language: 0.2 if language == "tr" else 0.5
    samples = two_cities(0, 5_000)
    for around, language in ((None, "tr"), ("tr", "tr"), ("en", "en")):
        request = SpeechRequest(samples=samples, around=around)
        result = transcribe_window(
            decoder, request, name="m", provider="p", vad=VAD, report=no_report
        )
        assert result.language == language


def test_what_another_engine_understood_settles_an_unsure_vote() -> None:
    """It is not decoded in other languages to compare."""
    samples = two_cities(0, 14_000)
    for votes, heard, decoded in (
        ({"en": 0.55, "tr": 0.3}, None, ["en", "tr"]),
        ({"en": 0.55, "tr": 0.3}, "en", ["en"]),
        ({"tr": 0.97, "en": 0.03}, "en", ["tr"]),
    ):
        decoder = Decoder(vote_on=lambda _span, votes=votes: votes)  # type: ignore[misc]
        request = SpeechRequest(samples=samples, heard=heard)
        transcribed(decoder, request)
        assert [language for language, _ in decoder.decoded] == decoded


def test_english_that_another_engine_is_sure_of_is_not_lost_in_another_language() -> None:
    """Whisper votes by the beginning of a span: its second phrase is English."""
    samples = np.concatenate([two_cities(0, 4_500), np.zeros(8_000, np.float32)] * 2)
    look = Decoder()
    transcribed(look, SpeechRequest(samples=samples))
    (whole,) = look.spans

    def vote(span: Region) -> Vote:
        return {"de": 0.95, "en": 0.05} if span.start_ms == whole.start_ms else {"en": 1.0}

    for english, languages in (((), {"de"}), (((5_500, 9_000),), {"de", "en"})):
        decoder = Decoder(vote_on=vote)
        request = SpeechRequest(samples=samples, english=english)
        assert {s.language for s in transcribed(decoder, request).segments} == languages


def turkish_until(change_ms: int, *, surely: float = 0.9) -> Callable[[Region], Vote]:
    """Votes by the share of Turkish before a time and German after it; less sure near it."""

    def vote(stretch: Region) -> Vote:
        before_ms = min(max(change_ms - stretch.start_ms, 0), stretch.length_ms)
        turkish = surely * before_ms / stretch.length_ms
        return {"tr": turkish, "de": surely - turkish, "en": 1 - surely}

    return vote


def test_a_change_of_language_without_a_pause_is_found_by_votes_inside() -> None:
    decoder = Decoder(
        vote_on=lambda span: {"tr": 0.95} if span.start_ms < 8_000 else {"de": 0.95},
        likelihood=lambda language: {"tr": 0.8, "de": 0.8, "en": 0.1}[language],
        inside=turkish_until(9_900),
    )
    result = run(decoder, 16_000)
    (turkish, *_, german) = result.segments
    assert [s.language for s in result.segments] == ["tr"] * (len(result.segments) - 1) + ["de"]
    assert turkish.start_ms < 1_500
    assert abs(german.start_ms - 9_900) < 600


def test_votes_inside_that_are_not_sure_change_nothing() -> None:
    decoder = Decoder(vote_on=lambda _span: {"tr": 0.95}, inside=turkish_until(9_900, surely=0.7))
    assert {s.language for s in run(decoder, 16_000).segments} == {"tr"}
    assert len({span.start_ms for span in decoder.spans}) == len(decoder.spans)  # none again


def test_what_is_english_is_not_voted_on_inside() -> None:
    def none(_stretch: Region) -> Vote:
        raise AssertionError

    for decoder, heard in (
        (Decoder(vote_on=lambda _span: {"en": 0.95}, inside=none), None),
        (Decoder(vote_on=lambda _span: {"en": 0.6, "de": 0.4}, inside=none), "en"),
    ):
        transcribed(decoder, SpeechRequest(samples=two_cities(0, 16_000), heard=heard))


def test_the_usual_languages_of_an_account_decide_where_nothing_else_does() -> None:
    decoder = Decoder(
        vote_on=lambda _span: {"tr": 0.42, "en": 0.35, "de": 0.23}, likelihood=lambda _language: 0.5
    )
    samples = two_cities(0, 5_000)
    for usual, language in (((), "tr"), (("de",), "de"), (("zh-Hans", "en"), "en")):
        request = SpeechRequest(samples=samples, options=SpeechOptions(usual_languages=usual))
        result = transcribe_window(
            decoder, request, name="m", provider="p", vad=VAD, report=no_report
        )
        assert result.language == language


def test_a_usual_language_does_not_outweigh_a_likelier_text() -> None:
    decoder = Decoder(
        vote_on=lambda _span: {"tr": 0.45, "en": 0.35, "de": 0.2},
        likelihood=lambda language: 0.8 if language == "tr" else 0.5,
    )
    request = SpeechRequest(
        samples=two_cities(0, 5_000), options=SpeechOptions(usual_languages=("de",))
    )
    result = transcribe_window(decoder, request, name="m", provider="p", vad=VAD, report=no_report)
    assert result.language == "tr"


def test_parts_of_a_recording_are_decoded_together_and_stay_apart() -> None:
    """The second of three is German: the others are one batch, without it between them."""
    decoder = Decoder(
        vote_on=lambda span: {"de": 0.95} if 5_000 <= span.start_ms < 10_000 else {"en": 1.0},
        says=lambda span, _language: f"words {span.start_ms // 5_000}",
    )
    starts_ms = (600_000, 620_000, 650_000)
    requests = [
        SpeechRequest(samples=two_cities(5_000 * n, 5_000 * (n + 1)), offset_ms=start_ms)
        for n, start_ms in enumerate(starts_ms)
    ]
    told: list[int] = []
    results = transcribe_windows(
        decoder, requests, name="m", provider="p", vad=VAD, report=told.append
    )
    assert decoder.batches == [("en", 2), ("de", 1)]
    assert [result.language for result in results] == ["en", "de", "en"]
    assert told[-1] == 15_000
    for n, (result, start_ms) in enumerate(zip(results, starts_ms, strict=True)):
        (segment,) = result.segments
        assert segment.text == f"words {n}"
        assert start_ms <= segment.start_ms < segment.end_ms <= start_ms + 5_000
        assert result.coverage[0].start_ms == start_ms
        assert result.coverage[-1].end_ms == start_ms + 5_000
