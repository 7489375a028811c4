"""Requests and answers of the routes of speakers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mp4totext.kit.queue_names import Priority
from mp4totext.kit.text import CleanStr
from mp4totext.providers.base import MAX_SPEAKERS
from mp4totext.transcriptions.edits.schemas import Rename
from mp4totext.transcriptions.options import check_speaker_limits


class DiarizeRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    diarizer: Annotated[CleanStr, Field(max_length=40)] = "local"
    min_speakers: int | None = Field(None, ge=1, le=MAX_SPEAKERS)
    max_speakers: int | None = Field(None, ge=1, le=MAX_SPEAKERS)
    version: int | None = Field(
        None,
        ge=1,
        le=10**6,
        description="Version number of the transcript. If omitted, the current version.",
    )
    priority: Priority = "default"

    @model_validator(mode="after")
    def _speakers_in_order(self) -> "DiarizeRequest":
        check_speaker_limits(self.min_speakers, self.max_speakers)
        return self


class EvidenceOut(BaseModel):
    segment_id: str
    start_ms: int
    end_ms: int
    quote: str


class SuggestionOut(BaseModel):
    """Suggested name for a speaker. To accept it, send ``edit`` to PATCH .../speakers."""

    speaker: str
    label: str
    name: str
    source: Literal["voice", "said"]
    score: float = Field(
        description="Score from 0 to 1: the likelihood of a voice match, or how directly the name "
        "was mentioned."
    )
    profile_id: str | None = None
    evidence: list[EvidenceOut] = []
    edit: Rename


class SuggestionsOut(BaseModel):
    version: int
    revision: int
    suggestions: list[SuggestionOut]
