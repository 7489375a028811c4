"""A snapshot of what this installation can transcribe with, so that planning is pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from mp4totext.providers import registry
from mp4totext.providers.diarization.base import DiarizationCapabilities
from mp4totext.providers.diarization.table import DIARIZATION
from mp4totext.providers.speech.base import SpeechCapabilities
from mp4totext.providers.speech.table import SPEECH, bundled_engine
from mp4totext.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    speech: Mapping[str, SpeechCapabilities]  # every engine, in order of preference
    diarizers: Mapping[str, DiarizationCapabilities]
    # Why it is not ready here, with the command or variable that adds it; absent: it is ready.
    speech_missing: Mapping[str, str]
    diarizers_missing: Mapping[str, str]
    bundled: str  # the engine of every installation
    on_gpu: frozenset[str]  # engines and diarizers whose jobs go to workers with a GPU

    @classmethod
    def of(cls, settings: Settings, *, engine: str = "auto", model: str | None = None) -> Self:
        """``model``: the one that a request names for ``engine``, which may be missing."""
        speech_missing = {
            name: registry.missing(entry, settings, model=model if name == engine else None)
            for name, entry in SPEECH.items()
        }
        diarizers_missing = {
            name: registry.missing(entry, settings) for name, entry in DIARIZATION.items()
        }
        return cls(
            speech={name: entry.capabilities for name, entry in SPEECH.items()},
            diarizers={name: entry.capabilities for name, entry in DIARIZATION.items()},
            speech_missing={name: why for name, why in speech_missing.items() if why is not None},
            diarizers_missing={
                name: why for name, why in diarizers_missing.items() if why is not None
            },
            bundled=bundled_engine(),
            on_gpu=frozenset(settings.gpu_engines),
        )

    @property
    def ready(self) -> dict[str, SpeechCapabilities]:
        return {name: can for name, can in self.speech.items() if name not in self.speech_missing}

    def able(self, capability: str) -> list[str]:
        """Engines with a capability, ready here or not."""
        return [name for name, can in self.speech.items() if getattr(can, capability)]
