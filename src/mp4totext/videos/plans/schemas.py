"""The bodies of requests and answers over HTTP for plans."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mp4totext.images.schemas import AUTO, PROMPT_CHARACTERS_MAX
from mp4totext.images.styles import DEFAULT as DEFAULT_STYLE
from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.quotes import QuoteRequest
from mp4totext.kit.queue_names import Priority
from mp4totext.kit.text import CleanStr, CleanText
from mp4totext.media.backgrounds import Palette
from mp4totext.videos.presets import Preset
from mp4totext.videos.schemas import PictureChoice, VideoOptions
from mp4totext.videos.storyboard import RECORDING_ID, Storyboard


class PlanRequest(VideoOptions):
    """Makes a storyboard that can be previewed and changed before it is rendered."""

    transcription_id: str = Field(pattern=RECORDING_ID)


class PlanQuoteRequest(PlanRequest, QuoteRequest):
    operation: Literal["plan_video"]


class PlanAccepted(Accepted):
    """A language model plans the video ``id``. Follow the job, then read the storyboard."""

    transcription_id: str
    provider: str
    model: str


Revision = Annotated[
    int,
    Field(
        ge=1,
        le=2**31 - 1,
        description="Revision of the storyboard as last read. If it has changed since, the request "
        "is refused.",
    ),
]


class PlanChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    revision: Revision
    storyboard: dict[str, JsonValue] = Field(
        description="JSON Merge Patch (RFC 7396). `scenes` may also be an object keyed by scene "
        "ID: each value is merged into its scene, null removes the scene, and a new ID adds one."
    )


class RenderRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    revision: Revision
    pictures: PictureChoice | None = Field(
        None,
        description="Model that generates a picture from the `prompt` of each scene that shows a "
        "card or a frame. If omitted, the storyboard is rendered unchanged.",
    )
    priority: Priority = "default"


class ScenePictureRequest(BaseModel):
    """Makes a new picture for one scene, at the usual price of a picture."""

    model_config = ConfigDict(extra="forbid")

    revision: Revision
    prompt: Annotated[CleanText, Field(max_length=PROMPT_CHARACTERS_MAX)] = Field(
        "",
        description="Description of the picture. If empty, it is a frame of the scene or derived "
        "from the transcript.",
    )
    style: Annotated[CleanStr, Field(max_length=40)] = DEFAULT_STYLE
    provider: Annotated[CleanStr, Field(max_length=40)] = AUTO
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    seed: int | None = Field(None, ge=0, lt=2**31)
    negative: Annotated[CleanText, Field(max_length=PROMPT_CHARACTERS_MAX)] = ""
    palette: Palette | None = None
    priority: Priority = "default"


class ScenePictureAccepted(Accepted):
    """``id`` is the id of the picture. The scene shows it when it is finished."""

    video_id: str
    scene_id: str
    revision: int = Field(description="Revision of the storyboard that contains the picture.")
    storyboard: Storyboard


class ScenePromptOut(BaseModel):
    prompt: str = Field(
        description="Prompt for a picture of the scene, derived from the transcript."
    )


class ScenePictureOut(BaseModel):
    """The state of the picture of a scene."""

    scene_id: str
    image_id: str
    state: Literal["ready", "making", "missing"] = Field(
        description="State of the picture. `missing` if it failed or was deleted; choose another "
        "picture."
    )
    job_id: str | None = Field(
        description="ID of the job that is making the picture, otherwise null."
    )
    url: str | None
    thumbnail_url: str | None


class PlanOut(BaseModel):
    """A video's storyboard."""

    id: str = Field(description="ID of the video.")
    transcription_id: str
    preset: Preset
    version: int = Field(description="Version number of the transcript.")
    outdated: bool = Field(
        description="Whether the recording has a newer version of its transcript."
    )
    status: str
    revision: int
    rendered_revision: int | None = Field(
        description="Revision that the video file shows. null if none was rendered."
    )
    credits: float = Field(description="Current price in credits of rendering the video.")
    storyboard: Storyboard
    pictures: list[ScenePictureOut]
