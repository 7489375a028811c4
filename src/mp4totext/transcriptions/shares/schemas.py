"""What comes in and goes out over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from mp4totext.kit.clock import Moment
from mp4totext.kit.text import ExactStr


class ShareRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    with_media: bool = Field(default=True, description="The sound and the picture, too.")
    with_speakers: bool = Field(default=True, description="Who says what.")
    may_export: bool = Field(default=False, description="Downloads, in all formats.")
    expires_at: Moment | None = Field(None, description="Absent: until it is revoked.")
    password: Annotated[ExactStr | None, Field(min_length=4, max_length=72)] = None


class ShareOut(BaseModel):
    id: str
    transcription_id: str
    title: str
    token: str = Field(description="The end of the link: /s/{token}.")
    with_media: bool
    with_speakers: bool
    may_export: bool
    has_password: bool
    expires_at: datetime | None
    expired: bool
    opened: int = Field(description="How often it was opened.")
    last_opened_at: datetime | None
    created_at: datetime


class SharedSegment(BaseModel):
    id: str
    start_ms: int
    end_ms: int
    text: str
    speaker: str | None = Field(description="By name or label; null where that is not shared.")


class SharedOut(BaseModel):
    title: str
    language: str | None
    duration_ms: int | None
    has_video: bool
    version: int
    revision: int
    segments: list[SharedSegment]
    chapters: list[dict[str, Any]] = Field(description="As in a transcript's understanding.")
    media_url: str | None = Field(
        description="Of what browsers play. Opens for an hour; null: not shared."
    )
    media_type: str | None
    may_export: bool
    expires_at: datetime | None
