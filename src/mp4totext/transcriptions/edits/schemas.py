"""Requests and answers of the routes of edits."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mp4totext.editing.segments import MOST_CHARACTERS
from mp4totext.kit.text import CleanStr, CleanText, ExactLine
from mp4totext.transcriptions.schemas import SegmentOut

_LATEST_REVISION = 2**31 - 1  # of the database's integers
_LATEST_MS = 2**53  # of JSON's

SegmentId = Annotated[str, Field(max_length=20)]
SpeakerId = Annotated[str, Field(max_length=20)]
Revision = Annotated[int, Field(ge=0, le=_LATEST_REVISION)]
Seen = Annotated[int, Field(ge=0, le=_LATEST_REVISION)] | Annotated[str, Field(max_length=20_000)]
_Milliseconds = Annotated[int, Field(ge=0, le=_LATEST_MS)]

_SEEN = (
    "What was read of the segment: its `revision`, or its text. Absent: the request's `revision` "
    "says it."
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SegmentText(_Body):
    """New text. Words that stay keep their times. An empty text hides the segment."""

    action: Literal["text"] = "text"
    id: SegmentId
    text: CleanText = Field(max_length=MOST_CHARACTERS)
    seen: Seen | None = Field(None, description=_SEEN)


class SegmentSplit(_Body):
    """Two segments of one, between two words; the second gets a new id."""

    action: Literal["split"]
    id: SegmentId
    at: int = Field(
        ge=0,
        le=2 * MOST_CHARACTERS,
        description="The character of the text that the second begins with, counted from 0.",
    )
    seen: Seen | None = Field(None, description=_SEEN)


class SegmentMerge(_Body):
    """One segment of two neighbours; it keeps the first's id and speaker."""

    action: Literal["merge"]
    id: SegmentId
    following: SegmentId = Field(description="The next segment, which goes.")
    seen: Seen | None = Field(None, description=_SEEN)
    following_seen: Seen | None = Field(None, description="The same, of the next segment.")


class SegmentInsert(_Body):
    """A segment that was not recognised."""

    action: Literal["insert"]
    after: SegmentId | None = Field(description="The segment it follows; null: none, it is first.")
    text: CleanText = Field(min_length=1, max_length=MOST_CHARACTERS)
    start_ms: _Milliseconds
    end_ms: _Milliseconds
    speaker: SpeakerId | None = None


class SegmentRemove(_Body):
    action: Literal["remove"]
    id: SegmentId
    seen: Seen | None = Field(None, description=_SEEN)


class SegmentTimes(_Body):
    """Moves the borders; words that would be outside follow, with estimated times."""

    action: Literal["times"]
    id: SegmentId
    start_ms: _Milliseconds | None = None
    end_ms: _Milliseconds | None = None
    seen: Seen | None = Field(None, description=_SEEN)


class SegmentCheck(_Body):
    """Confirms that a segment is right."""

    action: Literal["check"]
    id: SegmentId
    checked: bool = True
    seen: Seen | None = Field(None, description=_SEEN)


class SegmentRestore(_Body):
    """What was recognised, in place of all that a person made of it; also of a removed one."""

    action: Literal["restore"]
    id: SegmentId
    seen: Seen | None = Field(None, description=_SEEN)


def _named(edit: Any) -> Any:  # JSON values
    """An edit without an action is one of the text."""
    return {"action": "text"} | edit if isinstance(edit, dict) else edit


SegmentEdit = (
    SegmentText
    | SegmentSplit
    | SegmentMerge
    | SegmentInsert
    | SegmentRemove
    | SegmentTimes
    | SegmentCheck
    | SegmentRestore
)
_NamedEdit = Annotated[
    Annotated[SegmentEdit, Field(discriminator="action")], BeforeValidator(_named)
]


class _Edits(_Body):
    revision: Revision = Field(
        description="Up to which everything was read; 409 when a segment that the edits touch has "
        "changed since."
    )
    version: int | None = Field(
        None,
        ge=1,
        le=10**6,
        description="That was read; 409 when another is the current one. Absent: the current.",
    )


