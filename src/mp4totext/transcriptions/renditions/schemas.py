"""Responses of the routes of renditions."""

from pydantic import BaseModel, Field


class RenditionsOut(BaseModel):
    ready: bool
    job_id: str | None = Field(
        None, description="ID of the job that is making the renditions. null if none is running."
    )
    original_plays: bool | None = Field(
        None, description="Whether browsers can play the original file. null if not known yet."
    )
    playback_url: str | None = Field(
        None,
        description="Link to a file that browsers can play. Valid for one hour without a token, "
        "while the login or key is valid.",
    )
    playback_type: str | None = None
    poster_url: str | None = Field(
        None, description="Link to a JPEG poster image. null if there is no picture."
    )
