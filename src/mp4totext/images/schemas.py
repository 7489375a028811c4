"""What comes in and goes out over HTTP."""

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
from mp4totext.texts.model_choice import CHOICE
from mp4totext.texts.planning import LOCAL

PICTURES_MAX = 4
PROMPT_CHARACTERS_MAX = 2_000
AUTO = "auto"


class ImageOptions(BaseModel):
    """The options of pictures."""

    transcription_id: str | None = Field(
        None,
        pattern=r"^trn_[0-9a-z]{26}$",
        description="The recording it belongs to, and is deleted with.",
    )
    prompt: Annotated[CleanText, Field(max_length=PROMPT_CHARACTERS_MAX)] = Field(
        "",
        description="What to show; of a card, what it says: one paragraph stands large, a second "
        "one small below it. Empty: a frame of the recording, its title on a card, or what is said "
        "in it.",
    )
    n: int = Field(1, ge=1, le=PICTURES_MAX)
    style: Annotated[CleanStr, Field(max_length=40)] = styles.DEFAULT
    provider: Annotated[CleanStr, Field(max_length=40)] = AUTO
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    aspect: Aspect = "16:9"
    seed: int | None = Field(
        None, ge=0, lt=2**31, description="Of the first picture; the others count on."
    )
    negative: Annotated[CleanText, Field(max_length=PROMPT_CHARACTERS_MAX)] = Field(
        "", description="What shall not be seen, for models that take it."
    )
    palette: Palette | None = Field(None, description="Of a card. Absent: the style's.")
    at_ms: int | None = Field(
        None, ge=0, le=12 * 3_600_000, description="Of a frame. Absent: all of the recording."
    )
    describer: Annotated[str, Field(pattern=CHOICE)] = Field(
        LOCAL,
        description="Without a prompt, who describes what a model draws of the recording: `local`, "
        "from its words, or a language model that GET /ai-models lists, as in `openai:gpt-6-luna`, "
        "which describes each of `n` pictures.",
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
    seed: int | None = Field(description="Null: the vendor's picture cannot be made again.")
    source_ms: int | None = Field(description="Of a frame: its time in the recording.")
    alt_text: str
    width: int
    height: int
    size_bytes: int
    sha256: str
    url: str = Field(description="A JPEG; the link needs no token for an hour.")
    thumbnail_url: str
    created_at: datetime


class StyleOut(BaseModel):
    name: str
    title: str
    suffix: str = Field(description="What a prompt gets added.")
    negative: str
    palette: Palette


class ImageModelOut(BaseModel):
    provider: str
    model: str
    ready: bool
    missing: str | None = Field(description="What is missing here, and how to add it.")
    credits: float = Field(description="For one picture.")
    aspects: list[Aspect]
    seeds: Literal["none", "best_effort", "exact"]
    negative: bool
    from_recording: bool
    local: bool
    ends: str | None = Field(description="What to choose instead, once its end is known.")


class PaletteOut(BaseModel):
    name: Palette
    colours: list[str] = Field(description="#rrggbb, the ground first.")
    ink: str
    accent: str
