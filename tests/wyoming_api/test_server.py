"""The server with the client that Home Assistant uses."""

import asyncio
import tracemalloc
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop, wav_to_chunks
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize, SynthesizeVoice

from mp4totext.settings import EngineSettings, Settings
from mp4totext.wyoming_api.server import WyomingServer, _Conversation
from mp4totext.wyoming_api.speech import LocalSpeech
from mp4totext.wyoming_api.wire import Event as Chunk
from tests.conftest import settings_for
from tests.support.in_process_service import FOUR_SECONDS, recording
from tests.support.kokoro import MODELS as KOKORO
from tests.support.kokoro import needs_kokoro
from tests.support.openai_service import SPOKEN

Talk = Callable[[AsyncTcpClient], Awaitable[Any]]


@pytest.fixture
def settings(tmp_path: Path, models_dir: Path) -> Settings:
    engines = EngineSettings(models_dir=models_dir)
    return settings_for(tmp_path).model_copy(update={"engines": engines})


def talk(settings: Settings, conversation: Talk, **options: Any) -> Any:
    """One conversation with a server of its own."""

    async def run() -> Any:
        server = WyomingServer(LocalSpeech(settings=settings), **options)
        port = await server.start("127.0.0.1", 0)
        serving = asyncio.create_task(server.serve())
        try:
            async with AsyncTcpClient("127.0.0.1", port) as client:
                return await conversation(client)
        finally:
            serving.cancel()
            await asyncio.wait([serving])

    return asyncio.run(run())


async def say(client: AsyncTcpClient, **options: Any) -> Event:
    """A command as a satellite sends it: in pieces, with their format."""
    await client.write_event(Transcribe(**options).event())
    with wave.open(str(recording(FOUR_SECONDS)), "rb") as file:
        chunks = wav_to_chunks(file, 1_024, start_event=True, stop_event=True)
        for chunk in chunks:
            await client.write_event(chunk.event())
    return await answer(client)


async def answer(client: AsyncTcpClient) -> Event:
    event = await client.read_event()
    assert event is not None, "the server closed the connection"
    return event


def test_a_command_is_heard(settings: Settings) -> None:
    async def conversation(client: AsyncTcpClient) -> list[Event]:
        first = await say(client, language="en")
        return [first, await say(client, name="moonshine")]  # a connection may be used again

    for event in talk(settings, conversation):
        transcript = Transcript.from_event(event)
        assert SPOKEN in transcript.text
        assert transcript.language == "en"


def test_an_assistant_learns_what_there_is(settings: Settings) -> None:
    async def conversation(client: AsyncTcpClient) -> Event:
        await client.write_event(Describe().event())
        return await answer(client)

    info = Info.from_event(talk(settings, conversation))
    (program,) = info.asr
    assert [model.name for model in program.models] == ["auto", "moonshine"]
    assert program.models[0].languages == ["en"]
    assert program.installed


def test_what_cannot_be_done_is_an_error_and_the_connection_goes_on(settings: Settings) -> None:
    async def conversation(client: AsyncTcpClient) -> list[Event]:
        events = [
            await say(client, language="de"),
            await say(client, name="nobody"),
            await say(client, language="!"),
        ]
        await client.write_event(Event(type="dance"))  # left out
        await client.write_event(Ping(text="still there?").event())
        return [*events, await answer(client)]

    german, nobody, wrong, pong = talk(settings, conversation)
    assert Error.from_event(german).code == "engine_missing"
    assert "There is no engine 'nobody'" in Error.from_event(nobody).text
    assert Error.from_event(wrong).code == "invalid"
    assert Pong.from_event(pong).text == "still there?"


def test_silence_and_nothing_are_no_words(settings: Settings) -> None:
    async def conversation(client: AsyncTcpClient) -> list[str]:
        texts = []
        for audio in (b"", bytes(64_000)):
            await client.write_event(AudioStart(rate=16_000, width=2, channels=1).event())
            if audio:
                chunk = AudioChunk(rate=16_000, width=2, channels=1, audio=audio)
                await client.write_event(chunk.event())
            await client.write_event(AudioStop().event())
            texts.append(Transcript.from_event(await answer(client)).text)
        return texts

    assert talk(settings, conversation) == ["", ""]


