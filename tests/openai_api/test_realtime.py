"""Realtime transcription with OpenAI's own client, over a live session."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
import httpx
import pytest
from av.audio.resampler import AudioResampler
from jsonschema_rs import validator_for
from openai import OpenAI
from pydantic import ValidationError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from mp4totext.jobs.models import JobState
from mp4totext.openai_api.realtime_schemas import CLIENT_EVENT
from tests.conformance import openai_schema
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording
from tests.support.openai_service import SPOKEN, Served, jobs_of, key_of, worker
from tests.support.waiting import until

# How OpenAI's client uses its WebSocket library.
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used:DeprecationWarning")

TRANSCRIPTION = "conversation.item.input_audio_transcription"


def samples(codec: str = "pcm_s16le", rate: int = 24_000) -> bytes:
    """FOUR_SECONDS as bare samples."""
    resampler = AudioResampler(format="s16", layout="mono", rate=rate)
    with av.open(str(recording(FOUR_SECONDS))) as container:
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate, "mono", "s16"
    return b"".join(bytes(p) for frame in frames for p in encoder.encode(frame))


@contextmanager
def session(client: OpenAI, **input_options: Any) -> Iterator[Any]:
    with client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        assert connection.recv().type == "session.created"
        options = {"transcription": {"model": "gpt-4o-transcribe", "language": "en"}}
        wanted: Any = {"type": "transcription", "audio": {"input": options | input_options}}
        connection.session.update(session=wanted)
        assert connection.recv().type == "session.updated"
        yield connection


def speak(connection: Any, audio: bytes, *, piece: int = 24_000) -> None:
    for at in range(0, len(audio), piece):
        encoded = base64.b64encode(audio[at : at + piece]).decode()
        connection.input_audio_buffer.append(audio=encoded)
    connection.input_audio_buffer.commit()


def until_text(connection: Any, spoken: str) -> list[Any]:
    """Events until the finished utterances say so."""
    events: list[Any] = []
    while spoken not in " ".join(
        event.transcript for event in events if event.type == f"{TRANSCRIPTION}.completed"
    ):
        events.append(connection.recv())
        assert events[-1].type != "error", events[-1]
    return events


def test_the_official_client_hears_words_and_items_in_order(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    with worker(served.harness):
        with session(client) as connection:
            speak(connection, samples())
            events = until_text(connection, SPOKEN)
        until(lambda: [job.state for job in jobs_of(served.harness, user)] == ["succeeded"])
    for event in events:
        validator_for(openai_schema.REALTIME_EVENT).validate(event.to_dict())
    of_item: dict[str, list[Any]] = {}
    for event in events:
        item = getattr(event, "item_id", None) or event.item.id
        of_item.setdefault(item, []).append(event)
    for own in of_item.values():
        assert own[0].type == "input_audio_buffer.speech_started"
        assert own[-1].type == f"{TRANSCRIPTION}.completed"
        deltas = "".join(e.delta for e in own if e.type == f"{TRANSCRIPTION}.delta")
        assert deltas == own[-1].transcript
        assert own[-1].usage.type == "duration"
    (job,) = jobs_of(served.harness, user)
    assert job.charged_uc


@pytest.mark.parametrize(("codec", "name"), [("pcm_mulaw", "pcmu"), ("pcm_alaw", "pcma")])
def test_the_formats_of_telephones(
    served: Served, client: OpenAI, user: ApiUser, codec: str, name: str
) -> None:
    with worker(served.harness):
        with session(client, format={"type": f"audio/{name}"}) as connection:
            speak(connection, samples(codec, 8_000), piece=8_001)
            assert until_text(connection, "America")
        until(lambda: jobs_of(served.harness, user)[0].state in (JobState.SUCCEEDED,))


def test_mistakes_are_answered_and_the_session_goes_on(client: OpenAI, served: Served) -> None:
    def code_of(connection: Any, *, send: str) -> tuple[str, str | None]:
        connection.send_raw(send)
        event = connection.recv()
        validator_for(openai_schema.REALTIME_EVENT).validate(event.to_dict())
        return event.error.code, event.error.param

    with session(client) as connection:
        assert code_of(connection, send="{") == ("invalid_value", None)
        assert code_of(connection, send='{"type": "response.create"}')[0] == "invalid_value"
        for wrong in ("*", "é"):
            append = f'{{"type": "input_audio_buffer.append", "audio": "{wrong}"}}'
            assert code_of(connection, send=append) == ("invalid_value", "audio")
        assert code_of(connection, send='{"type": "input_audio_buffer.commit"}') == (
            "input_audio_buffer_commit_empty",
            None,
        )
        audio: Any = {"input": {"transcription": {"model": "gpt-9"}}}
        connection.session.update(session={"type": "transcription", "audio": audio})
        assert connection.recv().error.code == "model_not_found"
        connection.session.update(session={"type": "transcription"})
        assert connection.recv().type == "session.updated"


def test_cleared_audio_is_not_transcribed(served: Served, client: OpenAI, user: ApiUser) -> None:
    audio = samples()
    with worker(served.harness):
        with session(client) as connection:
            connection.input_audio_buffer.clear()  # nothing yet
            assert connection.recv().type == "input_audio_buffer.cleared"
            for _ in range(2):
                connection.input_audio_buffer.append(
                    audio=base64.b64encode(audio[:72_000]).decode()
                )
                connection.input_audio_buffer.clear()
            kinds: list[str] = []
            while kinds.count("input_audio_buffer.cleared") < 2:
                event = connection.recv()
                validator_for(openai_schema.REALTIME_EVENT).validate(event.to_dict())
                kinds.append(event.type)
            assert f"{TRANSCRIPTION}.completed" not in kinds
            connection.input_audio_buffer.clear()  # nothing since
            assert connection.recv().type == "input_audio_buffer.cleared"
            connection.input_audio_buffer.commit()
            assert connection.recv().error.code == "input_audio_buffer_commit_empty"
            speak(connection, audio)
            events = until_text(connection, SPOKEN)
        until(lambda: jobs_of(served.harness, user)[0].state in (JobState.SUCCEEDED,))
    started = next(e for e in events if e.type == "input_audio_buffer.speech_started")
    assert started.audio_start_ms >= 3_000


def test_a_megabyte_of_wrong_entries_is_one_error() -> None:
    """The API stood still for seconds while it listed all of them."""
    entries = ",".join("1" for _ in range(500_000))
    update = (
        f'{{"type":"session.update","session":{{"type":"transcription","include":[{entries}]}}}}'
    )
    with pytest.raises(ValidationError) as refused:
        CLIENT_EVENT.validate_json(update)
    assert refused.value.error_count() == 1
    schema = json.dumps(CLIENT_EVENT.json_schema())
    assert schema.count('"type": "array"') == schema.count('"maxItems"') > 0


@pytest.mark.parametrize("language", [{"language": "de"}, {"languages": ["de"]}])
def test_a_language_that_no_live_engine_has_ends_the_session(
    client: OpenAI, served: Served, user: ApiUser, language: dict[str, Any]
) -> None:
    transcription = {"model": "gpt-live-transcribe", **language}
    with session(client, transcription=transcription) as connection:
        speak(connection, samples())
        event = connection.recv()
    assert (event.type, event.error.code) == ("error", "unsupported_language")
    assert jobs_of(served.harness, user) == []


def test_a_wrong_key_gets_no_session(served: Served) -> None:
    url = served.url.replace("http", "ws") + "/v1/realtime?intent=transcription"
    with pytest.raises(InvalidStatus) as refused:
        connect(url, additional_headers={"Authorization": "Bearer mp4t_wrong"})
    assert refused.value.response.status_code == 403


def test_a_browser_sends_its_key_as_a_subprotocol(served: Served, user: ApiUser) -> None:
    url = served.url.replace("http", "ws") + "/v1/realtime?intent=transcription&model=gpt-9"
    protocols = ["realtime", f"openai-insecure-api-key.{key_of(user)}"]
    with connect(url, subprotocols=protocols) as socket:  # type: ignore[arg-type]
        assert socket.subprotocol == "realtime"
        assert httpx.Response(200, text=str(socket.recv())).json()["type"] == "error"
        assert httpx.Response(200, text=str(socket.recv())).json()["type"] == "session.created"
