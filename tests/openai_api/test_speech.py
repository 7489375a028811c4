import base64

import httpx
import pytest
from pydantic import ValidationError

from mp4totext.openai_api.speech import DELTA_BYTES, SpeechBody, audio_events, provider_and_model
from mp4totext.providers.model_catalogue import shipped
from tests.support.in_process_service import ApiUser
from tests.support.openai_service import Served


@pytest.mark.parametrize(
    ("name", "ready", "chosen"),
    [
        ("tts-1", ["kokoro"], ("kokoro", "")),
        ("gpt-4o-mini-tts", ["kokoro"], ("kokoro", "")),
        ("gpt-4o-mini-tts", ["kokoro", "openai"], ("openai", "gpt-4o-mini-tts")),
        ("gpt-4o-mini-tts-2025-12-15", ["kokoro"], ("kokoro", "")),
        (
            "gpt-4o-mini-tts-2025-12-15",
            ["kokoro", "openai"],
            ("openai", "gpt-4o-mini-tts-2025-12-15"),
        ),
        ("openai:gpt-4o-mini-tts", ["kokoro"], ("openai", "gpt-4o-mini-tts")),
        ("auto", ["kokoro", "openai"], ("kokoro", "")),
        ("auto", [], ("auto", "")),
        ("kokoro", ["kokoro"], ("kokoro", "")),
        ("nobody", ["kokoro"], ("auto", "nobody")),
    ],
)
def test_a_named_model_of_voices_is_obeyed(
    name: str, ready: list[str], chosen: tuple[str, str]
) -> None:
    assert provider_and_model(name, ready, shipped().models) == chosen


def test_the_sound_is_streamed_in_parts() -> None:
    sound = bytes(range(256)) * (DELTA_BYTES // 256 + 1)
    *deltas, done = audio_events(sound)
    assert [event["type"] for event in deltas] == ["speech.audio.delta"] * 2
    assert b"".join(base64.b64decode(event["audio"]) for event in deltas) == sound
    assert (done["type"], done["usage"]["total_tokens"]) == ("speech.audio.done", 0)


def test_what_openais_clients_leave_open_is_the_default() -> None:
    body = SpeechBody.model_validate(
        {"input": "Hello", "speed": None, "stream_format": None, "voice": {"id": "voice_1"}}
    )
    assert (body.speed, body.stream_format, body.voice) == (1.0, "audio", "voice_1")
    with pytest.raises(ValidationError):
        SpeechBody.model_validate({"input": "Hello", "voice": {"name": "x"}})


@pytest.mark.parametrize("length", [120, 121, 160])
def test_a_model_of_any_length_is_a_mistake_of_the_client(
    served: Served, user: ApiUser, length: int
) -> None:
    for path, body in (
        ("/v1/audio/speech", {"input": "Hello."}),
        ("/v1/images/generations", {"prompt": "The sea"}),
    ):
        order = body | {"model": "m" * length}
        answer = httpx.post(
            f"{served.url}{path}", json=order, headers=user.account.headers, timeout=60
        )
        assert 400 <= answer.status_code < 500, answer.text
