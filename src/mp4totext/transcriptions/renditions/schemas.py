"""What goes out over HTTP."""

from pydantic import BaseModel, Field


class RenditionsOut(BaseModel):
    ready: bool
    job_id: str | None = Field(None, description="Of the job that makes them now.")
    original_plays: bool | None = Field(
        None, description="Whether browsers play the recording as it is; null: not known yet."
    )
    playback_url: str | None = Field(
        None, description="Of what browsers play. Opens without a token for an hour."
    )
    playback_type: str | None = None
    poster_url: str | None = Field(None, description="A JPEG; null: no picture.")
