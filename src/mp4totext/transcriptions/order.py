"""What is to be done with one recording: frozen when its job is accepted, and passed on whole."""

from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from mp4totext.media.choice import SourceOptions
from mp4totext.providers.base import SpeakerLimits
from mp4totext.providers.denoise.base import Denoise
from mp4totext.providers.speech.base import GatewayRequest, SpeechOptions
from mp4totext.transcriptions.schemas import LlmGateway, TextOrder


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class RecordingRef(_Frozen):
    """Where a recording is, for work without a session."""

    transcription_id: str = ""  # in a quote
    media_key: str = ""  # until a download has arrived
    duration_ms: int = 0

    @property
    def link_lives_s(self) -> int:
        """How long a vendor may fetch it."""
        return 3600 + self.duration_ms // 1000


class EngineChoice(_Frozen):
    """Who transcribes, and who finds the speakers."""

    engine: str
    diarizer: str | None = None  # None: no speakers, or they come with the engine
    gateway: bool = False  # the engine's language model writes, too
    without: tuple[str, ...] = ()  # what it leaves out where it takes over, for people


class KnownSpeaker(_Frozen):
    """A speaker whose voice sample was sent with the request."""

    name: str
    sound_key: str


class TranscriptionOrder(_Frozen):
    recording: RecordingRef
    engine: EngineChoice
    # Takes over when the first cannot be reached; chosen at once, so what it may cost is held.
    fallback: EngineChoice | None = None
    speech: SpeechOptions = SpeechOptions()
    sources: SourceOptions = SourceOptions()
    denoise: Denoise = "off"
    speakers: SpeakerLimits | None = None  # None: nobody asked who speaks
    known_speakers: tuple[KnownSpeaker, ...] = ()
    features: tuple[str, ...] = ()
    gateway: LlmGateway | None = None
    texts: tuple[TextOrder, ...] = ()  # with provider and model chosen
    queue: str | None = None  # None: the one of its priority

    def taken_over(self) -> "TranscriptionOrder":
        """The same for the engine that takes over: the model named is the first one's."""
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
        """Of who finds the speakers: a diarizer, or the engine itself."""
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
