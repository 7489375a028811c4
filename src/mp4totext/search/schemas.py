"""What comes in and goes out over HTTP."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from mp4totext.kit.clock import Moment
from mp4totext.kit.pagination import Page
from mp4totext.kit.text import CleanStr


class SearchQuery(BaseModel):
    q: Annotated[CleanStr, Field(min_length=1, max_length=200)] = Field(
        description='Words, in any form and order, and "quoted phrases" as they stand.'
    )
    speaker: Annotated[CleanStr | None, Field(max_length=200, description="By name.")] = None
    tag: str | None = Field(None, pattern=r"^tag_[0-9a-z]{26}$")
    language: str | None = Field(None, max_length=35, pattern="^[A-Za-z0-9-]+$")
    created_from: Moment | None = None
    created_to: Moment | None = None


class FoundPassage(BaseModel):
    segment_id: str
    start_ms: int
    end_ms: int
    at_ms: int = Field(description="Where the first marked word is said.")
    speaker: str | None = Field(description="By name or label.")
    text: str
    marks: list[tuple[int, int]] = Field(
        description="From and to, in characters (Unicode code points) of the text."
    )


class FoundRecording(BaseModel):
    id: str
    title: str
    language: str | None
    duration_ms: int | None
    created_at: datetime
    version: int
    matches: int = Field(description="How many passages there are of the best kind.")
    passages: list[FoundPassage] = Field(description="The best five, in order of time.")


class SearchOut(Page[FoundRecording]):
    not_yet_searched: int = Field(
        description="Recordings that are not indexed yet: ask again to have more of them."
    )
