"""LiveKit's plug-in, by request and live: python livekit_program.py URL KEY FILE"""

import asyncio
import json
import sys

from livekit import rtc
from livekit.agents import stt, utils
from livekit.agents.utils.audio import audio_frames_from_file
from livekit.plugins import openai

url, key, file = sys.argv[1:]
RATE = 24_000
options = {"model": "whisper-1", "base_url": f"{url}/v1", "api_key": key}


async def main() -> None:
    frames = [frame async for frame in audio_frames_from_file(file, sample_rate=RATE)]
    event = await openai.STT(**options, use_realtime=False).recognize(frames)
    (heard,) = event.alternatives
    print(json.dumps({"text": heard.text, "language": heard.language, "live": await live(frames)}))


async def live(frames: list[rtc.AudioFrame]) -> str:
    """The first utterance, which ends when the speaker pauses."""
    pause = rtc.AudioFrame.create(RATE, 1, 2 * RATE)
    async with utils.http_context.open():
        stream = openai.STT(**options, use_realtime=True).stream()
        for frame in (*frames, pause):
            stream.push_frame(frame)
        async for event in stream:
            if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
                await stream.aclose()
                return str(event.alternatives[0].text)
    return ""


asyncio.run(main())
