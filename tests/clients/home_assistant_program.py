"""Home Assistant's Wyoming integration: finds the service, listens and speaks."""

import asyncio
import json
import sys
import wave
from collections.abc import AsyncIterator
from types import SimpleNamespace

from homeassistant.components import stt
from homeassistant.components.wyoming.data import WyomingService
from homeassistant.components.wyoming.stt import WyomingSttProvider

_address, _key, _file = sys.argv[1:]
_host, _, _port = _address.rpartition(":")


async def sound() -> AsyncIterator[bytes]:
    with wave.open(_file) as file:
        while frames := file.readframes(1_024):
            yield frames


async def main() -> None:
    service = await WyomingService.create(_host, int(_port))
    assert service is not None
    listener = WyomingSttProvider(SimpleNamespace(entry_id="home"), service)
    metadata = stt.SpeechMetadata(
        language="en",
        format=stt.AudioFormats.WAV,
        codec=stt.AudioCodecs.PCM,
        bit_rate=stt.AudioBitRates.BITRATE_16,
        sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
        channel=stt.AudioChannels.CHANNEL_MONO,
    )
    result = await listener.async_process_audio_stream(metadata, sound())
    found = {
        "name": service.get_name(),
        "platforms": service.platforms,
        "languages": sorted(listener.supported_languages),
        "text": result.text,
    }
    print(json.dumps(found))


asyncio.run(main())
