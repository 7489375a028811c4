"""The bodies of requests and answers over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mp4totext.images.styles import STYLES
from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.failure import message_of
from mp4totext.jobs.models import Job
from mp4totext.jobs.quotes import QuoteRequest
from mp4totext.kit.language_fields import LanguageTag
from mp4totext.kit.queue_names import Priority
from mp4totext.kit.text import CleanStr
from mp4totext.media.backgrounds import Palette
from mp4totext.texts.model_choice import CHOICE, LOCAL
from mp4totext.videos.models import Video
from mp4totext.videos.presets import PRESETS, Aspect, CaptionChoice, Preset
from mp4totext.videos.storyboard import (
    BRAND_ID,
    RECORDING_ID,
    SPEAKERS_MAX,
    Fit,
    Milliseconds,
    Music,
    SoundMode,
    Storyboard,
    is_voice,
)
from mp4totext.voices.planning import AUTO as VOICE_AUTO


class VoiceChoice(BaseModel):
    """A voice; GET /voices lists all of them."""

    model_config = ConfigDict(extra="forbid")

    provider: Annotated[CleanStr, Field(max_length=40)] = VOICE_AUTO
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    voice: Annotated[CleanStr, Field(max_length=80)] | None = Field(
        None,
        description="Name of a voice. If omitted, the provider's first voice for the language.",
    )


SpeakerName = Annotated[CleanStr, Field(min_length=1, max_length=120)]


class PictureChoice(BaseModel):
    """The model that draws the pictures of scenes; GET /images/models lists all of them."""

    model_config = ConfigDict(extra="forbid")

    provider: Annotated[CleanStr, Field(max_length=40)]
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    style: Annotated[CleanStr, Field(max_length=40)] | None = Field(
        None,
        description="Style, see GET /images/styles. If omitted, the planner's or the default.",
    )


class VideoOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    preset: Preset
    version: int | None = Field(
        None,
        ge=1,
        le=10**6,
        description="Version number of the transcript. If omitted, the current version.",
    )
    from_ms: Milliseconds | None = Field(
        None,
        description="Start in milliseconds. If omitted, of the recording or a clip's best passage.",
    )
    to_ms: Milliseconds | None = Field(
        None,
        description="End in milliseconds. If omitted, of the recording or a clip's best passage.",
    )
    aspect: Aspect | None = Field(None, description="Aspect ratio. If omitted, the preset's.")
    fit: Fit = Field(
        "fit",
        description="How the recording's picture fills another aspect ratio. `fit` shows the whole "
        "picture over a blurred copy. `fill` shows its middle or, in videos of up to three "
        "minutes, the face of the person speaking.",
    )
    captions: CaptionChoice | None = Field(
        None,
        description="Style of the captions, see GET /videos/caption-styles. `two` shows the "
        "translation below the transcript. `soft` adds only the caption track that every video "
        "with captions has. If omitted, `word`, or `two` for a dubbed video.",
    )
    translation: LanguageTag | None = Field(
        None,
        description="Language of an existing text of kind `translate`. It is spoken where `sound` "
        "has a voice, and shown by the captions `two`.",
    )
    sound: SoundMode | None = Field(
        None,
        description="Audio of the video. `original` is the recording. `voice_over_original` plays "
        "spoken lines over the recording at reduced volume, `voice` plays only the spoken lines, "
        "at the times of the transcript, and `silent` plays nothing. The lines are those of the "
        "`translation` or, without one, of the transcript. If omitted, `original`, or "
        "`voice_over_original` for a dubbed video.",
    )
    voice: VoiceChoice | None = Field(
        None,
        description="Voice of the spoken lines. If omitted, each speaker gets a different voice, "
        "and the first voice goes to the speaker who talks most.",
    )
    voices: dict[SpeakerName, VoiceChoice] = Field(
        {},
        max_length=SPEAKERS_MAX,
        description="Voices by speaker name or ID. A voice's name is enough.",
    )
    music: Music | None = Field(
        None,
        description="Music in the background, lowered while somebody speaks. If omitted, none.",
    )
    palette: Palette = "dusk"
    title: Annotated[CleanStr, Field(max_length=255)] | None = Field(
        None,
        description="Title shown over a background. If omitted, the recording's title. If empty, "
        "none.",
    )
    brand_id: str | None = Field(
        None,
        pattern=BRAND_ID,
        description="ID of the brand whose colours and logo are used. If omitted, none.",
    )
    seed: int | None = Field(None, ge=0, lt=2**32, description="Random seed of the background.")
    planner: Annotated[str, Field(pattern=CHOICE)] = Field(
        LOCAL,
        description="What plans the scenes of slides and describes their pictures: `local`, or a "
        "language model listed by GET /ai-models, such as `openai:gpt-6-luna`. A provider without "
        "a model selects its first model. Timestamps always come from the transcript.",
    )

    @field_validator("voices", mode="before")
    @classmethod
    def _voices_by_their_names(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {
            speaker: {"voice": voice} if isinstance(voice, str) else voice
            for speaker, voice in values.items()
        }

    @property
    def sound_mode(self) -> SoundMode:
        dubbed = PRESETS[self.preset].is_spoken
        return self.sound or ("voice_over_original" if dubbed else "original")

    @property
    def is_spoken(self) -> bool:
        return is_voice(self.sound_mode)

    @model_validator(mode="after")
    def _has_the_translation_that_it_uses(self) -> Self:
        dubbed = PRESETS[self.preset].is_spoken
        if dubbed and self.translation is None:
            raise ValueError("a dubbed video needs `translation`: the language that is spoken")
        if dubbed and not self.is_spoken:
            raise ValueError("the `sound` of a dubbed video is `voice_over_original` or `voice`")
        if self.captions == "two" and self.translation is None:
            raise ValueError("captions `two` need `translation`: the language of the second line")
        if (self.voice is not None or self.voices) and not self.is_spoken:
            raise ValueError(
                "`voice` and `voices` need a `sound` that is `voice` or `voice_over_original`"
            )
        return self


_PICTURES = Field(
    None,
    description="Model that generates a picture for each scene of a slideshow or lesson. If "
    "omitted, cards and frames of the recording are used. Pictures that fail are not billed.",
)


class VideoRequest(VideoOptions):
    pictures: PictureChoice | None = _PICTURES
    priority: Priority = "default"


# Names of the first service: a provider of pictures, and its model.
MODEL_TYPES = {
    "sdxl": ("modal", "sdxl"),
    "flux": ("modal", "flux-schnell"),
    "imagen": ("replicate", "google/imagen-4"),
}


class GenerateRequest(VideoRequest):
    """A video in one call. Field names of the first service are accepted too."""

    transcription_id: str = Field(pattern=RECORDING_ID)
    preset: Preset = "slideshow"
    style: Annotated[CleanStr, Field(max_length=40)] | None = Field(
        None,
        description="Style of pictures, listed by GET /images/styles. Its palette is used too.",
    )
    model_type: Literal["local", "sdxl", "flux", "imagen"] = Field(
        "local",
        description="What makes the pictures if `pictures` is omitted. `local` uses cards and "
        "frames, `sdxl` and `flux` run on Modal, and `imagen` on Replicate.",
    )

    @model_validator(mode="before")
    @classmethod
    def _names_of_the_first_service(cls, values: Any) -> Any:
        """Translates fields of the first service: a voice name, a style, a model type.

        Its voice replaced the sound of the recording.
        """
        if not isinstance(values, dict):
            return values
        voice, style = values.get("voice"), values.get("style")
        drawn_by = MODEL_TYPES.get(str(values.get("model_type")))
        if drawn_by is not None and values.get("pictures") is None:
            provider, model = drawn_by
            values = {**values, "pictures": {"provider": provider, "model": model, "style": style}}
        if isinstance(voice, str):
            dubbed = values.get("preset") == "dubbed"
            sound = values.get("sound") or (None if dubbed else "voice")
            values = {**values, "voice": {"voice": voice}, "sound": sound}
        if isinstance(style, str) and "palette" not in values:
            if style not in STYLES:
                raise ValueError(f"there is no style {style[:40]!r}: choose {', '.join(STYLES)}")
            values = {**values, "palette": STYLES[style].palette}
        return values


class VideoQuoteRequest(VideoOptions, QuoteRequest):
    operation: Literal["render_video"]
    transcription_id: str = Field(pattern=RECORDING_ID)
    pictures: PictureChoice | None = _PICTURES


class VideoAccepted(Accepted):
    """The video is queued; follow its job."""

    transcription_id: str
    preset: Preset
    storyboard: Storyboard


class VideoOut(BaseModel):
    id: str
    transcription_id: str
    job_id: str | None = Field(
        description="ID of the job. null for a draft that has not been rendered."
    )
    status: str = Field(description="`draft`, or the state of the job.")
    preset: Preset
    version: int = Field(
        description="Version number of the transcript that the video was made from."
    )
    outdated: bool = Field(
        description="Whether the recording has a newer version of its transcript."
    )
    storyboard: Storyboard
    revision: int = Field(description="Revision of the storyboard. Each change adds 1.")
    rendered_revision: int | None = Field(
        description="Revision that the video file shows. null if none was rendered."
    )
    warnings: list[str]
    error: str | None
    duration_ms: int | None
    width: int | None
    height: int | None
    size_bytes: int | None
    sha256: str | None
    video_url: str | None = Field(
        description="Link to the video. Valid for one hour without a token, "
        "while the login or key is valid."
    )
    thumbnail_url: str | None
    created_at: datetime
    finished_at: datetime | None


def video_out(
    video: Video,
    job: Job | None,
    *,
    current_version: int | None,
    video_url: str | None,
    thumbnail_url: str | None,
) -> VideoOut:
    return VideoOut(
        id=video.id,
        transcription_id=video.transcription_id,
        job_id=video.job_id,
        status=status_of(video, job),
        preset=video.preset,
        version=video.version,
        outdated=current_version is not None and current_version > video.version,
        storyboard=Storyboard.model_validate(video.storyboard),
        revision=video.revision,
        rendered_revision=video.rendered_revision,
        warnings=video.warnings,
        error=None if job is None else message_of(job),
        duration_ms=video.duration_ms,
        width=video.width,
        height=video.height,
        size_bytes=video.size_bytes,
        sha256=video.sha256,
        video_url=video_url,
        thumbnail_url=thumbnail_url,
        created_at=video.created_at,
        finished_at=video.finished_at,
    )


def status_of(video: Video, job: Job | None) -> str:
    if job is not None:
        return job.state
    if video.job_id is None:
        return "draft"
    return "succeeded" if video.finished_at is not None else "failed"
