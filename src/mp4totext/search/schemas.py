"""Requests and responses of searches over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from mp4totext.kit.clock import Moment
from mp4totext.kit.pagination import Page
from mp4totext.kit.text import CleanStr

By = Literal["words", "meaning"]


class SearchQuery(BaseModel):
    q: Annotated[CleanStr, Field(min_length=1, max_length=200)] = Field(
        description='Search terms, in any form and order, and "quoted phrases" for exact matches.'
    )
    by: By | None = Field(
        None,
        description="Search method. `words` finds passages with all terms. `meaning` finds the "
        "most similar passages, also in other languages. If omitted, `words`, or `meaning` if "
        "nothing matches.",
    )
    speaker: Annotated[
        CleanStr | None,
        Field(
            max_length=200, description="Name of a speaker. Returns only passages of this speaker."
        ),
    ] = None
    tag: str | None = Field(None, pattern=r"^tag_[0-9a-z]{26}$")
    language: str | None = Field(None, max_length=35, pattern="^[A-Za-z0-9-]+$")
    created_from: Moment | None = None
    created_to: Moment | None = None


class FoundPassage(BaseModel):
    segment_id: str
    start_ms: int
    end_ms: int
    at_ms: int = Field(
        description="Time of the first marked word in milliseconds, or the start of the passage."
    )
    speaker: str | None = Field(
        description="Name or label of the speaker. null if there is none or more than one."
    )
    text: str
    marks: list[tuple[int, int]] = Field(
        description="Start and end of each match, in characters (Unicode code points) of the text. "
        "Empty for results by meaning."
    )
    score: float | None = Field(
        None, description="Similarity from 0 to 1 for results by meaning, otherwise null."
    )


class FoundRecording(BaseModel):
    id: str
    title: str
    language: str | None
    duration_ms: int | None
    created_at: datetime
    version: int
    matches: int = Field(description="Number of matching passages.")
    passages: list[FoundPassage] = Field(
        description="The five best passages in order of time, or best first for results by meaning."
    )


class SearchOut(Page[FoundRecording]):
    by: By = Field(description="How the results were found.")
    meaning_missing: str | None = Field(
        description="Why search by meaning is unavailable, and the command that installs it. null "
        "if it is available."
    )
    not_yet_searched: int = Field(
        description="Number of recordings not indexed yet. Repeat the search to include more of "
        "them."
    )
