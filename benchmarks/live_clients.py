"""Clients that stream speech to the live socket in real time, and the latency of their words."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect

from tests.support.recordings import RATE, Samples

PIECE_S = 0.1
PAUSE_MS = 250
LIVE = "/api/v1/live"


@dataclass
class Spoken:
    """One session. Times are seconds of the machine's clock; positions are the recording's."""

    began: float = 0.0
    events: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    ended: float = 0.0

    def of(self, kind: str) -> list[tuple[float, dict[str, Any]]]:
        return [(at, event) for at, event in self.events if event["type"] == kind]

    def _utterances(self) -> list[tuple[float, int, int]]:
        """(arrival, start, end) of every final text."""
        return [
            (at - self.began, e["start_ms"], e["end_ms"])
            for at, e in self.of("live_final")
            if e["text"]
        ]

    def final_lags(self) -> list[float]:
        """Seconds from the end of an utterance before a pause to its final text.

        Texts that were cut from speech without a pause are left out.
        """
        said = self._utterances()
        nexts = [start_ms for _, start_ms, _ in said[1:]] + [10**9]
        return [
            at - end_ms / 1000
            for (at, _, end_ms), next_ms in zip(said, nexts, strict=True)
            if next_ms - end_ms >= PAUSE_MS
        ]

    def first_lags(self) -> list[float]:
        """Seconds from the first speech after a pause to its first words."""
        said = self._utterances()
        before = [-PAUSE_MS] + [end_ms for _, _, end_ms in said[:-1]]
        texts = [
            (at - self.began, e["end_ms"])
            for at, e in [*self.of("live_partial"), *self.of("live_final")]
            if e["text"]
        ]
        return [
            min(at for at, until_ms in texts if until_ms > start_ms) - start_ms / 1000
            for (_, start_ms, _), end_ms in zip(said, before, strict=True)
            if start_ms - end_ms >= PAUSE_MS
        ]


async def speak(url: str, token: str, sound: Samples, *, after_s: float = 0) -> Spoken:
    """Send audio in real time, as a microphone does, and wait for the transcript."""
    await asyncio.sleep(after_s)
    spoken = Spoken()
    address = url.replace("http", "ws", 1) + LIVE
    async with connect(address, subprotocols=["bearer", token], ping_interval=None) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "start", "language": "en"}))
        assert json.loads(await socket.recv())["type"] == "session"
        sending = asyncio.create_task(_send(socket, sound, spoken))
        async for message in socket:
            event = json.loads(message)
            spoken.events.append((time.monotonic(), event))
            if event["type"] == "error":
                raise AssertionError(event)
        await sending
    return spoken


async def _send(socket: Any, sound: Samples, spoken: Spoken) -> None:
    data = (sound * 32_767).astype("<i2").tobytes()
    size = 2 * round(PIECE_S * RATE)
    spoken.began = time.monotonic()
    for number, at in enumerate(range(0, len(data), size), 1):
        await asyncio.sleep(max(0.0, spoken.began + number * PIECE_S - time.monotonic()))
        await socket.send(data[at : at + size])
    spoken.ended = time.monotonic()
    await socket.send(json.dumps({"type": "end"}))