class SegmentEdits(_Edits):
    edits: list[_NamedEdit] = Field(
        min_length=1, max_length=1000, description="One change: all of them, or none."
    )


class Rename(_Body):
    action: Literal["rename"]
    speaker: SpeakerId
    name: Annotated[CleanStr, Field(max_length=80)] | None


class Merge(_Body):
    action: Literal["merge"]
    into: SpeakerId
    speakers: list[SpeakerId] = Field(min_length=1, max_length=50)


class Split(_Body):
    action: Literal["split"]
    speaker: SpeakerId
    segment_ids: list[SegmentId] = Field(min_length=1, max_length=5000)
    seen: dict[SegmentId, Seen] = Field({}, description="What was read of some, by id.")


class Reassign(_Body):
    action: Literal["reassign"]
    to: SpeakerId = Field(description='A speaker\'s id, or "new".')
    segment_ids: list[SegmentId] | None = Field(None, max_length=5000)
    start_ms: _Milliseconds | None = None
    end_ms: _Milliseconds | None = None
    seen: dict[SegmentId, Seen] = Field({}, description="What was read of some, by id.")

    @model_validator(mode="after")
    def _says_what(self) -> "Reassign":
        ranged = self.start_ms is not None and self.end_ms is not None
        if (self.segment_ids is None) == (not ranged):
            raise ValueError("give either segment_ids, or start_ms and end_ms")
        return self


SpeakerAction = Annotated[Rename | Merge | Split | Reassign, Field(discriminator="action")]


class SpeakerEdits(_Edits):
    actions: list[SpeakerAction] = Field(
        min_length=1, max_length=100, description="One change: all of them, or none."
    )


class Replacement(_Edits):
    """Find and replace over the whole transcript, as one change."""

    find: Annotated[ExactLine, Field(min_length=1, max_length=200)]
    replace: Annotated[ExactLine, Field(max_length=200)]
    match_case: bool = False
    whole_words: bool = False
    speaker: SpeakerId | None = Field(None, description="Only what this one says.")
    segment_ids: list[SegmentId] | None = Field(None, max_length=5000, description="Only in these.")
    preview: bool = Field(default=False, description="true: counts and shows, and changes nothing.")


class Undo(_Body):
    undo_of: Revision = Field(description="The revision that the change made; of an undo: redo.")
    version: int | None = Field(None, ge=1, le=10**6, description="As for an edit.")


class SpeakerName(BaseModel):
    id: str
    name: str | None
    label: str


class Changed(BaseModel):
    """Segments and speakers as they are at ``revision``."""

    version: int
    revision: int
    changed: list[SegmentOut] = Field(
        description="With their words; where more than 100 changed, read those from `/words`."
    )
    removed: list[str] = Field(description="Ids of segments that are gone.")
    placed: dict[str, str | None] = Field(
        description="Behind which segment one stands that is new in the order; null: it is first."
    )
    speakers: list[SpeakerName] | None = Field(None, description="All of them, if any changed.")


class EditAnswer(Changed):
    """When ``revision`` is more than one above the one that was sent, others edited too: read
    `changes`."""


class Hit(BaseModel):
    segment_id: str
    at: int = Field(description="The character of the segment's text where it begins.")
    text: str = Field(description="What is there, with what stands around it.")
    replaced: str = Field(description="The same, after replacing.")


class ReplacementAnswer(BaseModel):
    hits: int = Field(description="Places, all over the transcript.")
    segments: int = Field(description="In so many segments.")
    first: list[Hit] = Field(description="The first 50.")
    change: EditAnswer | None = Field(None, description="null: a preview, or nothing to replace.")


class ChangeOut(BaseModel):
    """One edit that can be undone."""

    revision: int
    at: datetime
    kind: str = Field(description="segments, speakers, replace, undo, or carried from a version.")
    undo_of: int | None
    mine: bool = Field(description="The caller made it.")


class ChangesOut(Changed):
    changes: list[ChangeOut] = Field(description="Of these revisions, the latest 100.")
