"""The bodies of requests and answers over HTTP for brands."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mp4totext.kit.text import CleanStr
from mp4totext.videos.storyboard import BrandColours, Logo


class NewBrand(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[CleanStr, Field(min_length=1, max_length=120)]
    colours: BrandColours | None = Field(
        None, description="Colours of the brand. If omitted, the palette's."
    )
    logo: Logo | None = Field(
        None, description="Logo shown in a corner of every frame. If omitted, none."
    )


class BrandChange(BaseModel):
    """Changes to a brand. Omitted fields keep their values; null removes a value."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[CleanStr, Field(min_length=1, max_length=120)] = ""
    colours: BrandColours | None = Field(
        None, description="New colours, which replace all current ones. null removes them."
    )
    logo: Logo | None = Field(
        None, description="New logo, which replaces the current one. null removes it."
    )


class BrandFontOut(BaseModel):
    name: str
    size_bytes: int


class BrandClipOut(BaseModel):
    kind: Literal["picture", "video"]
    length_ms: int
    size_bytes: int


class BrandOut(BaseModel):
    id: str
    name: str
    colours: BrandColours | None
    logo: Logo | None
    font: BrandFontOut | None = Field(
        description="Font of captions and cards. null if none is set."
    )
    intro: BrandClipOut | None = Field(
        description="Clip shown before the video. null if none is set."
    )
    outro: BrandClipOut | None = Field(
        description="Clip shown after the video. null if none is set."
    )
    created_at: datetime
    updated_at: datetime
