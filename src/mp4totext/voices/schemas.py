"""Requests and responses of voices over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.quotes import QuoteOut, QuoteRequest
from mp4totext.kit.language_fields import LanguageTag
from mp4totext.kit.queue_names import Priority
from mp4totext.kit.text import CleanStr, CleanText
from mp4totext.voices.planning import AUTO, TEXT_CHARACTERS_MAX, VoiceOrder


class VoiceOptions(BaseModel):
    """The voice, its speed and its style."""

    provider: Annotated[CleanStr, Field(max_length=40)] = AUTO
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    voice: Annotated[CleanStr, Field(max_length=80)] | None = Field(
        None,
        description="Name of a voice. If omitted, the provider's first voice for the language.",
    )
    language: LanguageTag | None = Field(
        None,
        description="Language of the speech. If omitted, the recording's language, or English.",
    )
    speed: float = Field(
        1.0, ge=0.25, le=4.0, description="Speaking rate. 1 is the voice's normal speed."
    )
    direction: Annotated[CleanStr, Field(max_length=500)] = Field(
        "",
        description="Speaking instructions in plain text. Refused for voices without this option.",
    )

    def order(self, *, language: str | None = None) -> VoiceOrder:
        """``language`` is that of the text, used when the options name none."""
        return VoiceOrder(
            provider=self.provider,
            model=self.model,
            voice=self.voice,
            language=self.language or language or "en",
            speed=self.speed,
            direction=self.direction,
        )


class SayRequest(VoiceOptions):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[CleanText, Field(min_length=1, max_length=TEXT_CHARACTERS_MAX)]
    priority: Priority = "default"


class SpeechRequestBody(VoiceOptions):
    """Speaks the recording's transcript, or ``text`` in its place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[CleanText, Field(min_length=1, max_length=TEXT_CHARACTERS_MAX)] | None = None
    priority: Priority = "default"


class SpeechQuoteRequest(QuoteRequest, VoiceOptions):
    operation: Literal["speech"]
    characters: int = Field(ge=1, le=TEXT_CHARACTERS_MAX)


class SpeechQuote(QuoteOut):
    provider: str
    model: str
    voice: str


class SpeechAccepted(Accepted):
    transcription_id: str | None
    provider: str
    model: str
    voice: str
    language: str
    characters: int


class SpokenWordOut(BaseModel):
    text: str
    start_ms: int
    end_ms: int


class SpeechSummary(BaseModel):
    id: str
    transcription_id: str | None
    status: str
    error: str | None = Field(description="Reason for the failure. null if it did not fail.")
    provider: str
    model: str
    voice: str
    language: str
    speed: float
    characters: int
    duration_ms: int | None
    heard_back: bool | None = Field(
        description="Whether the speech was verified by transcribing it. false if only its "
        "duration was checked."
    )
    created_at: datetime
    finished_at: datetime | None


class SpeechOut(SpeechSummary):
    text: str
    words: list[SpokenWordOut] | None = Field(description="Words of the text with timestamps.")
    links: dict[str, str] = Field(
        description="Links to the `wav` and `mp3` files, valid for one hour. Empty until the "
        "speech is ready."
    )


class VoiceOut(BaseModel):
    provider: str
    voice: str
    label: str
    languages: list[str]
    gender: Literal["female", "male"] | None
    ready: bool
    missing: str | None = Field(
        description="What is missing, and how to add it. null if it is ready."
    )
    local: bool = Field(description="Whether it runs on this machine.")
    speed: tuple[float, float]
    direction: bool
