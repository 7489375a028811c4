"""Options of the models of OpenAI's audio API, and how other vendors differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mp4totext.providers.openai_sdk import OPENAI_SDK, Sdk


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioModel:
    """Options of a model. The defaults are Whisper's."""

    answer: Literal["verbose_json", "json", "diarized_json"] = "verbose_json"
    vocabulary: Literal["prompt", "keywords"] | None = "prompt"
    log_probs: bool = False  # returns them on request; they become confidences of words
    translates: bool = False  # to English


WHISPER = AudioModel(translates=True)

OPENAI: Mapping[str, AudioModel] = {
    "whisper-1": WHISPER,
    "gpt-transcribe": AudioModel(answer="json", vocabulary="keywords"),
    "gpt-4o-transcribe": AudioModel(answer="json", log_probs=True),
    "gpt-4o-mini-transcribe": AudioModel(answer="json", log_probs=True),
    "gpt-4o-mini-transcribe-2025-12-15": AudioModel(answer="json", log_probs=True),
    "gpt-4o-transcribe-diarize": AudioModel(answer="diarized_json", vocabulary=None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioQuirks:
    """How a vendor differs."""

    sdk: Sdk = OPENAI_SDK
    # A server that follows the API may have other names: such a model is called like Whisper.
    models: Mapping[str, AudioModel] = field(default_factory=dict)
    translator: str | None = None  # the model of all translations, whichever was requested
