"""The public configuration: correct, equal for all, without secrets."""

from collections.abc import Callable
from typing import Any, cast

import click
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError

from mp4totext.cli.transcribe import transcribe
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.speakers.schemas import DiarizeRequest
from tests.conftest import SECRET, app_for


def config_of(runtime: Runtime) -> dict[str, Any]:
    answer = TestClient(app_for(runtime)).get("/api/v1/config")
    assert answer.status_code == 200
    assert SECRET not in answer.text
    body: dict[str, Any] = answer.json()
    return body


def named(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(row for row in rows if row["name"] == name)


def test_it_says_what_is_here_and_how_to_add_the_rest(runtime: Runtime) -> None:
    config = config_of(runtime)
    bundled = named(config["engines"], "moonshine")
    assert (bundled["ready"], bundled["missing"], bundled["languages"]) == (True, None, ["en"])
    assert bundled["bundled"]
    assert bundled["on_this_machine"]
    openai = named(config["engines"], "openai")
    assert (openai["ready"], openai["missing"]) == (False, "set OPENAI_API_KEY")
    assert not openai["on_this_machine"]
    assert named(config["diarizers"], "channels")["needs_channels"]
    assert named(config["providers"]["search"], "tavily")["ready"] is False
    assert "mp4" in config["file_extensions"]
    assert config["direct_uploads"] is False
    prices = config["pricing"]["prices"]
    assert prices == TestClient(app_for(runtime)).get("/api/v1/credits/pricing").json()["prices"]


def test_as_many_speakers_may_be_asked_for_as_it_says(runtime: Runtime) -> None:
    most = config_of(runtime)["limits"]["max_speakers"]
    for schema in (TranscriptionOptions, DiarizeRequest):
        assert schema.model_validate({"max_speakers": most}).max_speakers == most
        with pytest.raises(ValidationError):
            schema.model_validate({"max_speakers": most + 1})
    options = {option.name: option.type for option in transcribe.params}
    for name in ("min_speakers", "max_speakers"):
        assert cast("click.IntRange", options[name]).max == most


def test_days_in_the_bin_are_those_of_the_settings(
    settings: Settings, make_runtime: Callable[[Settings], Runtime]
) -> None:
    ingest = settings.ingest.model_copy(update={"bin_days": 7})
    runtime = make_runtime(settings.model_copy(update={"ingest": ingest}))
    assert config_of(runtime)["limits"]["bin_days"] == 7


def test_a_key_makes_an_engine_ready_and_is_not_told(
    settings: Settings, make_runtime: Callable[[Settings], Runtime]
) -> None:
    secret = "gsk-not-to-be-told"
    engines = settings.engines.model_copy(update={"groq_api_key": SecretStr(secret)})
    runtime = make_runtime(settings.model_copy(update={"engines": engines}))
    assert named(config_of(runtime)["engines"], "groq")["ready"]
    assert secret not in TestClient(app_for(runtime)).get("/api/v1/config").text


@pytest.mark.parametrize(("sessions", "available"), [(8, True), (0, False)])
def test_limits_are_those_of_the_settings(
    settings: Settings,
    make_runtime: Callable[[Settings], Runtime],
    sessions: int,
    available: bool,
) -> None:
    changed = settings.model_copy(
        update={
            "live": settings.live.model_copy(update={"live_sessions": sessions}),
            "auth": settings.auth.model_copy(update={"registration_open": False}),
            "ingest": settings.ingest.model_copy(update={"max_duration_s": 60}),
        }
    )
    config = config_of(make_runtime(changed))
    assert config["live"]["available"] is available
    assert config["registration_open"] is False
    assert config["limits"]["max_duration_ms"] == 60_000
