"""What every local Whisper goes through, with a decoder that says what a test tells it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from mp4totext.providers.base import Samples, no_report
from mp4totext.providers.speech.base import SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding.voting import elect_language
from mp4totext.providers.speech.decoding.whisper_windows import Task, Vote, transcribe_window
from mp4totext.providers.speech.decoding.word_timing import RawSegment
from mp4totext.providers.vad import Region, Vad
from mp4totext.transcript import CoverageKind
from tests.support.speech_samples import two_cities

VAD = Vad()


@dataclass
class Decoder:
    vote_on: Callable[[int], Vote] = lambda samples: {"en": 1.0}
    first: Callable[[Region], str] = lambda span: "words"
    again: Callable[[Region], str] = lambda span: ""
    languages: frozenset[str] = frozenset({"en", "de", "tr"})
    lengths: list[int] = field(default_factory=list)
    decoded: list[str] = field(default_factory=list)
    second: list[Region] = field(default_factory=list)

    def vote(self, samples: Samples) -> Vote:
        self.lengths.append(len(samples))
        return self.vote_on(len(samples))

    def hint(self, vocabulary: Sequence[str]) -> tuple[str | None, int]:
        return None, 0

    def decode(self, task: Task, spans: Sequence[Region]) -> Iterator[RawSegment]:
        for span in spans:
            self.decoded.append(task.language)
            if text := self.first(span):
                yield raw_segment(span, text, task.language)

    def decode_again(self, task: Task, span: Region) -> Iterator[RawSegment]:
        self.second.append(span)
        if text := self.again(span):
            yield raw_segment(span, text, task.language)


def raw_segment(span: Region, text: str, language: str) -> RawSegment:
    return RawSegment(text=text, start_ms=span.start_ms, end_ms=span.end_ms, language=language)


def run(decoder: Decoder, end_ms: int = 44_000) -> SpeechResult:
    request = SpeechRequest(samples=two_cities(0, end_ms))
    return transcribe_window(decoder, request, name="m", provider="p", vad=VAD, report=no_report)


def test_a_stretch_that_is_surely_another_language_is_decoded_and_tagged_as_that() -> None:
    look = Decoder()
    run(look)
    shortest = min(look.lengths)
    decoder = Decoder(vote_on=lambda n: {"en": 0.1, "de": 0.9} if n == shortest else {"en": 1.0})
    result = run(decoder)
    assert result.language == "en"
    assert sorted(set(decoder.decoded)) == ["de", "en"]
    assert {segment.language for segment in result.segments} == {"de", "en"}
    assert [s.start_ms for s in result.segments] == sorted(s.start_ms for s in result.segments)


def test_a_stretch_that_is_not_sure_follows_the_recording() -> None:
    look = Decoder()
    run(look)
    shortest = min(look.lengths)
    decoder = Decoder(vote_on=lambda n: {"de": 0.6, "en": 0.4} if n == shortest else {"en": 1.0})
    run(decoder)
    assert set(decoder.decoded) == {"en"}


def test_lost_voice_is_decoded_again_alone() -> None:
    decoder = Decoder(first=lambda span: "", again=lambda span: "found after all")
    result = run(decoder)
    assert decoder.second
    assert "found after all" in result.segments[0].text


def test_a_loop_in_the_second_pass_is_not_taken_and_the_voice_stays_failed() -> None:
    decoder = Decoder(first=lambda span: "", again=lambda span: "no way " * 40)
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
