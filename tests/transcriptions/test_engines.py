"""Requested speech models, and refusals that list alternatives."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext.catalogue.errors import ModelRetired, UnknownModel
from mp4totext.credits.prices import defaults
from mp4totext.kit.errors import AppError
from mp4totext.providers.denoise.table import DENOISE
from mp4totext.providers.model_catalogue import shipped
from mp4totext.settings import AppSettings, EngineSettings, Settings
from mp4totext.transcriptions.engines import Engines
from mp4totext.transcriptions.errors import EngineMissing, UnsupportedFeature
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.planning import Plan, plan
from tests.support.tiny_whisper import make_whisper

BEFORE = date(2027, 2, 25)  # whisper-1's last day
AFTER = date(2027, 2, 26)

Planned = Callable[..., Plan]


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Plans with keys of OpenAI and Groq on a day; ``engines`` are settings."""

    def make(options: dict[str, Any], *, on: date = BEFORE, **engines: Any) -> Plan:
        keys = {name: SecretStr("k") for name in ("openai_api_key", "groq_api_key")}
        settings = Settings(
            app=AppSettings(app_env="test", data_dir=tmp_path),
            engines=EngineSettings(**({"models_dir": tmp_path / "models"} | keys | engines)),
        )
        asked = TranscriptionOptions.model_validate(options)
        facts = Engines.of(
            settings, engine=asked.engine, model=asked.model, catalogue=shipped().models, today=on
        )
        return plan(asked, facts, defaults())

    return make


def refusal(planned: Planned, *arguments: Any, **options: Any) -> AppError:
    with pytest.raises(AppError) as refused:
        planned(*arguments, **options)
    return refused.value


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        ("gpt-transcribe", "openai"),
        ("whisper-1", "openai"),
        ("whisper-large-v3-turbo", "groq"),
    ],
)
def test_a_model_alone_chooses_the_engine_that_has_it(
    planned: Planned, model: str, engine: str
) -> None:
    chosen = planned({"model": model, "language": "en"})
    assert (chosen.engine.engine, chosen.reason) == (engine, f"{engine} has the model {model!r}")


def test_a_local_model_is_found_by_its_name_where_it_is_installed(
    planned: Planned, tmp_path: Path
) -> None:
    missing = refusal(planned, {"model": "small"})
    assert isinstance(missing, EngineMissing)
    assert "mp4totext models pull faster-whisper:small" in missing.message
    make_whisper(tmp_path / "models" / "faster-whisper" / "small")
    assert planned({"model": "small"}).engine.engine == "faster-whisper"
    make_whisper(tmp_path / "models" / "faster-whisper" / "my-own")
    assert planned({"model": "my-own"}).engine.engine == "faster-whisper"


@pytest.mark.parametrize("options", [{}, {"engine": "openai"}])
def test_an_unknown_model_is_refused_with_names_like_it(
    planned: Planned, options: dict[str, str]
) -> None:
    refused = refusal(planned, {"model": "whisper-2", **options})
    assert isinstance(refused, UnknownModel)
    assert (refused.status, refused.code) == (422, "unknown_model")
    assert "whisper-1" in refused.facts["near"]


def test_a_model_of_another_engine_is_refused(planned: Planned) -> None:
    refused = refusal(planned, {"engine": "groq", "model": "gpt-transcribe"})
    assert refused.message.startswith("There is no model 'gpt-transcribe' of the engine 'groq'")


def test_the_bundled_engine_has_one_model(planned: Planned) -> None:
    assert planned({"engine": "moonshine", "model": "tiny-en"}).engine.engine == "moonshine"
    assert planned({"model": "tiny-en", "language": "en"}).engine.engine == "moonshine"
    refused = refusal(planned, {"engine": "moonshine", "model": "base-en"})
    assert isinstance(refused, UnknownModel)
    assert refused.message.endswith("Models: tiny-en.")


@pytest.mark.parametrize("engine", ["auto", "openai"])
def test_a_retired_model_is_refused_with_what_follows_it(planned: Planned, engine: str) -> None:
    assert planned({"engine": engine, "model": "whisper-1"}).engine.engine == "openai"
    refused = refusal(planned, {"engine": engine, "model": "whisper-1"}, on=AFTER)
    assert isinstance(refused, ModelRetired)
    assert refused.facts["replaced_by"] == "gpt-transcribe"
    assert refused.message == ("openai's 'whisper-1' ended on 2027-02-26: choose 'gpt-transcribe'.")


