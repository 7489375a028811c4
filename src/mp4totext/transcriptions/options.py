"""What can be chosen for a transcription: engine, languages, speakers, features, texts."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, model_validator

from mp4totext.kit.language_fields import LanguageOrAuto, LanguageTag
from mp4totext.kit.languages import AUTO
from mp4totext.kit.queue_names import Priority
from mp4totext.kit.text import CleanStr
from mp4totext.media.choice import SourceOptions
from mp4totext.providers.base import MAX_SPEAKERS, SpeakerLimits
from mp4totext.providers.denoise.base import Denoise
from mp4totext.providers.speech.base import Quality, SpeechOptions

# Whisper reads 223 tokens of a prompt: about this many characters of a Latin script.
PROMPT_CHARACTERS = 600


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


TrackNumbers = Annotated[
    Literal["auto", "all"]
    | Annotated[tuple[Annotated[int, Field(ge=1, le=64)], ...], Field(min_length=1, max_length=64)],
    Field(union_mode="left_to_right"),
]


class SpeechUnderstanding(_Options):
    sentiment_analysis: bool = False
    auto_chapters: bool = False
    entity_detection: bool = False
    auto_highlights: bool = False
    speaker_labels: bool = False


class LlmGateway(_Options):
    enabled: bool = False
    generate_summary: bool = False
    questions: tuple[Annotated[CleanStr, Field(min_length=1, max_length=500)], ...] = Field(
        (), max_length=20
    )
    action_items: bool = False
    tasks: tuple[Annotated[CleanStr, Field(min_length=1, max_length=2000)], ...] = Field(
        (), max_length=10, description="Custom instructions. Each is answered separately."
    )
    language: LanguageTag | None = Field(
        None, description="Language of the texts. If omitted, the transcript's language."
    )


class Features(_Options):
    speech_understanding: SpeechUnderstanding = SpeechUnderstanding()
    llm_gateway: LlmGateway = LlmGateway()

    @property
    def requested(self) -> tuple[str, ...]:
        """The requested features that have a price."""
        names = ("sentiment_analysis", "auto_chapters", "auto_highlights", "entity_detection")
        return tuple(name for name in names if getattr(self.speech_understanding, name))


class TextOrder(_Options):
    """A text to write from a recording. See /text-kinds and /ai-models."""

    kind: Annotated[CleanStr, Field(max_length=40)]
    provider: Annotated[CleanStr, Field(max_length=40)] | None = Field(
        None,
        description='Name of a provider, or "local" to work without a model. If omitted, the '
        "default provider or the first that is ready.",
    )
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    options: dict[str, Any] = Field(
        {}, description="Options of the kind of text, listed by /text-kinds."
    )


def _order_of_kind(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


def check_speaker_limits(min_speakers: int | None, max_speakers: int | None) -> None:
    """Raises ValueError if the limits exclude every number of speakers."""
    if min_speakers is not None and max_speakers is not None and min_speakers > max_speakers:
        raise ValueError(
            f"`min_speakers` {min_speakers} is more than `max_speakers` {max_speakers}: swap them"
        )


class TranscriptionOptions(_Options):
    engine: Annotated[CleanStr, Field(max_length=40)] = "auto"
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    language: LanguageOrAuto = Field(
        AUTO,
        description="Spoken language: `auto`, a BCP 47 tag in any case, an English name or an ISO "
        "639-2 code. zh-Hans, zh-Hant, zh-TW and zh-HK select the script of Chinese; zh and auto "
        "use simplified characters.",
    )
    diarize: bool = False
    diarizer: Annotated[CleanStr, Field(max_length=40)] = "local"
    min_speakers: int | None = Field(None, ge=1, le=MAX_SPEAKERS)
    max_speakers: int | None = Field(None, ge=1, le=MAX_SPEAKERS)
    vocabulary: tuple[Annotated[CleanStr, Field(min_length=1, max_length=80)], ...] = Field(
        (), max_length=200, description="Names and terms that the engine should recognise."
    )
    prompt: Annotated[CleanStr, Field(min_length=1, max_length=PROMPT_CHARACTERS)] | None = Field(
        None,
        description="Text that precedes the recording or is written in the desired style. Only for "
        "engines that accept a prompt, see /config.",
    )
    translate_to_english: bool = False
    quality: Quality | None = Field(
        None,
        description="Accuracy level of the bundled models. `fast` uses the fast English engine "
        "where possible, `balanced` adds Whisper for uncertain parts, and `best` runs both on "
        "everything. If omitted, `balanced`. Refused by engines without levels.",
    )
    denoise: Denoise = Field(
        "off",
        description="Noise reduction before transcription. Requires the extra denoise. `on` always "
        "applies it. `auto` applies it where it was measured to help: steady noise such as wind, "
        "fans and traffic, and people talking in the background. Speaker diarization and playback "
        "use the original audio.",
    )
    tracks: TrackNumbers = Field(
        "auto",
        description="Audio tracks to transcribe, numbered from 1. `auto` selects every track with "
        "a voice that no other track has. `all` includes other versions, such as a commentary.",
    )
    channels: TrackNumbers = Field(
        "auto",
        description="Channels of the selected tracks to transcribe, numbered from 1. `auto` "
        "selects every channel with a voice.",
    )
    features: Features = Features()
    texts: tuple[Annotated[TextOrder, BeforeValidator(_order_of_kind)], ...] = Field(
        (),
        max_length=20,
        description="Texts to write when the transcript is ready. Each runs as a separate job. A "
        "kind's name, such as `summary`, is enough.",
    )
    priority: Priority = "default"
    webhook_url: HttpUrl | None = Field(
        None,
        max_length=2000,
        description="URL that receives a POST request when the transcription, and each of its "
        "texts, finishes.",
    )
    allow_fallback: bool = Field(
        default=False,
        description="Whether another engine is used if the selected one is unreachable, fails or "
        "stays busy. It is not used if the engine refuses the request.",
    )
    strict: bool = Field(
        default=True,
        description="Whether unsupported features are an error. If false, they are dropped with a "
        "warning and not billed.",
    )

    @model_validator(mode="after")
    def _speakers_in_order(self) -> "TranscriptionOptions":
        check_speaker_limits(self.min_speakers, self.max_speakers)
        return self

    @property
    def source_options(self) -> SourceOptions:
        """The requested tracks and channels."""
        return SourceOptions(
            tracks=None if self.tracks == "auto" else self.tracks,
            channels=None if self.channels == "auto" else self.channels,
            language=None if self.language == AUTO else self.language,
        )

    @property
    def speech(self) -> SpeechOptions:
        return SpeechOptions(
            language=None if self.language == AUTO else self.language,
            model=self.model,
            vocabulary=self.vocabulary,
            prompt=self.prompt,
            translate_to_english=self.translate_to_english,
            quality=self.quality,
        )

    @property
    def speakers(self) -> SpeakerLimits | None:
        """None if speakers were not requested."""
        if not self.diarize and not self.features.speech_understanding.speaker_labels:
            return None
        return SpeakerLimits(min_speakers=self.min_speakers, max_speakers=self.max_speakers)
