"""Sessions and client events of OpenAI's Realtime transcription: the fields with an effect."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from mp4totext.kit.language_fields import LanguageOrAuto, LanguageTag
from mp4totext.kit.languages import AUTO
from mp4totext.openai_api.names import LIVE_NAMES, OPENAI_NAMES
from mp4totext.providers.speech.table import SPEECH

AUDIO_CHARACTERS_MAX = 15 << 20  # of base64 in one event, as OpenAI allows


class Pcm(BaseModel):
    type: Literal["audio/pcm"] = Field(description="16-bit samples, little-endian, mono.")
    rate: Literal[24000] = Field(24000, description="Samples a second.")


class Pcmu(BaseModel):
    type: Literal["audio/pcmu"] = Field(description="G.711 mu-law, 8 kHz.")


class Pcma(BaseModel):
    type: Literal["audio/pcma"] = Field(description="G.711 A-law, 8 kHz.")


AudioFormat = Annotated[Pcm | Pcmu | Pcma, Field(discriminator="type")]


class Transcription(BaseModel):
    """The transcription settings. Prompts have no effect, as no live engine takes one."""

    model: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="A live engine, or a name of OpenAI's for it."
    )
    language: LanguageOrAuto | None = Field(None, description="What is spoken.")
    languages: Annotated[list[LanguageTag], Field(max_length=20)] | None = Field(
        None, description="If it names one language, that is spoken; of several, one is detected."
    )


class TurnDetection(BaseModel):
    """Turn detection. Its values have no effect: utterances end at pauses of half a second."""

    type: Literal["server_vad", "semantic_vad"] = Field(description="Has no effect.")


class Input(BaseModel):
    format: AudioFormat | None = Field(None, description="Of the audio that is appended.")
    transcription: Transcription | None = Field(None, description="What is transcribed, and how.")
    turn_detection: TurnDetection | None = Field(None, description="Where utterances end.")


class Audio(BaseModel):
    input: Input = Field(Input(), description="The audio that is sent.")


class Session(BaseModel):
    type: Literal["transcription"] = Field(description="The kind of session.")
    audio: Audio = Field(Audio(), description="The settings of audio.")
    include: (
        Annotated[list[Literal["item.input_audio_transcription.logprobs"]], Field(max_length=10)]
        | None
    ) = Field(None, description="What events contain in addition.")


class _Event(BaseModel):
    event_id: Annotated[str, Field(max_length=512)] | None = None


class SessionUpdate(_Event):
    type: Literal["session.update"]
    session: Session


class Append(_Event):
    type: Literal["input_audio_buffer.append"]
    audio: Annotated[str, Field(max_length=AUDIO_CHARACTERS_MAX)]


class Commit(_Event):
    type: Literal["input_audio_buffer.commit"]


class Clear(_Event):
    type: Literal["input_audio_buffer.clear"]


ClientEvent = SessionUpdate | Append | Commit | Clear
CLIENT_EVENT = TypeAdapter[ClientEvent](Annotated[ClientEvent, Field(discriminator="type")])


def live_models() -> list[str]:
    engines = [name for name, entry in SPEECH.items() if entry.capabilities.live]
    return [AUTO, *engines, *OPENAI_NAMES, *LIVE_NAMES]


def is_live_model(name: str) -> bool:
    return name in live_models()


def language_of(session: Session) -> str:
    """The language, or the only one of several possible; else it is detected."""
    asked = session.audio.input.transcription or Transcription()
    only = asked.languages[0] if asked.languages and len(asked.languages) == 1 else AUTO
    return asked.language or only


def session_out(session: Session, session_id: str) -> dict[str, Any]:  # JSON values
    """The settings in effect, in OpenAI's format."""
    requested = session.audio.input
    audio: dict[str, Any] = {
        "format": (requested.format or Pcm(type="audio/pcm")).model_dump(),
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 512},
    }
    if requested.transcription is not None:
        audio["transcription"] = requested.transcription.model_dump(exclude_none=True)
    out = {
        "type": "transcription",
        "id": session_id,
        "object": "realtime.transcription_session",
        "audio": {"input": audio},
    }
    return out | ({"include": session.include} if session.include else {})
