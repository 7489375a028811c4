"""Warnings about models that need an administrator's attention."""

from collections.abc import Callable
from datetime import date

import pytest
from pydantic import SecretStr

from mp4totext.catalogue.warnings import catalogue_warnings, endings
from mp4totext.providers.model_catalogue import shipped
from mp4totext.runtime import Runtime
from mp4totext.settings import EngineSettings, Settings
from tests.support.text_vendors import with_engines

END = date(2027, 2, 26)  # of whisper-1
SPEECH = [entry for entry in shipped().models if entry.key[:2] == ("speech", "openai")]


def about_whisper(on: date, **engines: str) -> list[str]:
    settings = Settings(engines=EngineSettings(**engines))  # type: ignore[arg-type]  # texts
    return [text for text in endings(SPEECH, settings, today=on) if "'whisper-1'" in text]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 12, 27), None),
        (date(2026, 12, 28), "ends on 2027-02-26, in 60 days: choose 'gpt-transcribe'."),
        (END, "ended on 2027-02-26: choose 'gpt-transcribe'."),
    ],
)
def test_a_model_that_a_setting_names_is_a_warning_after_its_end_too(
    day: date, said: str | None
) -> None:
    texts = [f"openai's 'whisper-1' {said} OPENAI_SPEECH_MODEL names it."] if said else []
    assert about_whisper(day) == texts


def test_a_model_that_nobody_names_is_history_after_its_end() -> None:
    assert about_whisper(END, openai_speech_model="gpt-transcribe") == []


def test_models_of_providers_that_are_not_ready_need_no_attention(
    settings: Settings, make_runtime: Callable[[Settings], Runtime]
) -> None:
    runtime = make_runtime(settings)
    with runtime.database.read() as session:
        assert catalogue_warnings(session, settings) == []
        keyed = with_engines(settings, gemini_api_key=SecretStr("k"))
        assert all(text.startswith("gemini's") for text in catalogue_warnings(session, keyed))
