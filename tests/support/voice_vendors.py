"""Every vendor of voices, a server with its API, and the settings that reach it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import SecretStr

from mp4totext.media.sound import Sound, encoded
from mp4totext.settings import Settings
from tests.conformance.server import Server, running
from tests.conformance.voice_apis import (
    KEY,
    AssemblyAISpeech,
    ElevenLabs,
    GeminiSpeech,
    OpenAISpeech,
    VoiceApi,
)


@dataclass(frozen=True, kw_only=True)
class VoiceVendor:
    api: type[VoiceApi]
    model: str
    voice: str
    key: str  # the setting
    url: str  # the setting
    suffix: str = ""  # of its address

    @property
    def name(self) -> str:
        return self.api.name

    def settings(self, base: Settings, server: Server, **more: Any) -> Settings:
        changes: Mapping[str, Any] = {
            self.key: SecretStr(KEY),
            self.url: server.url + self.suffix,
            "vendor_timeout_s": 1.0,
            "vendor_connect_timeout_s": 1.0,
            **more,
        }
        return base.model_copy(update={"engines": base.engines.model_copy(update=changes)})


VENDORS = (
    VoiceVendor(
        api=OpenAISpeech,
        model="gpt-4o-mini-tts",
        voice="nova",
        key="openai_api_key",
        url="openai_base_url",
        suffix="/v1",
    ),
    VoiceVendor(
        api=AssemblyAISpeech,
        model="assemblyai-tts-1",
        voice="nova",
        key="assemblyai_api_key",
        url="assemblyai_voice_url",
        suffix="/v1",
    ),
    VoiceVendor(
        api=ElevenLabs,
        model="eleven_multilingual_v2",
        voice="JBFqnCBsd6RMkjVDRZzb",
        key="elevenlabs_api_key",
        url="elevenlabs_base_url",
    ),
    VoiceVendor(
        api=GeminiSpeech,
        model="gemini-3.8-flash-lite-tts",
        voice="Kore",
        key="gemini_api_key",
        url="gemini_base_url",
    ),
)
BY_NAME = {vendor.name: vendor for vendor in VENDORS}


@contextmanager
def vendor_server(vendor: VoiceVendor, sound: bytes) -> Iterator[tuple[Server, VoiceApi]]:
    api = vendor.api(sound)
    with running(api) as server:
        yield server, api


def tone(*, seconds: float = 1.0, rate: int = 24_000) -> Sound:
    times = np.arange(int(seconds * rate)) / rate
    samples = np.asarray(8_000 * np.sin(2 * np.pi * 440 * times), np.int16)
    return Sound(samples=samples, rate=rate)


def tone_wav() -> bytes:
    return encoded(tone(), "wav")
