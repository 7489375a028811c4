"""Requests and responses of pictures over HTTP."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from mp4totext.images import styles
from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.quotes import QuoteOut, QuoteRequest
from mp4totext.kit.queue_names import Priority
from mp4totext.kit.text import CleanStr, CleanText
from mp4totext.media.backgrounds import Palette
from mp4totext.providers.image.base import Aspect
from mp4totext.texts.model_choice import CHOICE, LOCAL

PICTURES_MAX = 4
PROMPT_CHARACTERS_MAX = 2_000
AUTO = "auto"


class ImageOptions(BaseModel):
    """The options of pictures."""

    transcription_id: str | None = Field(
        None,
        pattern=r"^trn_[0-9a-z]{26}$",
        description="ID of the recording that the pictures belong to. They are deleted with it.",
    )
    prompt: Annotated[CleanText, Field(max_length=PROMPT_CHARACTERS_MAX)] = Field(
        "",
        description="Description of the picture, or the text of a card: the first paragraph is set "
        "large, a second one small below it. If empty, the picture is a frame of the recording, "
        "its title on a card, or based on the transcript.",
    )
    n: int = Field(1, ge=1, le=PICTURES_MAX)
    style: Annotated[CleanStr, Field(max_length=40)] = styles.DEFAULT
    provider: Annotated[CleanStr, Field(max_length=40)] = AUTO
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    aspect: Aspect = "16:9"
    seed: int | None = Field(
        None,
        ge=0,
        lt=2**31,
        description="Random seed of the first picture. Each further picture adds 1.",
    )
    negative: Annotated[CleanText, Field(max_length=PROMPT_CHARACTERS_MAX)] = Field(
        "",
        description="Description of what the picture must not show. Ignored by models without this "
        "option.",
    )
    palette: Palette | None = Field(
        None, description="Palette of a card. If omitted, the style's palette."
    )
    at_ms: int | None = Field(
        None,
        ge=0,
        le=12 * 3_600_000,
        description="Time of the frame in milliseconds. If omitted, frames are selected from the "
        "whole recording.",
    )
    describer: Annotated[str, Field(pattern=CHOICE)] = Field(
        LOCAL,
        description="What writes the prompt from the recording if `prompt` is empty: `local`, or a "
        "language model listed by GET /ai-models, such as `openai:gpt-6-luna`, which describes "
        "each of the `n` pictures.",
    )


class ImageRequestBody(ImageOptions):
    model_config = ConfigDict(extra="forbid", frozen=True)

    priority: Priority = "default"


class ImageQuoteRequest(QuoteRequest, ImageOptions):
    operation: Literal["generate_images"]


class ImageQuote(QuoteOut):
    provider: str
    model: str
    warnings: list[str]


class ImagesAccepted(Accepted):
    """``id`` is the first of ``image_ids``; a picture exists once it is delivered."""

    image_ids: list[str]
    transcription_id: str | None
    provider: str
    model: str
    seed: int | None


ImageKind: TypeAlias = Literal["card", "frame", "generated", "upload"]


class ImageOut(BaseModel):
    id: str
    transcription_id: str | None
    job_id: str | None
    kind: ImageKind
    provider: str
    model: str
    style: str
    prompt: str
    negative: str
    aspect: str
    seed: int | None = Field(
        description="Random seed of the picture. null if the provider cannot reproduce it."
    )
    source_ms: int | None = Field(
        description="Time of a frame in the recording in milliseconds. null for other pictures."
    )
    alt_text: str
    width: int
    height: int
    size_bytes: int
    sha256: str
    url: str = Field(
        description="Link to the picture as JPEG. Valid for one hour without a token, "
        "while the login or key is valid."
    )
    thumbnail_url: str
    created_at: datetime


class StyleOut(BaseModel):
    name: str
    title: str
    suffix: str = Field(description="Text appended to the prompt.")
    negative: str
    palette: Palette


class ImageModelOut(BaseModel):
    provider: str
    model: str
    ready: bool
    missing: str | None = Field(
        description="What is missing, and how to add it. null if it is ready."
    )
    credits: float = Field(description="Price in credits per picture.")
    aspects: list[Aspect]
    seeds: Literal["none", "best_effort", "exact"]
    negative: bool
    from_recording: bool
    local: bool
    ends: str | None = Field(
        description="Recommended replacement if the model is going to be retired, otherwise null."
    )


class PaletteOut(BaseModel):
    name: Palette
    colours: list[str] = Field(description="Colours as #rrggbb, background first.")
    ink: str
    accent: str
