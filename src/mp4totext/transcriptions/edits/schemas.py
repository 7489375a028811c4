"""Requests and answers of the routes of edits."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mp4totext.editing.segments import CHARACTERS_MAX
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
    "Last known `revision` or text of the segment. If omitted, the `revision` of "
    "the request applies."
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SegmentText(_Body):
    """Replaces the text. Words that are kept retain their timestamps. An empty text hides the
    segment.
    """

    action: Literal["text"] = "text"
    id: SegmentId
    text: CleanText = Field(max_length=CHARACTERS_MAX)
    seen: Seen | None = Field(None, description=_SEEN)


class SegmentSplit(_Body):
    """Splits a segment between two words. The second part gets a new id."""

    action: Literal["split"]
    id: SegmentId
    at: int = Field(
        ge=0,
        le=2 * CHARACTERS_MAX,
        description="Index, from 0, of the character at which the second segment begins.",
    )
    seen: Seen | None = Field(None, description=_SEEN)


class SegmentMerge(_Body):
    """Merges a segment with the next one. The result keeps the id and speaker of the first."""

    action: Literal["merge"]
    id: SegmentId
    following: SegmentId = Field(
        description="ID of the next segment, which is removed by the merge."
    )
    seen: Seen | None = Field(None, description=_SEEN)
    following_seen: Seen | None = Field(
        None,
        description="Last known `revision` or text of the next segment. If omitted, the `revision` "
        "of the request applies.",
    )


class SegmentInsert(_Body):
    """Inserts a segment for speech that was not recognised."""

    action: Literal["insert"]
    after: SegmentId | None = Field(
        description="ID of the segment to insert after. null inserts at the start."
    )
    text: CleanText = Field(min_length=1, max_length=CHARACTERS_MAX)
    start_ms: _Milliseconds
    end_ms: _Milliseconds
    speaker: SpeakerId | None = None


class SegmentRemove(_Body):
    action: Literal["remove"]
    id: SegmentId
    seen: Seen | None = Field(None, description=_SEEN)


class SegmentTimes(_Body):
    """Changes the start and end. Words outside them are moved and get estimated timestamps."""

    action: Literal["times"]
    id: SegmentId
    start_ms: _Milliseconds | None = None
    end_ms: _Milliseconds | None = None
    seen: Seen | None = Field(None, description=_SEEN)


class SegmentCheck(_Body):
    """Marks a segment as confirmed, or not."""

    action: Literal["check"]
    id: SegmentId
    checked: bool = True
    seen: Seen | None = Field(None, description=_SEEN)


class SegmentRestore(_Body):
    """Restores the recognised text of a segment, including a removed one."""

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
        description="Last known revision of the transcript. The response is 409 if an affected "
        "segment has changed since."
    )
    version: int | None = Field(
        None,
        ge=1,
        le=10**6,
        description="Version number being edited. The response is 409 if it is not the current "
        "version. If omitted, the current version.",
    )


class SegmentEdits(_Edits):
    edits: list[_NamedEdit] = Field(
        min_length=1, max_length=1000, description="Edits applied as one change: all or none."
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
    seen: dict[SegmentId, Seen] = Field(
        {}, description="Last known revision or text of some segments, by segment ID."
    )


class Reassign(_Body):
    action: Literal["reassign"]
    to: SpeakerId = Field(description='ID of the speaker to assign, or "new" for a new speaker.')
    segment_ids: list[SegmentId] | None = Field(None, max_length=5000)
    start_ms: _Milliseconds | None = None
    end_ms: _Milliseconds | None = None
    seen: dict[SegmentId, Seen] = Field(
        {}, description="Last known revision or text of some segments, by segment ID."
    )

    @model_validator(mode="after")
    def _says_what(self) -> "Reassign":
        ranged = self.start_ms is not None and self.end_ms is not None
        if (self.segment_ids is None) == (not ranged):
            raise ValueError("give either segment_ids, or start_ms and end_ms")
        return self


SpeakerAction = Annotated[Rename | Merge | Split | Reassign, Field(discriminator="action")]


class SpeakerEdits(_Edits):
    actions: list[SpeakerAction] = Field(
        min_length=1, max_length=100, description="Edits applied as one change: all or none."
    )


class Replacement(_Edits):
    """Finds and replaces text in the whole transcript as one change."""

    find: Annotated[ExactLine, Field(min_length=1, max_length=200)]
    replace: Annotated[ExactLine, Field(max_length=200)]
    match_case: bool = False
    whole_words: bool = False
    speaker: SpeakerId | None = Field(
        None,
        description="ID of a speaker. Replaces only in this speaker's segments. If omitted, in all "
        "segments.",
    )
    segment_ids: list[SegmentId] | None = Field(
        None,
        max_length=5000,
        description="IDs of segments. Replaces only in these. If omitted, in all segments.",
    )
    preview: bool = Field(
        default=False, description="Whether to return the matches without changing anything."
    )


class Undo(_Body):
    undo_of: Revision = Field(
        description="Revision created by the change to undo. Undoing an undo is a redo."
    )
    version: int | None = Field(
        None,
        ge=1,
        le=10**6,
        description="Version number being edited. If omitted, the current version.",
    )


class SpeakerName(BaseModel):
    id: str
    name: str | None
    label: str = Field(description="The name, or a number in the language of `Accept-Language`.")


class Changed(BaseModel):
    """Segments and speakers as they are at ``revision``."""

    version: int
    revision: int
    changed: list[SegmentOut] = Field(
        description="Changed segments with their words. If more than 100 changed, read their words "
        "from `/words`."
    )
    removed: list[str] = Field(description="IDs of removed segments.")
    placed: dict[str, str | None] = Field(
        description="For each segment with a new position, the ID of the segment before it. null "
        "if it is first."
    )
    speakers: list[SpeakerName] | None = Field(
        None, description="All speakers if any of them changed, otherwise null."
    )


class EditAnswer(Changed):
    """The result of an edit. If ``revision`` increased by more than 1, others edited too: read
    `changes`.
    """


class Hit(BaseModel):
    segment_id: str
    at: int = Field(description="Index of the first character of the match in the segment's text.")
    text: str = Field(description="Matched text with its context.")
    replaced: str = Field(description="The same text after the replacement.")


class ReplacementAnswer(BaseModel):
    hits: int = Field(description="Number of matches in the transcript.")
    segments: int = Field(description="Number of segments with matches.")
    first: list[Hit] = Field(description="The first 50 matches.")
    change: EditAnswer | None = Field(
        None, description="The change. null for a preview, or if there was nothing to replace."
    )


class ChangeOut(BaseModel):
    """One edit that can be undone."""

    revision: int
    at: datetime
    kind: str = Field(
        description="Type of change: segments, speakers, replace, undo, or carried over from "
        "another version."
    )
    undo_of: int | None
    mine: bool = Field(description="Whether the caller made the change.")


class ChangesOut(Changed):
    changes: list[ChangeOut] = Field(
        description="The latest 100 changes in this range of revisions."
    )
