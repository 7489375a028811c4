"""Fake servers with the APIs of all voice providers, and the settings that use them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from mp4totext.media.sound import Sound, encoded
from tests.conformance.server import Server, running
from tests.conformance.voice_apis import (
    KEY,
    AssemblyAISpeech,
    ElevenLabs,
    GeminiSpeech,
    OpenAISpeech,
    VoiceApi,
)
from tests.support.http_vendors import HttpVendor


@dataclass(frozen=True, kw_only=True)
class VoiceVendor(HttpVendor):
    secret = KEY
    voice: str


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
