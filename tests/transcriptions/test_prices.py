"""Prices of transcriptions with each engine in many languages."""

import pytest
from pydantic import SecretStr

from mp4totext.credits.money import to_credits
from mp4totext.credits.prices import defaults
from mp4totext.operations import TRANSCRIBE
from mp4totext.providers.onnx_models import DEFAULT
from mp4totext.providers.speech.table import SPEECH
from mp4totext.settings import AppSettings, EngineSettings, Settings
from mp4totext.transcriptions.errors import UnsupportedFeature
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.order import RecordingRef, TranscriptionOrder
from tests.support.tiny_parakeet import make_parakeet
from tests.support.tiny_whisper import make_whisper

TEN_MINUTES_MS = 600_000
ENGLISH = ("en", "en-GB")
OTHERS = ("tr", "de", "zh", "ar", "pt-BR")
ASKED = ("sentiment_analysis", "entity_detection")
# whisper needs PyTorch, which is not part of the install that tests run on.
ENGINES = [name for name in SPEECH if name != "whisper"]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("prices")
    make_whisper(folder / "models" / "faster-whisper" / "base")
    make_parakeet(folder / "models" / "onnx-asr" / DEFAULT)
    key = SecretStr("k" * 12)
    return Settings(
        app=AppSettings(app_env="test", data_dir=folder),
        engines=EngineSettings(
            models_dir=folder / "models",
            openai_api_key=key,
            groq_api_key=key,
            assemblyai_api_key=key,
            modal_token_id=key,
            modal_token_secret=key,
        ),
    )


def params(settings: Settings, *features: str, **options: object) -> TranscriptionOrder:
    asked = {"features": {"speech_understanding": dict.fromkeys(features, True)}}
    wanted = TranscriptionOptions.model_validate(asked | options)
    planned = TRANSCRIBE.plan(wanted, settings, defaults(), duration_ms=TEN_MINUTES_MS)
    return planned.order(wanted, RecordingRef(duration_ms=TEN_MINUTES_MS))


def cost(settings: Settings, *features: str, **options: object) -> float:
    return to_credits(TRANSCRIBE.quote(params(settings, *features, **options), defaults()).total_uc)


@pytest.mark.parametrize("language", ENGLISH)
@pytest.mark.parametrize("engine", ENGINES)
def test_ten_english_minutes_with_sentiment_and_entities_are_16(
    settings: Settings, engine: str, language: str
) -> None:
    assert cost(settings, *ASKED, engine=engine, language=language) == 16.00


@pytest.mark.parametrize(
    ("engine", "language"),
    [
        (engine, language)
        for engine in ENGINES
        for language in OTHERS
        if SPEECH[engine].capabilities.supports(language)
    ],
)
def test_ten_minutes_of_another_language_are_13_as_sentiment_cannot_run(
    settings: Settings, engine: str, language: str
) -> None:
    relaxed = {"engine": engine, "language": language, "strict": False}
    assert cost(settings, *ASKED, **relaxed) == 13.00
    with pytest.raises(UnsupportedFeature, match="sentiment_analysis works for en only"):
        cost(settings, *ASKED, **(relaxed | {"strict": True}))


@pytest.mark.parametrize("engine", ENGINES)
def test_speakers_cost_what_who_finds_them_costs(settings: Settings, engine: str) -> None:
    expected = {"modal": 11.80}.get(engine, 10.00)  # 0.18 a minute on a GPU
    assert cost(settings, engine=engine, language="en", diarize=True) == expected


def test_the_gateway_is_3_a_job(settings: Settings) -> None:
    features = {"llm_gateway": {"enabled": True, "generate_summary": True}}
    for language in (*ENGLISH, *OTHERS):
        wanted = {"engine": "assemblyai", "language": language, "features": features}
        assert cost(settings, **wanted) == 13.00


def test_every_engine_with_speakers_of_its_own_has_a_price_for_them() -> None:
    priced = defaults().amounts_uc
    for name, entry in SPEECH.items():
        if entry.capabilities.diarization:
            assert f"diarization.{name}" in priced
