"""Serves voice assistants over TCP, without accounts: for private networks only."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from pydantic import ValidationError

from mp4totext.kit.errors import AppError
from mp4totext.kit.log import get_logger
from mp4totext.kit.validation import sentence_of
from mp4totext.media.sound import Sound
from mp4totext.providers.errors import ProviderError
from mp4totext.wyoming_api.speech import LocalSpeech, RawChunk
from mp4totext.wyoming_api.wire import LINE_BYTES_MAX, BadEvent, Event, read_event, write_event

CONNECTIONS_MAX = 32
COMMAND_S_MAX = 300  # seconds of one command; longer recordings are for the service
RATE_MAX = 48_000  # limits a connection, with the length above, to 29 MB of samples
TEXT_CHARACTERS_MAX = 10_000  # of a text to speak; about ten minutes of speech
IDLE_S = 300.0  # seconds without a known event, after which a connection is closed
CHUNK_SAMPLES = 2_048

log = get_logger()


class WyomingServer:
    def __init__(self, speech: LocalSpeech, *, idle_s: float = IDLE_S) -> None:
        self._speech = speech
        self._idle_s = idle_s
        self._open = 0
        self._working = asyncio.Semaphore(2)  # engines use several cores each
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port; 0 selects a free one."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=LINE_BYTES_MAX)
        return int(self._server.sockets[0].getsockname()[1])

    async def serve(self) -> None:
        assert self._server is not None, "it was started"
        async with self._server:
            await self._server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open > CONNECTIONS_MAX:
                await write_event(writer, _error("Too many connections.", "too_many_connections"))
                return
            await self._converse(_Conversation(), reader, writer)
        except (ConnectionError, TimeoutError):
            pass  # the assistant has disconnected
        except BadEvent as error:
            with suppress(ConnectionError):
                await write_event(writer, _error(error.message, error.code))
        finally:
            self._open -= 1
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _converse(
        self,
        conversation: "_Conversation",
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        while True:
            async with asyncio.timeout(self._idle_s):
                event = await read_event(reader)
            if event is None:
                return
            try:
                answers = await self._answers(conversation, event)
            except BadEvent:
                raise
            except (AppError, ProviderError) as error:
                log.info("wyoming.refused", code=error.code)
                answers = [_error(error.message, error.code or "failed")]
            except ValidationError as error:
                answers = [_error(sentence_of(error.errors(include_url=False)), "invalid")]
            async with asyncio.timeout(self._idle_s):
                for answer in answers:
                    await write_event(writer, answer)

    async def _answers(self, conversation: "_Conversation", event: Event) -> list[Event]:
        """The answers to an event. Unknown events are ignored, as the protocol requires."""
        match event.type:
            case "describe":
                return [Event(type="info", data=await asyncio.to_thread(self._speech.info))]
            case "ping":
                return [Event(type="pong", data=event.data)]
            case "transcribe":
                conversation.ask(event)
            case "audio-start":
                conversation.begin()
            case "audio-chunk":
                conversation.add(event)
            case "audio-stop":
                return [await self._transcript(conversation)]
            case "synthesize":
                return await self._spoken(event)
        return []

    async def _transcript(self, conversation: "_Conversation") -> Event:
        sound = conversation.end()
        async with self._working:
            result = await asyncio.to_thread(
                lambda: self._speech.transcribe(
                    sound.for_engine(), language=conversation.language, model=conversation.model
                )
            )
        text = " ".join(segment.text for segment in result.segments)
        language = {"language": result.language} if result.language else {}
        return Event(type="transcript", data={"text": text, **language})

    async def _spoken(self, event: Event) -> list[Event]:
        voice = event.data.get("voice") or {}
        if not isinstance(voice, dict):
            raise BadEvent("synthesize: voice must be an object.")
        name, language = voice.get("name"), voice.get("language") or "en"
        if not (isinstance(name, str | None) and isinstance(language, str)):
            raise BadEvent("synthesize: name and language of the voice must be strings.")
        text = event.text("text") or ""
        if len(text) > TEXT_CHARACTERS_MAX:
            raise BadEvent(f"synthesize: text may have at most {TEXT_CHARACTERS_MAX} characters.")
        async with self._working:
            sound = await asyncio.to_thread(
                self._speech.speak,
                text,
                voice=name,
                language=language,
            )
        form = {"rate": sound.rate, "width": 2, "channels": 1}
        data = sound.samples.astype("<i2").tobytes()
        size = CHUNK_SAMPLES * 2
        chunks = [
            Event(type="audio-chunk", data=form, payload=data[at : at + size])
            for at in range(0, len(data), size)
        ]
        return [Event(type="audio-start", data=form), *chunks, Event(type="audio-stop")]


@dataclass
class _Conversation:
    """One connection: its settings, and the command that is being spoken."""

    language: str | None = None
    model: str | None = None
    _rate: int = 0
    # Of int16: a list of parts would take 100 bytes for each that has a single sample.
    _samples: bytearray = field(default_factory=bytearray)

    def ask(self, event: Event) -> None:
        self.language, self.model = event.text("language"), event.text("name")

    def begin(self) -> None:
        self._samples, self._rate = bytearray(), 0

    def add(self, event: Event) -> None:
        """Raises BadEvent for an invalid format, or a command that is too long."""
        chunk = RawChunk(
            data=event.payload,
            rate=event.number("rate", least=4_000, most=RATE_MAX),
            width=event.number("width", least=1, most=4),
            channels=event.number("channels", least=1, most=8),
        )
        if chunk.width == 3 or self._rate not in (0, chunk.rate):
            raise BadEvent("Samples must have 1, 2 or 4 bytes, and one rate in a command.")
        self._rate = chunk.rate
        self._samples += chunk.mono().tobytes()
        if len(self._samples) > COMMAND_S_MAX * self._rate * np.dtype(np.int16).itemsize:
            raise BadEvent(f"A command may last at most {COMMAND_S_MAX} seconds.")

    def end(self) -> Sound:
        samples = np.frombuffer(self._samples or bytes(2), np.int16)
        sound = Sound(samples=samples, rate=self._rate or 16_000)
        self.begin()
        return sound


def _error(text: str, code: str) -> Event:
    return Event(type="error", data={"text": text, "code": code})
