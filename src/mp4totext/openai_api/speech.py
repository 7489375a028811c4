"""OpenAI's route for speech: a request waits for its job and returns the audio."""

import base64
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field, field_validator
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.auth.identity import Identity
from mp4totext.catalogue import service as catalogue
from mp4totext.jobs.dependencies import Writer
from mp4totext.kit.http import problems
from mp4totext.kit.request_fields import IdempotencyKey
from mp4totext.kit.text import CleanStr, CleanText
from mp4totext.media.sound import MEDIA_TYPES, Codec, decoded, encoded
from mp4totext.openai_api.bodies import OpenAIBody
from mp4totext.openai_api.names import AUTO
from mp4totext.openai_api.streaming import event_line
from mp4totext.openai_api.voice_names import OPENAI_VOICE_MODELS
from mp4totext.openai_api.waiting import Wait, Waits, accepted_and_ended, succeeded_job
from mp4totext.providers import registry
from mp4totext.providers.model_catalogue import ModelEntry
from mp4totext.providers.voice.table import VOICE
from mp4totext.runtime import Runtime
from mp4totext.voices import files, service, speaking
from mp4totext.voices.openai_voices import LIKE
from mp4totext.voices.schemas import SayRequest, SpeechAccepted

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

DELTA_BYTES = 32 << 10  # of the audio in one event


class SpeechBody(OpenAIBody):
    model: Annotated[CleanStr, Field(max_length=120)] = Field(
        AUTO,
        description="`auto`, a provider listed by /api/v1/voices, provider:model, or the name of a "
        "model. OpenAI's model names select `auto` if OpenAI is not set up.",
    )
    input: Annotated[CleanText, Field(min_length=1, max_length=100_000)]
    voice: Annotated[CleanStr, Field(max_length=80)] = "alloy"
    instructions: Annotated[CleanStr, Field(max_length=500)] = ""
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: float = Field(1.0, ge=0.25, le=4.0)
    stream_format: Literal["audio", "sse"] = Field(
        "audio",
        description="`sse` answers with server-sent events: `speech.audio.delta` with parts of the "
        "audio, then `speech.audio.done`.",
    )

    @field_validator("voice", mode="before")
    @classmethod
    def _name_of_a_voice(cls, voice: Any) -> Any:
        """OpenAI's custom voices are objects with an id."""
        return voice["id"] if isinstance(voice, dict) and set(voice) == {"id"} else voice


@router.post(
    "/audio/speech",
    response_class=Response,
    responses=problems(400, 401, 402, 403, 404, 409)
    | {
        200: {
            "description": "The sound",
            "content": {
                "audio/*": {"schema": {"type": "string", "format": "binary"}},
                "text/event-stream": {"schema": {"type": "string"}},
            },
        }
    },
    dependencies=[rate_limit("expensive")],
    summary="Speak a text, and wait for the audio",
)
async def speech(
    body: SpeechBody,
    request: Request,
    user: Writer,
    runtime: RuntimeDep,
    key: IdempotencyKey = None,
) -> Response:
    accept = partial(_accepted, request, user, key, body)
    accepted, wait = await accepted_and_ended(request, user, accept)
    shape = partial(_sound, runtime, user, accepted, body.response_format)
    sound: bytes = await request.app.state.export_slots.run(user.user_id, shape)
    if body.stream_format == "sse":
        return StreamingResponse(
            map(event_line, audio_events(sound)),
            media_type="text/event-stream",
            background=BackgroundTask(wait.delivered),
        )
    return Response(
        sound,
        media_type=MEDIA_TYPES[body.response_format],
        background=BackgroundTask(wait.delivered),
    )


def audio_events(sound: bytes) -> Iterator[dict[str, Any]]:  # JSON values
    """The audio as events of OpenAI's stream. `usage` counts tokens, so all counts are 0."""
    for start in range(0, len(sound), DELTA_BYTES):
        part = base64.b64encode(sound[start : start + DELTA_BYTES]).decode()
        yield {"type": "speech.audio.delta", "audio": part}
    no_tokens = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    yield {"type": "speech.audio.done", "usage": no_tokens}


def _accepted(
    request: Request, user: Identity, key: str | None, body: SpeechBody
) -> tuple[SpeechAccepted, Wait]:
    runtime: Runtime = request.app.state.runtime
    waits: Waits = request.app.state.openai_waits
    order = _say_request(runtime, body)
    caller = waits.caller(request, user, key, "speech", order.model_dump(mode="json"))
    with runtime.database.write() as session:
        accepted = service.say(runtime, session, caller, order)
    wait = Wait(waits=waits, caller=caller, job_id=accepted.task_id, key_made_here=key is None)
    return accepted, wait


def provider_and_model(
    name: str, ready: list[str], entries: Iterable[ModelEntry]
) -> tuple[str, str]:
    """The provider and model for a request's ``model``; an empty model is the provider's default.

    ``ready``: ready providers of voices in order of preference. OpenAI's own names mean the first.
    """
    for entry in entries:
        if entry.kind == "voice" and entry.model == name and entry.provider in ready:
            return entry.provider, entry.model
    provider, _, model = name.partition(":")
    if provider in (AUTO, *OPENAI_VOICE_MODELS):
        return next(iter(ready), AUTO), ""
    if provider not in VOICE:
        return AUTO, name
    return provider, model


def _say_request(runtime: Runtime, body: SpeechBody) -> SayRequest:
    ready = list(registry.available(VOICE, runtime.settings))
    with runtime.database.read() as session:
        entries = catalogue.entries(session)
    provider, model = provider_and_model(body.model, ready, entries)
    can = VOICE[provider].capabilities if provider in VOICE else None
    voice: str | None = body.voice
    if can is not None and voice not in can.voices:
        similar = LIKE.get(body.voice)
        if similar is not None:  # one of OpenAI's names; None is the provider's default voice
            voice = similar if similar in can.voices else None
    direction = body.instructions if can is not None and can.direction else ""
    return SayRequest(
        text=body.input,
        provider=provider,
        model=model or None,
        voice=voice,
        speed=body.speed,
        direction=direction,
    )


def _sound(runtime: Runtime, user: Identity, accepted: SpeechAccepted, codec: Codec) -> bytes:
    with runtime.database.read() as session:
        succeeded_job(session, user, accepted.task_id)
    name = files.MP3 if codec == "mp3" else files.WAV
    key = files.key(accepted.id, name)
    with TemporaryDirectory(dir=runtime.scratch.folder("speech")) as folder:
        data = runtime.storage.fetch(key, Path(folder) / name).read_bytes()
    if codec in ("mp3", "wav"):
        return data
    return encoded(decoded(data, rate=speaking.RATE), codec)
