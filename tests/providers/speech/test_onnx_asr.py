"""The engine of ONNX models, with a tiny one made here."""

from pathlib import Path

import pytest

from mp4totext.kit.packages import own_command
from mp4totext.providers import registry
from mp4totext.providers.base import no_report
from mp4totext.providers.errors import ProviderMisconfigured, ProviderUnsupported
from mp4totext.providers.onnx_models import DEFAULT, ENGINE, ONNX_MODELS
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest, SpeechResult
from mp4totext.providers.speech.table import SPEECH, speech_engine
from mp4totext.settings import AppSettings, Settings
from mp4totext.transcript import CoverageKind
from tests.support.speech_samples import hiss, two_cities
from tests.support.tiny_parakeet import FRAMES_PER_TOKEN, SAYS, make_parakeet

OFFSET_MS, LENGTH_MS = 5_000, 20_000


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("data")
    make_parakeet(folder / "models" / ENGINE / DEFAULT)
    (folder / "models" / ENGINE / "nemo-parakeet-tdt-0.6b-v2").mkdir()
    return Settings(app=AppSettings(app_env="test", data_dir=folder))


def transcribe(
    settings: Settings, options: SpeechOptions | None = None, *, silent: bool = False
) -> SpeechResult:
    samples = hiss(LENGTH_MS / 1_000) if silent else two_cities(0, LENGTH_MS)
    request = SpeechRequest(
        samples=samples, offset_ms=OFFSET_MS, options=options or SpeechOptions()
    )
    return speech_engine(ENGINE, settings).transcribe(request, no_report)


def test_its_words_have_the_times_of_their_tokens(settings: Settings) -> None:
    result = transcribe(settings, SpeechOptions(language="de-AT"))
    words = [word for segment in result.segments for word in segment.words]
    assert " ".join(word.text for word in words[:3]) == SAYS
    _, second, third, *_ = words  # the first one begins where the voice does
    assert third.start_ms - second.start_ms == FRAMES_PER_TOKEN * 80
    assert all(0.5 < (word.confidence or 0) <= 1 for word in words)
    assert not any(word.estimated for word in words)
    assert words[0].start_ms >= OFFSET_MS
    assert words[-1].end_ms <= OFFSET_MS + LENGTH_MS
    assert (result.language, result.model) == ("de", DEFAULT)


def test_it_invents_nothing_where_nobody_speaks(settings: Settings) -> None:
    result = transcribe(settings, silent=True)
    assert (result.segments, result.language) == ((), None)
    assert {stretch.kind for stretch in result.coverage} == {CoverageKind.NO_SPEECH}


def test_it_does_not_claim_a_language_that_the_model_does_not_tell(settings: Settings) -> None:
    assert transcribe(settings).language is None


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (SpeechOptions(language="ja"), ProviderUnsupported, "'ja': choose one of bg, cs"),
        (SpeechOptions(model="nemo-canary-1b-v2"), ProviderUnsupported, "told the language"),
        (SpeechOptions(model="large-v3"), ProviderUnsupported, "choose one of nemo-parakeet"),
        (SpeechOptions(model="../nemo"), ProviderUnsupported, "There is no model"),
        (
            SpeechOptions(model="gigaam-v3-e2e-rnnt"),
            ProviderMisconfigured,
            "models pull onnx-asr:gigaam-v3-e2e-rnnt",
        ),
        (
            SpeechOptions(model="nemo-parakeet-tdt-0.6b-v2"),
            ProviderMisconfigured,
            "cannot be loaded",
        ),
    ],
)
def test_what_it_cannot_do_is_said_with_the_way_out(
    settings: Settings, options: SpeechOptions, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        transcribe(settings, options)


def test_it_is_offered_where_its_model_is(settings: Settings, tmp_path: Path) -> None:
    assert registry.missing(SPEECH[ENGINE], settings) is None
    elsewhere = Settings(app=AppSettings(app_env="test", data_dir=tmp_path))
    reason = registry.missing(SPEECH[ENGINE], elsewhere)
    assert reason == (
        f"The model {DEFAULT!r} is not installed: "
        f"run `{own_command(f'models pull {ENGINE}:{DEFAULT}')}`."
    )


def test_every_model_names_languages_that_the_engine_lists() -> None:
    languages = SPEECH[ENGINE].capabilities.languages
    assert all(model.languages <= languages for model in ONNX_MODELS.values())
