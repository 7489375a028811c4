"""Requests and answers of the routes of shares."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mp4totext.auth.passwords import MAX_BYTES
from mp4totext.kit.clock import Moment
from mp4totext.kit.text import CleanStr, CleanText, ExactStr


def _counts_whole(password: str) -> str:
    size = len(password.encode())
    if size > MAX_BYTES:
        raise ValueError(f"the password has {size} bytes, of which only {MAX_BYTES} would count")
    return password


SharePassword = Annotated[ExactStr, AfterValidator(_counts_whole)]


class ShareRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    with_media: bool = Field(default=True, description="The sound and the picture, too.")
    with_speakers: bool = Field(default=True, description="Who says what.")
    may_export: bool = Field(default=False, description="Downloads, in all formats.")
    may_comment: bool = Field(default=False, description="Who has the link may write comments.")
    expires_at: Moment | None = Field(None, description="Absent: until it is revoked.")
    password: Annotated[SharePassword, Field(min_length=4, max_length=72)] | None = None


class ShareOut(BaseModel):
    id: str
    transcription_id: str
    title: str
    token: str = Field(description="The end of the link: /s/{token}.")
    with_media: bool
    with_speakers: bool
    may_export: bool
    may_comment: bool
    has_password: bool
    expires_at: datetime | None
    expired: bool
    opened: int = Field(description="How often it was opened.")
    last_opened_at: datetime | None
    created_at: datetime


class CommentRequest(BaseModel):
    """Plain text: nothing in it is read as HTML or Markdown."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        CleanStr, Field(min_length=1, max_length=60, description="Of who writes, as it is shown.")
    ]
    text: Annotated[CleanText, Field(min_length=1, max_length=2000, description="The comment.")]
    at_ms: int = Field(ge=0, le=2**53, description="Where in the recording it belongs.")


class CommentChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answer: Annotated[CleanText, Field(min_length=1, max_length=2000)] | None = Field(
        description="By the recording's owner, for all who have the link. Null takes it back."
    )


class SharedComment(BaseModel):
    id: str
    name: str
    text: str
    at_ms: int
    answer: str | None
    created_at: datetime


class CommentOut(SharedComment):
    transcription_id: str
    share_id: str | None = Field(description="Null: the link was revoked.")
    answered_at: datetime | None


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
    may_comment: bool
    comments: list[SharedComment] = Field(
        description="Written by way of this link, in the order of the recording."
    )
    expires_at: datetime | None
