"""Requests to AssemblyAI, its responses, and the steps between."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mp4totext.providers.base import no_report
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderError,
    ProviderRejected,
    ProviderUnsupported,
)
from mp4totext.providers.speech.base import FileRequest, GatewayRequest, SpeechResult
from tests.conformance import script
from tests.conformance.assemblyai_api import AssemblyAI
from tests.conformance.server import Reply
from tests.contracts import speech_setups
from tests.contracts.speech_setups import Bench
from tests.support.speech_samples import file_request, two_cities

FEATURES = frozenset(("sentiment_analysis", "auto_chapters", "auto_highlights", "entity_detection"))

pytestmark = pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with speech_setups.assemblyai(tmp_path) as found:
        yield found


def api(bench: Bench) -> AssemblyAI:
    assert bench.server is not None
    assert isinstance(bench.server.vendor, AssemblyAI)
    return bench.server.vendor


def recording(**options: Any) -> FileRequest:
    return file_request(two_cities(), **options)


def transcribe(bench: Bench, **options: Any) -> SpeechResult:
    request = recording(**options)
    reference = bench.engine.start(request, no_report)
    result: SpeechResult = bench.engine.collect(reference, request, no_report)
    return result


def test_the_sound_is_uploaded_whole_and_lossless(bench: Bench, tmp_path: Path) -> None:
    transcribe(bench, work_dir=tmp_path, language="en")
    (sound,) = api(bench).uploads.values()
    assert sound.startswith(b"fLaC")
    assert script.seconds_of(sound) == pytest.approx(20)
    assert list(tmp_path.iterdir()) == []  # nothing is left on our disk


def test_everything_asked_for_reaches_the_vendor(bench: Bench) -> None:
    transcribe(
        bench,
        language="en-GB",
        diarize=True,
        min_speakers=2,
        max_speakers=5,
        vocabulary=("Dickens", "one two three four five six seven"),
        features=FEATURES,
    )
    (order,) = api(bench).orders
    del order["audio_url"]
    assert order == {
        "speech_models": ["assemblyai-stt-3-7", "universal-2"],
        "language_code": "en_uk",
        "speaker_labels": True,
        "speaker_options": {"min_speakers_expected": 2, "max_speakers_expected": 5},
        "keyterms_prompt": ["Dickens"],
        **dict.fromkeys(FEATURES, True),
    }


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, {"language_detection": True}),
        ({"language": "tr"}, {"language_code": "tr"}),
        ({"diarize": True}, {"speaker_labels": True}),
        (
            {"diarize": True, "min_speakers": 3, "max_speakers": 3},
            {"speaker_labels": True, "speakers_expected": 3},
        ),
        (
            {"diarize": True, "max_speakers": 4},
            {"speaker_labels": True, "speaker_options": {"max_speakers_expected": 4}},
        ),
        ({"model": "universal-2", "vocabulary": ("a",)}, {"word_boost": ["a"]}),
        ({"model": "universal-2"}, {"speech_models": ["universal-2"]}),
        ({"model": "universal-3-pro", "vocabulary": ("a",)}, {"keyterms_prompt": ["a"]}),
    ],
)
def test_options_one_by_one(bench: Bench, options: Any, sent: dict[str, Any]) -> None:
    bench.engine.start(recording(**options), no_report)
    (order,) = api(bench).orders
    assert {name: order[name] for name in sent} == sent
    if not options.get("diarize"):
        assert not [name for name in order if name.startswith("speaker")]


def test_speakers_are_named_in_order_and_by_word(bench: Bench) -> None:
    result = transcribe(bench, language="en", diarize=True)
    assert [speaker.id for speaker in result.speakers] == ["S1", "S2"]
    assert [(s.speaker, s.text) for s in result.segments] == [
        ("S1", "It was 1859, the best of times."),
        ("S2", "Was it the worst?"),
    ]


def test_understanding_comes_back_in_our_shape(bench: Bench) -> None:
    found = transcribe(bench, language="en", diarize=True, features=FEATURES).understanding
    assert found is not None
    assert found.delivered == FEATURES
    assert found.sentiment_analysis is not None
    assert found.sentiment_analysis[0].sentiment == "POSITIVE"
    assert found.sentiment_analysis[0].speaker == "S1"
    assert found.auto_chapters is not None
    assert found.auto_chapters[0].headline == "Two questions"
    assert found.auto_highlights is not None
    assert found.auto_highlights[0].times == ((400, 7_600),)
    assert found.entity_detection is not None
    assert (found.entity_detection[0].entity_type, found.entity_detection[0].text) == (
        "date",
        "1859",
    )


def test_a_feature_that_did_not_run_is_not_delivered(bench: Bench) -> None:
    api(bench).changes = {"auto_highlights_result": {"status": "unavailable"}, "chapters": None}
    found = transcribe(bench, language="en", features=FEATURES).understanding
    assert found is not None
    assert found.delivered == {"sentiment_analysis", "entity_detection"}
    api(bench).changes = dict.fromkeys(("sentiment_analysis_results", "entities"))
    assert transcribe(
        bench, language="en", features=frozenset({"entity_detection"})
    ).understanding is (None)


def test_a_detected_language_and_its_confidence_come_back(bench: Bench) -> None:
    api(bench).detects = "tr"
    result = transcribe(bench)
    assert (result.language, result.language_confidence) == ("tr", 0.93)


def test_a_feature_the_language_has_not_is_rejected_in_the_vendors_words(bench: Bench) -> None:
    with pytest.raises(ProviderRejected, match="not available in this language"):
        transcribe(bench, language="tr", features=frozenset({"auto_chapters"}))


def test_the_vocabulary_that_does_not_fit_is_told(bench: Bench) -> None:
    result = transcribe(bench, language="en", vocabulary=("one two three four five six seven", "a"))
    assert "1 entries" in result.warnings[0]


def test_the_gateway_writes_what_was_asked_in_the_transcripts_language(bench: Bench) -> None:
    asked = GatewayRequest(
        summary=True, action_items=True, questions=("Who speaks?",), tasks=("Make a poem.",)
    )
    result = transcribe(bench, language="tr", diarize=True, gateway=asked)
    assert result.gateway is not None
    assert result.gateway.summary == "answer 1"
    assert result.gateway.action_items == "answer 2"
    assert result.gateway.answers == (("Who speaks?", "answer 3"),)
    assert result.gateway.tasks == (("Make a poem.", "answer 4"),)
    prompt = api(bench).prompts[2]["messages"][-1]["content"]
    assert "S1: It was 1859, the best of times." in prompt
    assert prompt.endswith("Who speaks? Answer in the language tr.")
    assert api(bench).prompts[0]["model"] == "claude-sonnet-4-6"


def test_an_answer_cut_for_length_is_continued(bench: Bench) -> None:
    api(bench).finish_reasons = ["length", "length", "stop"]
    result = transcribe(bench, language="en", gateway=GatewayRequest(summary=True))
    assert result.gateway is not None
    assert result.gateway.summary == "answer 1 answer 2 answer 3"


def test_a_gateway_that_fails_costs_its_part_and_not_the_transcript(bench: Bench) -> None:
    assert bench.server is not None
    asked = GatewayRequest(summary=True, action_items=True, questions=("Who?",))
    request = recording(language="en", gateway=asked)
    api(bench).polls = 0
    reference = bench.engine.start(request, no_report)
    looked = Reply(body=api(bench)._look(reference).body)
    bench.server.fail(looked, Reply(status=500, body={}), Reply(body={"choices": []}))
    result = bench.engine.collect(reference, request, no_report)
    assert result.segments
    assert result.gateway.summary is None
    assert result.gateway.action_items is None
    assert result.gateway.answers == (("Who?", "answer 1"),)
    assert [warning.partition(":")[0] for warning in result.warnings] == [
        "LLM Gateway, summary",
        "LLM Gateway, action items",
    ]


def test_a_long_wait_is_given_back_to_the_queue_and_not_paid_again(tmp_path: Path) -> None:
    with speech_setups.assemblyai(tmp_path, wait_s=0.1) as bench:
        api(bench).polls = 10_000
        request = recording(language="en")
        reference = bench.engine.start(request, no_report)
        with pytest.raises(ProviderBusy) as caught:
            bench.engine.collect(reference, request, no_report)
        assert caught.value.code == "in_progress"
        assert caught.value.retry_after_s
        api(bench).polls = 0
        assert bench.engine.collect(reference, request, no_report).segments
        assert len(api(bench).orders) == 1


def test_a_cancel_between_two_looks_is_felt(bench: Bench) -> None:
    class Cancelled(Exception):
        pass

    api(bench).polls = 10_000
    request = recording(language="en")
    reference = bench.engine.start(request, no_report)
    calls = 0

    def cancel(_done_ms: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        bench.engine.collect(reference, request, cancel)
    assert api(bench).asked[reference] == 2


def test_deleting_removes_it_at_the_vendor_and_twice_is_fine(bench: Bench) -> None:
    request = recording(language="en")
    reference = bench.engine.start(request, no_report)
    bench.engine.discard(reference)
    bench.engine.discard(reference)
    assert api(bench).deleted == {reference}
    bench.engine.discard("tr-99")  # gone already, as far as we care
    with pytest.raises(ProviderRejected, match="deleted"):
        bench.engine.collect(reference, request, no_report)


def test_a_recording_the_vendor_cannot_read(bench: Bench) -> None:
    request = recording(language="en")
    reference = bench.engine.start(request, no_report)
    api(bench).uploads = dict.fromkeys(api(bench).uploads, b"noise")
    with pytest.raises(ProviderRejected, match="does not appear to contain audio") as caught:
        bench.engine.collect(reference, request, no_report)
    assert caught.value.code == "transcription_failed"


def test_it_does_not_translate(bench: Bench) -> None:
    with pytest.raises(ProviderUnsupported, match="Choose faster-whisper"):
        transcribe(bench, language="tr", translate_to_english=True)


@pytest.mark.parametrize("status", [429, 500])
def test_failing_while_collecting_is_retryable(bench: Bench, status: int) -> None:
    assert bench.server is not None
    request = recording(language="en")
    reference = bench.engine.start(request, no_report)
    bench.server.fail(Reply(status=status, body={"error": "later"}))
    with pytest.raises(ProviderError) as caught:
        bench.engine.collect(reference, request, no_report)
    assert caught.value.retryable
    assert bench.engine.collect(reference, request, no_report).segments