@pytest.mark.parametrize(
    "raw",
    [
        b"[]\n",
        b"{\n",
        b'{"type": 7}\n',
        b'{"type": "ping", "data_length": -1}\n',
        b'{"type": "audio-chunk", "payload_length": 99999999}\n',
        b'{"type": "audio-chunk", "data": {"rate": 1, "width": 2, "channels": 1}}\n',
        b'{"type": "audio-chunk", "data": {"rate": 16000, "width": 3, "channels": 1}}\n',
        b'{"type": "' + b"x" * 70_000 + b'"}\n',
        b'{"type": "ping", "data_length": 2}\n[]',
        b'{"type": "synthesize", "data": {"text": "Hello", "voice": "af_heart"}}\n',
        b'{"type": "synthesize", "data": {"text": "' + b"a" * 10_001 + b'"}}\n',
        b'{"type": "audio-chunk", "data": {"rate": 96000, "width": 2, "channels": 1}}\n',
        b'{"type": "audio-chunk", "data": {"rate": 16000, "width": true, "channels": 1}}\n',
        b'{"type": "ping", "data_length": true}\n ',
        b'{"type": "ping", "data": {"text": "\\ud800"}}\n',
        b'{"type": "ping", "data": {"text": NaN}}\n',
        b'{"type": "ping", "data": {"a": ' + b"[" * 200 + b"]" * 200 + b"}}\n",
        b'{"type": "ping\xff"}\n',
        b'{"type": "synthesize", "data": {"text": "Hello", "voice": {"name": ["x"]}}}\n',
        b'{"type": "synthesize", "data": {"text": "Hello", "voice": {"language": 7}}}\n',
    ],
)
def test_what_is_no_event_ends_the_connection_with_a_reason(settings: Settings, raw: bytes) -> None:
    async def conversation(client: AsyncTcpClient) -> tuple[Event, Event | None]:
        assert client._writer is not None
        client._writer.write(raw)
        return await answer(client), await client.read_event()

    event, after = talk(settings, conversation, idle_s=5)
    assert Error.from_event(event).code == "bad_event"
    assert after is None


def test_a_command_that_never_ends_is_cut_off(settings: Settings) -> None:
    async def conversation(client: AsyncTcpClient) -> Event:
        chunk = AudioChunk(rate=4_000, width=1, channels=1, audio=bytes(1_000_000))
        for _ in range(2):
            await client.write_event(chunk.event())
        return await answer(client)

    assert "at most 300 seconds" in Error.from_event(talk(settings, conversation)).text


def test_single_samples_take_no_more_memory_than_a_second_at_once() -> None:
    conversation, single = _Conversation(), {"rate": 16_000, "width": 2, "channels": 1}
    tracemalloc.start()
    try:
        for _ in range(32_000):
            conversation.add(Chunk(type="audio-chunk", data=single, payload=b"\1\0"))
        assert tracemalloc.get_traced_memory()[0] < 200_000
    finally:
        tracemalloc.stop()
    assert len(conversation.end().samples) == 32_000


def test_a_silent_connection_is_closed(settings: Settings) -> None:
    async def conversation(client: AsyncTcpClient) -> Event | None:
        return await client.read_event()

    assert talk(settings, conversation, idle_s=0.2) is None


def test_without_a_voice_the_error_says_how_to_get_one(settings: Settings) -> None:
    async def conversation(client: AsyncTcpClient) -> Event:
        await client.write_event(Synthesize(text="Good morning.").event())
        return await answer(client)

    error = Error.from_event(talk(settings, conversation))
    assert "models pull kokoro:82m" in error.text


@needs_kokoro
def test_a_voice_of_this_machine_speaks(settings: Settings, tmp_path: Path) -> None:
    with_voice = settings.model_copy(
        update={
            "engines": settings.engines.model_copy(update={"bundled_models_dir": KOKORO}),
        }
    )

    async def conversation(client: AsyncTcpClient) -> list[Event]:
        voice = SynthesizeVoice(name="af_heart")
        await client.write_event(Synthesize(text="Good morning, house.", voice=voice).event())
        events = [await answer(client)]
        while events[-1].type != "audio-stop":
            events.append(await answer(client))
        return events

    start, *chunks, _ = talk(with_voice, conversation)
    form = AudioStart.from_event(start)
    sound = b"".join(AudioChunk.from_event(event).audio for event in chunks)
    assert len(sound) / 2 / form.rate > 0.8
