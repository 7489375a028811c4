"""Requests and answers of the routes of the library."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mp4totext.kit.text import CleanStr
from mp4totext.transcriptions.schemas import TagOut

TRANSCRIPTION_ID = r"^trn_[0-9a-z]{26}$"
TAG_ID = r"^tag_[0-9a-z]{26}$"
MOST_AT_ONCE = 100

TagName = Annotated[CleanStr, Field(min_length=1, max_length=60)]
Colour = Annotated[
    int, Field(ge=1, le=8, description="Number of one of the eight colours of the web page.")
]
TagId = Annotated[str, Field(pattern=TAG_ID)]
TranscriptionId = Annotated[str, Field(pattern=TRANSCRIPTION_ID)]
Action = Literal["tag", "untag", "archive", "unarchive", "bin", "restore", "delete"]


class NewTag(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: TagName
    colour: Colour = 1


class TagChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: TagName | None = None
    colour: Colour | None = None


class CountedTag(TagOut):
    recordings: int


class TagsOfRecording(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tag_ids: Annotated[list[TagId], Field(max_length=50)]


class BulkRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[TranscriptionId], Field(min_length=1, max_length=MOST_AT_ONCE)]
    action: Action
    tag_id: TagId | None = Field(
        None,
        description="ID of the tag. Required for `tag` and `untag`, not allowed for other actions.",
    )

    @model_validator(mode="after")
    def _has_its_tag(self) -> "BulkRequest":
        if (self.action in ("tag", "untag")) != (self.tag_id is not None):
            raise ValueError("`tag` and `untag` need a tag_id, and the others take none")
        return self


class BulkResult(BaseModel):
    id: str
    ok: bool
    code: str | None = Field(None, description="Error code if the action failed.")


class BulkOut(BaseModel):
    results: list[BulkResult] = Field(description="One result per ID, in the order of the request.")
