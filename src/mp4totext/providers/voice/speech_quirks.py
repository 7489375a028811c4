"""How vendors of OpenAI's speech route differ. Imports no SDK."""

from dataclasses import dataclass, field

from mp4totext.providers.openai_sdk import OPENAI_SDK, Sdk

_WITHOUT_DIRECTION = frozenset({"tts-1", "tts-1-hd"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechQuirks:
    """Request fields that a vendor accepts in addition to model, input and voice."""

    sdk: Sdk = OPENAI_SDK
    speed: bool = True
    direction: bool = True
    without_direction: frozenset[str] = field(default=_WITHOUT_DIRECTION)  # models
