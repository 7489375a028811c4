"""Requests to Groq, and its responses."""

from collections.abc import Iterator
from typing import Any

import pytest

from mp4totext.providers.base import no_report
from mp4totext.providers.errors import ProviderBusy
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest, SpeechResult
from tests.conformance.server import Reply
from tests.contracts import speech_setups
from tests.contracts.speech_setups import Bench
from tests.support.speech_samples import two_cities


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with speech_setups.groq(tmp_path_factory.mktemp("groq")) as found:
        yield found


def transcribe(bench: Bench, **options: Any) -> SpeechResult:
    request = SpeechRequest(samples=two_cities(), offset_ms=5_000, options=SpeechOptions(**options))
    result: SpeechResult = bench.engine.transcribe(request, no_report)
    return result


def test_language_vocabulary_and_word_times_reach_the_vendor(bench: Bench) -> None:
    result = transcribe(bench, language="pt-BR", vocabulary=("Dickens",))
    assert bench.server is not None
    assert dict(bench.server.last.fields) == {
        "model": ["whisper-large-v3-turbo"],
        "response_format": ["verbose_json"],
        "timestamp_granularities": ["word", "segment"],
        "language": ["pt"],
        "prompt": ["Dickens"],
    }
    assert result.segments[1].text == "Was it the worst?"
    assert not [w for s in result.segments for w in s.words if w.estimated]


def test_a_translation_uses_the_model_that_can(bench: Bench) -> None:
    result = transcribe(bench, language="tr", translate_to_english=True)
    assert bench.server is not None
    assert bench.server.last.path == "/openai/v1/audio/translations"
    assert bench.server.last.field("model") == "whisper-large-v3"
    assert result.language == "en"


def test_a_full_flex_tier_is_waited_for(bench: Bench) -> None:
    assert bench.server is not None
    bench.server.fail(Reply(status=498, body={"error": {"message": "Flex tier is full"}}))
    with pytest.raises(ProviderBusy):
        transcribe(bench)
