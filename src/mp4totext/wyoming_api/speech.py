"""Recognition and speech for voice assistants, with local engines and voices. Blocks."""

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mp4totext.credits import prices
from mp4totext.kit.clock import now
from mp4totext.kit.errors import Invalid
from mp4totext.media.samples import Samples
from mp4totext.media.sound import Sound
from mp4totext.providers import registry
from mp4totext.providers.base import SAMPLE_RATE, no_report
from mp4totext.providers.speech.base import (
    ALL_LANGUAGES,
    SpeechRequest,
    SpeechResult,
)
from mp4totext.providers.speech.languages import WHISPER_SUBTAGS
from mp4totext.providers.speech.table import speech_engine
from mp4totext.providers.voice.table import VOICE
from mp4totext.settings import Settings
from mp4totext.transcriptions.engines import Engines
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.planning import plan
from mp4totext.voices import speaking
from mp4totext.voices.planning import VoiceOrder, plan_voice
from mp4totext.writing import chinese

PROGRAM = "mp4totext"
_ATTRIBUTION = {"name": "MP4toText", "url": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawChunk:
    """Raw samples from an assistant's microphone."""

    data: bytes
    rate: int
    width: int  # bytes of a sample: 1, 2 or 4
    channels: int

    def mono(self) -> NDArray[np.int16]:
        frame = self.width * self.channels
        data = self.data[: len(self.data) - len(self.data) % frame]
        if self.width == 1:  # unsigned, as in WAV
            samples = (np.frombuffer(data, np.uint8).astype(np.int32) - 128) << 8
        elif self.width == 2:
            samples = np.frombuffer(data, "<i2").astype(np.int32)
        else:
            samples = np.frombuffer(data, "<i4").astype(np.int32) >> 16
        mixed = samples.reshape(-1, self.channels).sum(axis=1) // self.channels
        return np.asarray(mixed, np.int16)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSpeech:
    """Recognition and speech with local engines and voices.

    ``engine`` and ``model`` are as for a transcription; a request may name another model.
    """

    settings: Settings
    engine: str = "auto"
    model: str | None = None

    def warm_up(self) -> str:
        """Load the engine, so that the first command is not slow. Returns its name."""
        self.transcribe(np.zeros(SAMPLE_RATE, np.float32), language=None, model=None)
        return self._engine(None, None)

    def transcribe(
        self, samples: Samples, *, language: str | None, model: str | None
    ) -> SpeechResult:
        """Transcribe samples. Raises AppError or ProviderError for what is not available."""
        options = self._options(language, model)
        engine = speech_engine(self._engine(language, model), self.settings)
        request = SpeechRequest(samples=samples, options=options.speech)
        result = engine.transcribe(request, no_report)
        segments = chinese.written_segments(
            result.segments, requested=options.speech.language, detected=result.language
        )
        return replace(result, segments=segments)

    def speak(self, text: str, *, voice: str | None, language: str) -> Sound:
        """Speak a text with a local voice, which is free. Raises AppError or ProviderError."""
        ready = self._voices or [name for name, e in VOICE.items() if e.capabilities.local]
        order = VoiceOrder(provider=ready[0], voice=voice, language=language)
        planned = plan_voice(
            order, text, prices=prices.defaults(), settings=self.settings, today=now().date()
        )
        return speaking.speak(text, planned, self.settings).sound

    def info(self) -> dict[str, Any]:  # JSON values
        """The engines, models and voices that an assistant may choose."""
        ready = self._engines(None).ready
        models = []
        for name, can in ready.items():
            if not can.whole_file:
                spoken = WHISPER_SUBTAGS if ALL_LANGUAGES in can.languages else can.languages
                models.append(_artifact(name) | {"languages": sorted(spoken)})
        every = sorted({language for model in models for language in model["languages"]})
        asr = _artifact(PROGRAM) | {"models": [_artifact("auto") | {"languages": every}, *models]}
        voices = [
            _artifact(voice) | {"languages": sorted(facts.languages)}
            for name in self._voices
            for voice, facts in VOICE[name].capabilities.voices.items()
        ]
        return {"asr": [asr], "tts": [_artifact(PROGRAM) | {"voices": voices}]}

    def _options(self, language: str | None, model: str | None) -> TranscriptionOptions:
        """Options of a transcription.

        ``model`` is an engine's name from ``info``, or "auto" for the engine of the command.
        """
        chosen = None if model in (None, "auto") else model
        return TranscriptionOptions(
            engine=chosen or self.engine,
            model=None if chosen else self.model,
            language=language or "auto",
        )

    def _engine(self, language: str | None, model: str | None) -> str:
        options = self._options(language, model)
        engines = self._engines(options.model)
        name = plan(options, engines, prices.defaults()).engine.engine
        if engines.speech[name].whole_file:
            raise Invalid(f"{name!r} takes whole files, not commands: choose another engine.")
        return name

    def _engines(self, model: str | None) -> Engines:
        return Engines.of(self.settings, engine=self.engine, model=model)

    @property
    def _voices(self) -> list[str]:
        """The providers of voices that are ready."""
        ready = registry.available(VOICE, self.settings)
        return [name for name in ready if VOICE[name].capabilities.local]


def _artifact(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "attribution": _ATTRIBUTION,
        "installed": True,
        "description": None,
        "version": version("mp4totext"),
    }
