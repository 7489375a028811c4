"""Sends a WAV file in real time and prints the words as they are recognised.

    python examples/live_from_wav.py talk.wav

The file must have 16 kHz, one channel and 16 bits: ``ffmpeg -i talk.mp4 -ar 16000 -ac 1 talk.wav``.
A microphone delivers the same bytes. After a lost connection it resumes where the service asks.
"""

import asyncio
import json
import os
import sys
import wave
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

PIECE_S = 0.2
BYTES_A_SECOND = 2 * 16_000
PIECE_BYTES = int(PIECE_S * BYTES_A_SECOND)

url = os.environ.get("MP4TOTEXT_URL", "http://127.0.0.1:8002").replace("http", "ws", 1)
key = Subprotocol(os.environ["MP4TOTEXT_KEY"])
pace = float(os.environ.get("PACE", "1"))  # 2: twice as fast as real time


def show(event: dict[str, Any]) -> None:
    """Print final words; words that may still change are on one line, which is overwritten."""
    if event["type"] == "live_partial":
        print(f"\r{event['text'][-78:]:78}", end="", file=sys.stderr)
    elif event["type"] == "live_final":
        print(f"\r{'':78}\r", end="", file=sys.stderr)
        print(event["text"])
    elif event["type"] == "job_complete":
        print(event["subject_id"], file=sys.stderr)
    elif event["type"] == "error":
        sys.exit(event["message"])


async def speak(socket: ClientConnection, samples: bytes) -> None:
    for at in range(0, len(samples), PIECE_BYTES):
        await socket.send(samples[at : at + PIECE_BYTES])
        await asyncio.sleep(PIECE_S / pace)
    await socket.send(json.dumps({"type": "end"}))


async def transcribe(samples: bytes) -> None:
    first: dict[str, object] = {"type": "start", "format": "pcm_s16le", "language": "en"}
    seen = 0  # the last sequence number, after which a new connection continues
    while True:
        # Browsers cannot send headers with a WebSocket, so the key is offered as a subprotocol.
        async with connect(
            f"{url}/api/v1/live", subprotocols=[Subprotocol("bearer"), key]
        ) as socket:
            await socket.send(json.dumps(first))
            session = json.loads(await socket.recv())
            show(session)
            rest = samples[session["received_bytes"] or 0 :]
            speaking = asyncio.create_task(speak(socket, rest))
            try:
                async for message in socket:
                    event = json.loads(message)
                    seen = event.get("seq", seen)
                    show(event)
            except ConnectionClosedError as cut:
                if cut.rcvd and cut.rcvd.code >= 4000:  # the service closed it on purpose
                    sys.exit(cut.rcvd.reason)
                first = {"type": "resume", "session": session["session"], "since": seen}
            else:
                return
            finally:
                speaking.cancel()


with wave.open(sys.argv[1]) as file:
    if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (16_000, 1, 2):
        sys.exit("The file must have 16 kHz, one channel and 16 bits.")
    asyncio.run(transcribe(file.readframes(file.getnframes())))
