"""The messages that a client sends over the live socket, and the first reply."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from mp4totext.kit.language_fields import LanguageOrAuto
from mp4totext.kit.languages import AUTO
from mp4totext.kit.text import CleanStr
from mp4totext.media.streams import StreamFormat

BYTES_MAX = 2**40  # about a year of pcm_s16le
SEQ_MAX = 2**53  # the largest integer that JavaScript represents exactly


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Start(_Message):
    type: Literal["start"]
    format: StreamFormat = "pcm_s16le"
    sample_rate: Literal[16000] = 16000  # of pcm_s16le; Opus streams carry their own
    channels: Literal[1] = 1
    language: LanguageOrAuto = AUTO
    title: Annotated[CleanStr, Field(max_length=255)] | None = None


class Resume(_Message):
    type: Literal["resume"]
    session: str = Field(pattern=r"^trn_[0-9a-z]{26}$")
    since: int = Field(0, ge=0, le=SEQ_MAX)  # the last sequence number the client has seen
    sent_bytes: int | None = Field(None, ge=0, le=BYTES_MAX)


class End(_Message):
    type: Literal["end"]


class Clear(_Message):
    """Drops audio that is not in final words yet, in sessions of bare samples."""

    type: Literal["clear"]


First = TypeAdapter[Start | Resume](Annotated[Start | Resume, Field(discriminator="type")])
Later = TypeAdapter[End | Clear](Annotated[End | Clear, Field(discriminator="type")])


class SessionOut(BaseModel):
    """The reply when a session is opened or resumed.

    The client sends audio from ``received_bytes`` on and receives the events after ``seq``.
    """

    type: Literal["session"] = "session"
    session: str
    job_id: str
    state: str
    received_bytes: int | None  # None: the session has ended
    seq: int
