"""Requests and responses of clips over HTTP."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.quotes import QuoteRequest
from mp4totext.media.backgrounds import Palette
from mp4totext.texts.model_choice import CHOICE, LOCAL
from mp4totext.videos.presets import CLIP_MS_MAX, CLIP_MS_MIN, Aspect
from mp4totext.videos.storyboard import Fit
from mp4totext.writing.clips import Reason


class ClipsRequest(BaseModel):
    """Find the best passages; each becomes a draft. On this machine it costs nothing."""

    model_config = ConfigDict(extra="forbid")

    transcription_id: str = Field(pattern=r"^trn_[0-9a-z]{26}$")
    version: int | None = Field(None, ge=1, le=10**6)
    n: int = Field(5, ge=1, le=10, description="Maximum number of passages.")
    least_ms: int = Field(
        15_000,
        ge=CLIP_MS_MIN,
        le=CLIP_MS_MAX,
        description="Minimum length of a passage in milliseconds.",
    )
    most_ms: int = Field(
        60_000,
        ge=CLIP_MS_MIN,
        le=CLIP_MS_MAX,
        description="Maximum length of a passage in milliseconds.",
    )
    aspect: Aspect | None = None
    fit: Fit = "fit"
    captions: Literal["word", "sweep", "box", "big", "speakers", "clean", "soft", "none"] = "word"
    palette: Palette = "dusk"
    planner: Annotated[str, Field(pattern=CHOICE)] = Field(
        LOCAL,
        description="What selects the passages: `local`, or a language model listed by GET "
        "/ai-models, such as `openai:gpt-6-luna`. A provider without a model selects its first "
        "model. Timestamps always come from the transcript.",
    )


class ClipsQuoteRequest(ClipsRequest, QuoteRequest):
    operation: Literal["find_clips"]


class ClipsAccepted(Accepted):
    """A language model chooses the passages. When the job has ended, they are drafts."""

    transcription_id: str
    provider: str
    model: str
    video_ids: list[str] = Field(
        description="IDs of the drafts, best first. If fewer passages are found, the last IDs are "
        "not used."
    )


class ClipOut(BaseModel):
    """A draft of a passage that stands on its own."""

    video_id: str
    title: str
    from_ms: int
    to_ms: int
    score: float = Field(
        description="Score from 0 to 1, relative to other passages of the recording."
    )
    reasons: list[Reason] = Field(description="Reasons for the score, strongest first.")


class ClipsOut(BaseModel):
    clips: list[ClipOut] = Field(description="Passages that do not overlap, best first.")
