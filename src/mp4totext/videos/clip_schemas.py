"""What comes in and goes out over HTTP for clips."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.quotes import QuoteRequest
from mp4totext.media.backgrounds import Palette
from mp4totext.texts.model_choice import CHOICE
from mp4totext.texts.planning import LOCAL
from mp4totext.videos.planning import CLIP_MS_MAX, CLIP_MS_MIN
from mp4totext.videos.storyboard import Aspect, Fit
from mp4totext.writing.clips import Reason


class ClipsRequest(BaseModel):
    """Find the best passages; each becomes a draft. On this machine it costs nothing."""

    model_config = ConfigDict(extra="forbid")

    transcription_id: str = Field(pattern=r"^trn_[0-9a-z]{26}$")
    version: int | None = Field(None, ge=1, le=10**6)
    n: int = Field(5, ge=1, le=10, description="At most so many.")
    least_ms: int = Field(
        15_000, ge=CLIP_MS_MIN, le=CLIP_MS_MAX, description="A passage is at least so long."
    )
    most_ms: int = Field(
        60_000, ge=CLIP_MS_MIN, le=CLIP_MS_MAX, description="A passage is at most so long."
    )
    aspect: Aspect | None = None
    fit: Fit = "fit"
    captions: Literal["word", "sweep", "box", "big", "speakers", "clean", "soft", "none"] = "word"
    palette: Palette = "dusk"
    planner: Annotated[str, Field(pattern=CHOICE)] = Field(
        LOCAL,
        description="Who chooses the passages: `local`, or a language model that GET /ai-models "
        "lists, as in `openai:gpt-6-luna`; a provider alone is its first model. Times are the "
        "transcript's, whoever chooses.",
    )


class ClipsQuoteRequest(ClipsRequest, QuoteRequest):
    operation: Literal["find_clips"]


class ClipsAccepted(Accepted):
    """A language model chooses the passages. When the job has ended, they are drafts."""

    transcription_id: str
    provider: str
    model: str
    video_ids: list[str] = Field(
        description="Of the drafts, the best first; where fewer passages are found, the last of "
        "them do not come to be."
    )


class ClipOut(BaseModel):
    """A draft of a passage that stands on its own."""

    video_id: str
    title: str
    from_ms: int
    to_ms: int
    score: float = Field(description="0 to 1, among the passages of this recording.")
    reasons: list[Reason] = Field(description="What speaks for it, the strongest first.")


class ClipsOut(BaseModel):
    clips: list[ClipOut] = Field(description="The best first; no two overlap.")
