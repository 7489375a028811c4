"""Text to speech: the request, the result, and the interface."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    label: str  # name for users
    languages: frozenset[str]  # primary subtags
    gender: Literal["female", "male"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceCapabilities:
    voices: Mapping[str, Voice]  # by the vendor's id; the first is the default
    speed: tuple[float, float] = (1.0, 1.0)  # slowest and fastest; 1 is normal
    direction: bool = False  # accepts instructions on how to speak
    word_times: bool = False
    local: bool = False  # runs on this machine, with one price and no choice of models

    @property
    def languages(self) -> frozenset[str]:
        return frozenset[str]().union(*(voice.languages for voice in self.voices.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceRequest:
    """Options that the voice does not support were refused before."""

    text: str
    voice: str
    language: str  # BCP 47
    model: str = ""  # the vendor's name in the catalogue; "" if there is only one
    speed: float = 1.0
    direction: str = ""
    check: Callable[[], None] = lambda: None  # called while waiting; raises if the job is cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenWord:
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceResult:
    sound: bytes = field(repr=False)  # encoded; the content tells the format
    model: str
    words: tuple[SpokenWord, ...] | None = None  # None: the vendor returns no times
    request_id: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)  # the vendor's own usage figures


class TextToSpeech(Protocol):
    """A vendor of voices. One instance for each process; called from several threads."""

    def speak(self, request: VoiceRequest) -> VoiceResult: ...
