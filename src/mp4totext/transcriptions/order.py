"""The order for one recording: fixed when its job is accepted, and passed on unchanged."""

from dataclasses import replace
from typing import Self

from pydantic import BaseModel, ConfigDict

from mp4totext.media.choice import SourceOptions
from mp4totext.providers.base import SpeakerLimits
from mp4totext.providers.denoise.base import Denoise
from mp4totext.providers.speech.base import GatewayRequest, SpeechOptions
from mp4totext.transcriptions.errors import NotReady
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.options import LlmGateway, TextOrder


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class RecordingRef(_Frozen):
    """Where a recording is stored, for work without a session."""

    transcription_id: str = ""  # empty in a quote
    media_key: str = ""  # empty until a download has arrived
    duration_ms: int = 0

    @classmethod
    def of(cls, row: Transcription) -> Self:
        """Raises NotReady for a recording without its file."""
        if row.media_key is None or row.duration_ms is None:
            raise NotReady("The recording was never downloaded. Retry its job.")
        return cls(transcription_id=row.id, media_key=row.media_key, duration_ms=row.duration_ms)

    @property
    def link_lives_s(self) -> int:
        """How long a vendor may download it."""
        return 3600 + self.duration_ms // 1000


class EngineChoice(_Frozen):
    """The engine and the diarizer."""

    engine: str
    diarizer: str | None = None  # None: no speakers, or the engine delivers them
    gateway: bool = False  # the engine's language model also writes texts
    without: tuple[str, ...] = ()  # what the fallback engine does not deliver, for users


class KnownSpeaker(_Frozen):
    """A speaker whose voice sample was sent with the request."""

    name: str
    sound_key: str


class TranscriptionOrder(_Frozen):
    recording: RecordingRef
    engine: EngineChoice
    # Used if the first engine is unreachable; chosen now, so that its cost is held.
    fallback: EngineChoice | None = None
    speech: SpeechOptions = SpeechOptions()
    sources: SourceOptions = SourceOptions()
    denoise: Denoise = "off"
    speakers: SpeakerLimits | None = None  # None: speakers were not requested
    known_speakers: tuple[KnownSpeaker, ...] = ()
    features: tuple[str, ...] = ()
    gateway: LlmGateway | None = None
    texts: tuple[TextOrder, ...] = ()  # with their provider and model
    queue: str | None = None  # None: that of its priority

    def taken_over(self) -> "TranscriptionOrder":
        """The order for the fallback engine; a requested model is that of the first engine."""
        assert self.fallback is not None
        return self.model_copy(
            update={
                "engine": self.fallback,
                "fallback": None,
                "speech": replace(self.speech, model=None),
                "gateway": self.gateway if self.fallback.gateway else None,
            }
        )

    @property
    def speakers_price_key(self) -> str | None:
        """The price key of the diarizer, or of the engine that delivers speakers."""
        if self.engine.diarizer is None and self.speakers is None:
            return None
        return f"diarization.{self.engine.diarizer or self.engine.engine}"

    @property
    def gateway_request(self) -> GatewayRequest | None:
        if self.gateway is None:
            return None
        return GatewayRequest(
            summary=self.gateway.generate_summary,
            action_items=self.gateway.action_items,
            questions=self.gateway.questions,
            tasks=self.gateway.tasks,
            language=self.gateway.language,
        )
