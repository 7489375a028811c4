"""Requested voice models, with or without their provider, and refusals."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext.catalogue.errors import UnknownModel
from mp4totext.credits.prices import defaults
from mp4totext.settings import AppSettings, EngineSettings, Settings
from mp4totext.voices.errors import VoiceCannot
from mp4totext.voices.planning import PlannedVoice, VoiceOrder, plan_voice


def planned(folder: Path, **order: Any) -> PlannedVoice:
    key = SecretStr("k")
    return plan_voice(
        VoiceOrder(**order),
        "Good evening.",
        prices=defaults(),
        settings=Settings(
            app=AppSettings(app_env="test", data_dir=folder),
            engines=EngineSettings(openai_api_key=key, elevenlabs_api_key=key),
        ),
        today=date(2026, 11, 29),
    )


def test_a_model_alone_chooses_the_provider_that_has_it(tmp_path: Path) -> None:
    assert planned(tmp_path, model="gpt-4o-mini-tts").provider == "openai"
    both = planned(tmp_path, model="tts-1-hd", provider="openai")
    assert (both.provider, both.model) == ("openai", "tts-1-hd")


def test_a_model_is_never_left_out(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel) as unknown:
        planned(tmp_path, model="gpt-4o-mini-tt")
    assert "gpt-4o-mini-tts" in unknown.value.facts["near"]
    with pytest.raises(VoiceCannot, match="leave out `model`"):
        planned(tmp_path, provider="kokoro", model="gpt-4o-mini-tts")
    with pytest.raises(VoiceCannot, match="with the model 'gpt-4o-mini-tts'"):
        planned(tmp_path, voice="af_heart", model="gpt-4o-mini-tts")
