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
        raise ValueError(f"the password has {size} bytes, but at most {MAX_BYTES} are used")
    return password


SharePassword = Annotated[ExactStr, AfterValidator(_counts_whole)]


class ShareRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    with_media: bool = Field(default=True, description="Whether the link includes audio and video.")
    with_speakers: bool = Field(default=True, description="Whether the link shows speakers.")
    may_export: bool = Field(
        default=False, description="Whether the link allows downloads in all formats."
    )
    may_comment: bool = Field(
        default=False, description="Whether people with the link may comment."
    )
    expires_at: Moment | None = Field(
        None,
        description="Time at which the link expires. If omitted, it is valid until it is revoked.",
    )
    password: Annotated[SharePassword, Field(min_length=4, max_length=72)] | None = None


class ShareOut(BaseModel):
    id: str
    transcription_id: str
    title: str
    token: str = Field(description="Secret token of the link /s/{token}.")
    with_media: bool
    with_speakers: bool
    may_export: bool
    may_comment: bool
    has_password: bool
    expires_at: datetime | None
    expired: bool
    opened: int = Field(description="Number of times the link was opened.")
    last_opened_at: datetime | None
    created_at: datetime


class CommentRequest(BaseModel):
    """A comment in plain text. HTML and Markdown are not interpreted."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        CleanStr, Field(min_length=1, max_length=60, description="Display name of the author.")
    ]
    text: Annotated[
        CleanText, Field(min_length=1, max_length=2000, description="Text of the comment.")
    ]
    at_ms: int = Field(ge=0, le=2**53, description="Position in the recording in milliseconds.")


class CommentChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answer: Annotated[CleanText, Field(min_length=1, max_length=2000)] | None = Field(
        description="Answer of the recording's owner, visible to everyone with the link. null "
        "removes it."
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
    share_id: str | None = Field(description="ID of the shared link. null if the link was revoked.")
    answered_at: datetime | None


class SharedSegment(BaseModel):
    id: str
    start_ms: int
    end_ms: int
    text: str
    speaker: str | None = Field(
        description="Name or label of the speaker. null if speakers are not shared."
    )


class SharedOut(BaseModel):
    title: str
    language: str | None
    duration_ms: int | None
    has_video: bool
    version: int
    revision: int
    segments: list[SharedSegment]
    chapters: list[dict[str, Any]] = Field(
        description="Chapters of the newest text of that kind, else those found with the "
        "transcript, in the format of `understanding` in a transcription."
    )
    media_url: str | None = Field(
        description="Link to a file that browsers can play. Valid for one hour. null if media is "
        "not shared."
    )
    media_type: str | None
    may_export: bool
    may_comment: bool
    comments: list[SharedComment] = Field(
        description="Comments made through this link, in order of their position in the recording."
    )
    expires_at: datetime | None
