"""What comes in and goes out over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from mp4totext.kit.clock import Moment
from mp4totext.kit.pagination import Page
from mp4totext.kit.text import CleanStr

By = Literal["words", "meaning"]


class SearchQuery(BaseModel):
    q: Annotated[CleanStr, Field(min_length=1, max_length=200)] = Field(
        description='Words, in any form and order, and "quoted phrases" as they stand.'
    )
    by: By | None = Field(
        None,
        description=(
            "`words`: passages that have all of them. `meaning`: those that come nearest, also in "
            "another language. Default: by words, and by meaning where nothing has the words."
        ),
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
    at_ms: int = Field(description="Where the first marked word is said, or the passage begins.")
    speaker: str | None = Field(description="By name or label; null for none or several.")
    text: str
    marks: list[tuple[int, int]] = Field(
        description="From and to, in characters (Unicode code points) of the text. None by meaning."
    )
    score: float | None = Field(None, description="By meaning: how near it is, 0 to 1.")


class FoundRecording(BaseModel):
    id: str
    title: str
    language: str | None
    duration_ms: int | None
    created_at: datetime
    version: int
    matches: int = Field(description="How many passages there are of the best kind.")
    passages: list[FoundPassage] = Field(
        description="The best five, in order of time; by meaning, the best first."
    )


class SearchOut(Page[FoundRecording]):
    by: By = Field(description="How these were found.")
    meaning_missing: str | None = Field(
        description="Why nothing is found by meaning here, with the command that adds it."
    )
    not_yet_searched: int = Field(
        description="Recordings that are not indexed yet: ask again to have more of them."
    )
