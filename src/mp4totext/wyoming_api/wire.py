"""The wire format: a line of JSON with the lengths of the JSON and audio bytes that follow."""

import asyncio
import json
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from mp4totext.kit import strict_json
from mp4totext.kit.errors import Invalid

LINE_BYTES_MAX = 64 << 10
DATA_BYTES_MAX = 1 << 20
PAYLOAD_BYTES_MAX = 1 << 20  # half a minute at 16 kHz; clients send a tenth of a second


class BadEvent(Invalid):
    """An event is invalid, so the rest of the connection cannot be read."""

    code = "bad_event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    type: str
    data: dict[str, Any] = field(default_factory=dict)  # JSON values
    payload: bytes = b""

    def text(self, name: str) -> str | None:
        value = self.data.get(name)
        return value if isinstance(value, str) and value else None

    def number(self, name: str, *, least: int, most: int) -> int:
        """An integer of the event's data within limits. Raises BadEvent."""
        value = self.data.get(name)
        if type(value) is not int or not least <= value <= most:
            raise BadEvent(f"{self.type}: {name} is {least} to {most}, not {value!r}.")
        return value


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """Read the next event; None at the end of the connection, even within an event.

    Raises BadEvent.

    The reader's limit must be LINE_BYTES_MAX.
    """
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise BadEvent(f"An event's line has at most {LINE_BYTES_MAX} bytes.") from error
    header = _object(line)
    kind = header.get("type")
    if not isinstance(kind, str):
        raise BadEvent("An event has a type.")
    data = header.get("data") or {}
    try:
        more = await reader.readexactly(_length(header, "data_length", DATA_BYTES_MAX))
        payload = await reader.readexactly(_length(header, "payload_length", PAYLOAD_BYTES_MAX))
    except asyncio.IncompleteReadError:
        return None
    if not isinstance(data, dict):
        raise BadEvent("An event's data must be an object.")
    return Event(type=kind, data=data | (_object(more) if more else {}), payload=payload)


async def write_event(writer: asyncio.StreamWriter, event: Event) -> None:
    header: dict[str, Any] = {"type": event.type, "version": version("mp4totext")}
    data = json.dumps(event.data, ensure_ascii=False).encode() if event.data else b""
    if data:
        header["data_length"] = len(data)
    if event.payload:
        header["payload_length"] = len(event.payload)
    writer.write(json.dumps(header).encode() + b"\n" + data + event.payload)
    await writer.drain()


def _object(text: bytes) -> dict[str, Any]:  # JSON values
    try:
        value = strict_json.loads(text)
    except ValueError as error:
        raise BadEvent("An event is JSON.") from error
    if not isinstance(value, dict):
        raise BadEvent("An event is a JSON object.")
    return value


def _length(header: dict[str, Any], name: str, most: int) -> int:
    value = header.get(name) or 0
    if type(value) is not int or not 0 <= value <= most:
        raise BadEvent(f"{name} is 0 to {most}, not {value!r}.")
    return value
