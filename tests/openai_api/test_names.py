"""Meanings of model names of OpenAI, Groq, Speaches and Hugging Face."""

from dataclasses import replace
from datetime import date

import pytest

from mp4totext.catalogue.errors import ModelRetired
from mp4totext.credits import prices
from mp4totext.openai_api.names import EnginesFor, ModelChoice, named
from mp4totext.openai_api.refusals import ModelNotFound
from mp4totext.providers.speech.table import SPEECH
from mp4totext.settings import Settings
from mp4totext.transcriptions.engines import Engines
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.planning import plan


@pytest.fixture
def engines(settings: Settings) -> Engines:
    return Engines.of(settings)


def ready(engines: Engines, *names: str, installed: tuple[str, ...] = ()) -> EnginesFor:
    """Only these engines; of local ones, only these models are on this machine."""

    def engines_for(model: str | None) -> Engines:
        missing = {name: "not set up" for name in SPEECH if name not in names}
        if model is not None and model not in installed:
            missing |= dict.fromkeys(("whisper", "faster-whisper"), f"no {model}")
        return replace(engines, speech_missing=missing)

    return engines_for


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("", ModelChoice()),
        ("auto", ModelChoice()),
        ("moonshine", ModelChoice(engine="moonshine")),
        ("faster-whisper:large-v3", ModelChoice(engine="faster-whisper", model="large-v3")),
        ("faster-whisper/large-v3", ModelChoice(engine="faster-whisper", model="large-v3")),
        # OpenAI's, without OpenAI: whatever is best here.
        ("whisper-1", ModelChoice()),
        ("openai/whisper-1", ModelChoice()),
        ("gpt-4o-transcribe", ModelChoice()),
        ("gpt-4o-transcribe-diarize", ModelChoice(diarize=True)),
        # Groq's, Speaches' and Hugging Face's names of the same model.
        ("whisper-large-v3", ModelChoice(model="large-v3")),
        ("whisper-large-v3-turbo", ModelChoice(model="large-v3-turbo")),
        ("Systran/faster-whisper-large-v3", ModelChoice(model="large-v3")),
        ("openai/whisper-large-v3", ModelChoice(model="large-v3")),
        ("openai/whisper-tiny.en", ModelChoice(model="tiny.en")),
        ("deepdml/faster-whisper-large-v3-turbo-ct2", ModelChoice(model="turbo")),
        ("mobiuslabsgmbh/faster-whisper-large-v3-turbo", ModelChoice(model="turbo")),
        ("Systran/faster-distil-whisper-small.en", ModelChoice(model="distil-small.en")),
        ("distil-whisper/distil-large-v3", ModelChoice(model="distil-large-v3")),
        ("distil-whisper/distil-large-v3.5-ct2", ModelChoice(model="distil-large-v3.5")),
        ("UsefulSensors/moonshine-tiny", ModelChoice(model="tiny-en")),
        ("large-v3", ModelChoice(model="large-v3")),
    ],
)
def test_a_name_means_a_model_that_is_here(
    engines: Engines, name: str, choice: ModelChoice
) -> None:
    installed = (
        *("large-v3", "large-v3-turbo", "tiny.en", "turbo"),
        *("distil-small.en", "distil-large-v3", "distil-large-v3.5"),
    )
    here = ready(engines, "moonshine", "faster-whisper", installed=installed)
    assert named(name, here) == choice


def test_a_vendors_model_is_obeyed_where_the_vendor_is_set_up(engines: Engines) -> None:
    here = ready(engines, "moonshine", "openai", "groq")
    assert named("whisper-1", here) == ModelChoice(model="whisper-1")
    assert named("openai/gpt-4o-transcribe", here).model == "gpt-4o-transcribe"
    assert named("whisper-large-v3", here) == ModelChoice(model="whisper-large-v3")
    diarize = named("gpt-4o-transcribe-diarize", here)
    assert diarize == ModelChoice(model="gpt-4o-transcribe-diarize", diarize=True)


def test_a_model_that_could_be_added_is_passed_on_to_a_refusal_that_says_how(
    engines: Engines,
) -> None:
    here = ready(engines, "moonshine")
    assert named("Systran/faster-whisper-medium", here) == ModelChoice(model="medium")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("whisper-larg-v3", "'whisper-large-v3'"),
        ("gpt-4o-transcrib", "'gpt-4o-transcribe'"),
        ("Systran/faster-whisper-larj-v3", "'whisper-large-v3'"),
        ("nvidia/parakeet-tdt-0.6b-v3", "See /v1/models"),
        ("a" * 10_000, "See /v1/models"),
    ],
)
def test_an_unknown_name_is_refused_with_names_like_it(
    engines: Engines, name: str, near: str
) -> None:
    with pytest.raises(ModelNotFound) as raised:
        named(name, ready(engines, "moonshine"))
    assert near in raised.value.message
    assert raised.value.facts == {"param": "model"}


def test_a_model_that_its_vendor_has_ended_is_not_replaced_by_the_best_engine(
    settings: Settings,
) -> None:
    later = Engines.of(settings, today=date(2027, 3, 1))
    here = ready(later, "moonshine", "openai")
    assert named("whisper-1", here) == ModelChoice(model="whisper-1")
    with pytest.raises(ModelRetired, match="gpt-transcribe"):
        plan(TranscriptionOptions(model="whisper-1"), here("whisper-1"), prices.defaults())
