"""docs/openai.md says what becomes of each field and event of OpenAI's newest API.

OpenAI's package for Python is generated from their published document. A new version of it with a
new field fails here until the page says whether that is answered, ignored or refused.
"""

import re
from typing import Any, get_args

import pytest
from openai.types import image_generate_params
from openai.types.audio import speech_create_params, transcription_create_params
from openai.types.realtime import realtime_client_event, realtime_transcription_session_audio_input
from openai.types.realtime.audio_transcription import AudioTranscription
from openai.types.realtime.realtime_transcription_session_create_request import (
    RealtimeTranscriptionSessionCreateRequest,
)

from tests.support.uvicorn_processes import ROOT

REALTIME_INPUT = realtime_transcription_session_audio_input.RealtimeTranscriptionSessionAudioInput


def fields(params: Any) -> set[str]:
    """The fields of a TypedDict or of one of OpenAI's models."""
    names = params.model_fields if hasattr(params, "model_fields") else params.__annotations__
    return set(names)


def documented(heading: str) -> set[str]:
    """The names in the first column of the table under a heading."""
    page = (ROOT / "docs" / "openai.md").read_text()
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize(
    ("params", "heading"),
    [
        (
            transcription_create_params.TranscriptionCreateParamsStreaming,
            "Fields of a transcription",
        ),
        (speech_create_params.SpeechCreateParams, "Fields of speech"),
        (image_generate_params.ImageGenerateParamsStreaming, "Fields of pictures"),
    ],
)
def test_every_field_of_a_request_is_documented(params: Any, heading: str) -> None:
    assert fields(params) - documented(heading) == set()


def test_every_field_and_event_of_a_live_session_is_documented() -> None:
    named = documented("Realtime transcription")
    known = {part for name in named for part in (name, name.rpartition(".")[2])}
    (union, *_) = get_args(realtime_client_event.RealtimeClientEvent)
    events = {get_args(event.model_fields["type"].annotation)[0] for event in get_args(union)}
    session = fields(RealtimeTranscriptionSessionCreateRequest) - {"audio", "type"}
    assert session | fields(REALTIME_INPUT) - {"transcription"} <= known
    assert fields(AudioTranscription) - known == set()
    assert {event for event in events if event.startswith(("session.", "input_"))} - named == set()
