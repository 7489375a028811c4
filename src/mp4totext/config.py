"""The features and limits of this installation, for pages and clients."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from mp4totext import __version__
from mp4totext.auth.dependencies import RuntimeDep
from mp4totext.billing.endpoints import pricing_out
from mp4totext.billing.schemas import PricingOut
from mp4totext.credits import prices
from mp4totext.kit.http import ReadSession, problems
from mp4totext.media.extensions import FILE_EXTENSIONS
from mp4totext.messages import worded
from mp4totext.providers import registry
from mp4totext.providers.base import MAX_SPEAKERS
from mp4totext.providers.denoise.table import DENOISE
from mp4totext.providers.diarization.base import DiarizationCapabilities
from mp4totext.providers.diarization.table import DIARIZATION
from mp4totext.providers.embedding.table import EMBEDDING
from mp4totext.providers.image.table import IMAGE
from mp4totext.providers.registry import Entry, Table
from mp4totext.providers.search.table import SEARCH
from mp4totext.providers.speech.base import SpeechCapabilities
from mp4totext.providers.speech.table import SPEECH
from mp4totext.providers.text.table import TEXT
from mp4totext.providers.voice.table import VOICE
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings

router = APIRouter(prefix="/api/v1", tags=["system"])

_OTHER_KINDS: dict[str, Table[Any]] = {
    "text": TEXT,
    "search": SEARCH,
    "denoise": DENOISE,
    "embedding": EMBEDDING,
    "image": IMAGE,
    "voice": VOICE,
}


class ProviderConfig(BaseModel):
    name: str
    title: str
    ready: bool
    missing: str | None = Field(
        description="Why it is unavailable, and the command or variable that enables it. null if "
        "it is available."
    )


class EngineConfig(ProviderConfig):
    """An engine that turns speech into text."""

    bundled: bool = Field(
        description="Whether the engine and its model are part of the installation."
    )
    on_this_machine: bool = Field(description="Whether recordings stay on this machine.")
    languages: list[str] = Field(
        description='Supported languages as primary BCP 47 subtags. `["*"]` means any.'
    )
    qualities: list[str] = Field(
        description="Accuracy levels that can be selected. Empty if there is only one."
    )
    word_times: bool
    vocabulary: bool
    prompt: bool
    translate_to_english: bool
    speakers: bool = Field(description="Whether the engine identifies speakers itself.")
    features: dict[str, list[str]] = Field(
        description="Features that the engine provides itself, with their languages. Other "
        "features are provided by this service."
    )
    llm_gateway: bool
    live: bool
    max_bytes: int | None
    max_duration_ms: int | None


class DiarizerConfig(ProviderConfig):
    """An engine that distinguishes the speakers of a recording."""

    overlap: bool = Field(description="Whether it can report overlapping speakers.")
    needs_channels: bool = Field(description="Whether it requires one speaker per channel.")


class Limits(BaseModel):
    max_upload_bytes: int
    max_duration_ms: int
    max_speakers: int
    retention_days: int | None = Field(
        description="Number of days after which recordings are deleted. null if they are kept."
    )
    bin_days: int = Field(
        description="Number of days after which recordings in the bin are deleted."
    )


class LiveConfig(BaseModel):
    available: bool
    max_duration_ms: int
    idle_ms: int = Field(description="Milliseconds without audio after which a session ends.")


class ConfigOut(BaseModel):
    """The public configuration, which is the same for all users and contains no secrets."""

    version: str
    registration_open: bool
    limits: Limits
    live: LiveConfig
    direct_uploads: bool = Field(
        description="Whether /uploads/presigned returns links to upload directly to storage."
    )
    file_extensions: list[str] = Field(
        description="File extensions of recordings, for file pickers."
    )
    engines: list[EngineConfig] = Field(description="Transcription engines in order of preference.")
    diarizers: list[DiarizerConfig]
    providers: dict[str, list[ProviderConfig]] = Field(
        description="Providers of texts, web search, noise reduction, search by meaning, pictures "
        "and voices."
    )
    pricing: PricingOut


@router.get(
    "/config",
    responses=problems(),
    summary="Get the limits, engines and prices of this installation",
)
def get_config(runtime: RuntimeDep, session: ReadSession) -> ConfigOut:
    settings = runtime.settings
    return ConfigOut(
        version=__version__,
        registration_open=settings.auth.registration_open,
        limits=Limits(
            max_upload_bytes=settings.ingest.max_upload_bytes,
            max_duration_ms=settings.ingest.max_duration_s * 1000,
            max_speakers=MAX_SPEAKERS,
            retention_days=settings.ingest.retention_days,
            bin_days=settings.ingest.bin_days,
        ),
        live=_live(runtime),
        direct_uploads=not runtime.storage.is_local,
        file_extensions=list(FILE_EXTENSIONS),
        engines=[_engine(name, entry, settings) for name, entry in SPEECH.items()],
        diarizers=[_diarizer(name, entry, settings) for name, entry in DIARIZATION.items()],
        providers={
            kind: [
                ProviderConfig(**_provider(name, entry, settings)) for name, entry in table.items()
            ]
            for kind, table in _OTHER_KINDS.items()
        },
        pricing=pricing_out(prices.current(session)),
    )


def _provider(name: str, entry: Entry[Any], settings: Settings) -> dict[str, Any]:
    missing = registry.missing(entry, settings)
    return {
        "name": name,
        "title": worded(entry.title),
        "ready": missing is None,
        "missing": missing,
    }


def _engine(name: str, entry: Entry[SpeechCapabilities], settings: Settings) -> EngineConfig:
    can = entry.capabilities
    return EngineConfig(
        **_provider(name, entry, settings),
        bundled=can.bundled,
        on_this_machine=entry.key is None,
        languages=sorted(can.languages),
        qualities=sorted(can.qualities),
        word_times=can.word_times,
        vocabulary=can.vocabulary,
        prompt=can.prompt,
        translate_to_english=can.translate_to_english,
        speakers=can.diarization,
        features={feature: sorted(languages) for feature, languages in can.features.items()},
        llm_gateway=can.llm_gateway,
        live=can.live,
        max_bytes=can.max_bytes,
        max_duration_ms=can.max_duration_ms,
    )


def _diarizer(
    name: str, entry: Entry[DiarizationCapabilities], settings: Settings
) -> DiarizerConfig:
    return DiarizerConfig(
        **_provider(name, entry, settings),
        overlap=entry.capabilities.overlap,
        needs_channels=entry.capabilities.needs_channels,
    )


def _live(runtime: Runtime) -> LiveConfig:
    live = runtime.settings.live
    able = [
        name
        for name in registry.available(SPEECH, runtime.settings)
        if SPEECH[name].capabilities.live
    ]
    return LiveConfig(
        available=bool(able) and live.live_sessions > 0,
        max_duration_ms=live.live_max_s * 1000,
        idle_ms=live.live_idle_s * 1000,
    )
