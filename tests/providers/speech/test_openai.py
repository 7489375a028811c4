"""Requests to OpenAI for each model, and its responses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mp4totext.providers.base import no_report
from mp4totext.providers.errors import ProviderMisconfigured, ProviderUnsupported
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest, SpeechResult
from tests.conformance.openai_audio import problem
from tests.contracts import speech_setups
from tests.contracts.speech_setups import Bench
from tests.support.speech_samples import two_cities


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with speech_setups.openai(tmp_path_factory.mktemp("openai")) as found:
        yield found


def transcribe(bench: Bench, **options: Any) -> SpeechResult:
    request = SpeechRequest(samples=two_cities(), offset_ms=5_000, options=SpeechOptions(**options))
    result: SpeechResult = bench.engine.transcribe(request, no_report)
    return result


def fields(bench: Bench) -> dict[str, list[str]]:
    assert bench.server is not None
    return dict(bench.server.last.fields)


def test_whisper_is_asked_for_words_in_the_language_with_the_vocabulary(bench: Bench) -> None:
    result = transcribe(bench, language="en-GB", vocabulary=("Dickens", "guillotine"))
    assert fields(bench) == {
        "model": ["whisper-1"],
        "response_format": ["verbose_json"],
        "timestamp_granularities": ["word", "segment"],
        "language": ["en"],
        "prompt": ["Dickens, guillotine"],
    }
    assert [s.text for s in result.segments] == [
        "It was 1859, the best of times.",
        "Was it the worst?",
    ]
    words = [w for s in result.segments for w in s.words]
    assert [w.text for w in words][2] == "1859,"  # punctuation came back from the text
    assert not [w for w in words if w.estimated]
    assert words[0].start_ms == 5_400


def test_a_gpt_model_is_asked_for_confidences_and_its_times_are_estimates(bench: Bench) -> None:
    result = transcribe(bench, model="gpt-4o-transcribe", vocabulary=("Dickens",))
    assert fields(bench)["include"] == ["logprobs"]
    assert fields(bench)["prompt"] == ["Dickens"]
    words = [w for s in result.segments for w in s.words]
    assert all(w.estimated for w in words)
    assert all(w.confidence == pytest.approx(0.905, abs=0.01) for w in words)


def test_gpt_transcribe_takes_keywords_and_names_the_language(bench: Bench) -> None:
    result = transcribe(bench, model="gpt-transcribe", vocabulary=("Dickens", "a b"))
    assert fields(bench)["keywords"] == ["Dickens", "a b"]
    assert result.language == "en"


def test_the_diarizing_model_gives_turns_of_the_window(bench: Bench) -> None:
    result = transcribe(bench, model="gpt-4o-transcribe-diarize", vocabulary=("Dickens",))
    assert fields(bench)["chunking_strategy"] == ["auto"]
    assert [turn.speaker for turn in result.turns] == ["A", "B"]
    assert result.turns[0].start_ms == 5_400
    assert {s.speaker for s in result.segments} == {None}  # who they are, the recording decides
    assert "takes no vocabulary" in result.warnings[0]


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # by the vendor, as whisper-1
def test_a_translation_goes_to_its_own_place(bench: Bench) -> None:
    result = transcribe(bench, language="tr", translate_to_english=True)
    assert bench.server is not None
    assert bench.server.last.path == "/v1/audio/translations"
    assert "language" not in fields(bench)
    assert result.language == "en"
    with pytest.raises(ProviderUnsupported, match="whisper-1"):
        transcribe(bench, model="gpt-4o-transcribe", translate_to_english=True)


def test_a_prompt_is_sent_as_one_and_before_the_vocabulary(bench: Bench) -> None:
    transcribe(bench, prompt="A talk, about books.", vocabulary=("Dickens",))
    assert fields(bench)["prompt"] == ["A talk, about books., Dickens"]


def test_gpt_transcribe_takes_a_prompt_beside_keywords(bench: Bench) -> None:
    transcribe(bench, model="gpt-transcribe", prompt="A talk, about books.")
    assert fields(bench)["prompt"] == ["A talk, about books."]
    assert "keywords" not in fields(bench)


def test_a_vocabulary_too_long_for_a_prompt_is_told(bench: Bench) -> None:
    result = transcribe(bench, vocabulary=tuple(f"word{n}" for n in range(200)))
    assert len(fields(bench)["prompt"][0]) <= 600
    assert "did not fit" in result.warnings[0]


def test_an_account_without_money_is_the_operators_problem(bench: Bench) -> None:
    assert bench.server is not None
    said = "You exceeded your current quota, please check your plan."
    bench.server.fail(problem(429, said, "insufficient_quota", code="insufficient_quota"))
    with pytest.raises(ProviderMisconfigured, match="OPENAI_API_KEY") as caught:
        transcribe(bench)
    assert caught.value.code == "insufficient_quota"


def test_an_unknown_model_is_a_rejection_with_the_vendors_words(bench: Bench) -> None:
    with pytest.raises(Exception, match="`whisper-9` does not exist") as caught:
        transcribe(bench, model="whisper-9")
    assert caught.value.code == "model_not_found"  # type: ignore[attr-defined]


def test_sound_arrives_as_lossless_flac(bench: Bench, tmp_path: Path) -> None:
    transcribe(bench)
    assert bench.server is not None
    sound = bench.server.last.files["file"]
    assert sound.startswith(b"fLaC")
    assert len(sound) < two_cities().nbytes / 2 / 1.2  # smaller than 16-bit samples