def test_an_engine_whose_configured_model_has_ended_is_not_ready(planned: Planned) -> None:
    ended = refusal(planned, {"engine": "openai"}, on=AFTER)
    assert isinstance(ended, EngineMissing)
    assert "choose 'gpt-transcribe'. Set OPENAI_SPEECH_MODEL." in ended.message
    assert planned({"language": "de"}, on=AFTER).engine.engine == "groq"
    newer = planned({"engine": "openai"}, on=AFTER, openai_speech_model="gpt-transcribe")
    assert newer.engine.engine == "openai"
    named = planned({"engine": "openai", "model": "gpt-transcribe"}, on=AFTER)
    assert named.engine.engine == "openai"


def test_an_engine_with_an_ended_model_takes_over_from_no_other(planned: Planned) -> None:
    options = {"engine": "groq", "model": "whisper-large-v3", "language": "de"}
    before = planned(options | {"allow_fallback": True})
    assert before.fallback is not None
    assert before.fallback.engine == "openai"
    assert planned(options | {"allow_fallback": True}, on=AFTER).fallback is None


def test_a_server_of_ones_own_brings_its_own_models(planned: Planned) -> None:
    own = {"openai_base_url": "http://127.0.0.1:9/v1"}
    for model in ("whisper-1", "Systran/faster-whisper-small"):
        asked = {"engine": "openai", "model": model}
        assert planned(asked, on=AFTER, **own).engine.engine == "openai"
    assert planned({"engine": "openai"}, on=AFTER, **own).engine.engine == "openai"


def test_a_named_model_that_cannot_do_all_of_it_says_what_is_lacking(planned: Planned) -> None:
    options = {
        "model": "gpt-transcribe",
        "features": {"llm_gateway": {"enabled": True, "generate_summary": True}},
    }
    refused = refusal(planned, options)
    assert isinstance(refused, UnsupportedFeature)
    assert "openai lacks an LLM gateway" in refused.message


def test_less_noise_is_planned_where_a_filter_is_and_the_engine_takes_windows(
    planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert planned({}).denoise == "off"
    assert planned({"denoise": "auto"}).denoise == "auto"
    assert planned({"denoise": "on", "engine": "groq"}).denoise == "on"
    whole = {"denoise": "on", "engine": "assemblyai"}
    key = {"assemblyai_api_key": SecretStr("k")}
    refused = refusal(planned, whole, **key)
    assert refused.message.startswith("'assemblyai' receives the file as it is, so its noise")
    lenient = planned(whole | {"strict": False}, **key)
    assert (lenient.denoise, len(lenient.warnings)) == ("off", 1)
    absent = replace(DENOISE["deepfilter"], modules=("nothing_of_this_name",))
    monkeypatch.setitem(DENOISE, "deepfilter", absent)
    refused = refusal(planned, {"denoise": "auto"})
    assert refused.message.startswith(
        "Noise reduction is not ready here: nothing_of_this_name is not"
    )
    assert "denoise" in refused.message
    assert planned({}).denoise == "off"


def test_a_language_that_no_engine_has_is_refused_for_good(planned: Planned) -> None:
    refused = refusal(planned, {"language": "tlh"})
    assert isinstance(refused, UnsupportedFeature)
    assert (refused.status, refused.code) == (422, "unsupported_language")
    assert refused.message.startswith("No engine supports the language 'tlh'.")


def test_a_kind_is_enough_to_ask_for_a_text() -> None:
    options = TranscriptionOptions.model_validate({"texts": ["summary", {"kind": "clean"}]})
    assert [order.kind for order in options.texts] == ["summary", "clean"]
    with pytest.raises(ValueError, match="`min_speakers` 3 is more than `max_speakers` 2: swap"):
        TranscriptionOptions.model_validate({"min_speakers": 3, "max_speakers": 2})


def test_a_vendor_is_chosen_only_by_its_name_where_the_setting_says_so(planned: Planned) -> None:
    german = {"language": "de", "vocabulary": ["Zugspitze"]}
    assert planned(german).engine.engine == "openai"
    refused = refusal(planned, german, auto_uses_vendors=False)
    assert isinstance(refused, EngineMissing)
    assert "'openai' would, but sends the recording to a vendor" in refused.message
    assert "mp4totext models pull faster-whisper:base" in refused.message
    unknown = planned({"language": "auto"}, auto_uses_vendors=False)
    assert unknown.engine.engine == "moonshine"
    named = planned(german | {"engine": "openai"}, auto_uses_vendors=False)
    assert named.engine.engine == "openai"
