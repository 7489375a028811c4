"""Requests and responses of the routes of speaker profiles. None of them has an embedding."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mp4totext.jobs.quotes import QuoteRequest


class ConsentChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    given: bool = Field(
        description="Whether the account consents to speaker profiles. false deletes all its "
        "profiles."
    )


class ConsentOut(BaseModel):
    given: bool
    given_at: datetime | None
    profiles: int


class SpeakerProfileRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    transcription_id: str = Field(pattern=r"^trn_[0-9a-z]{26}$")
    speaker: str = Field(
        max_length=20, description="ID of a speaker in the current version of the transcript."
    )


class ProfileQuoteRequest(QuoteRequest):
    operation: Literal["learn_speaker_profile"]


class SpeakerProfileOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    transcription_id: str
    speech_ms: int
    created_at: datetime
