"""``mp4totext wyoming``: serves engines and voices to voice assistants in the local network."""

import asyncio

from mp4totext.commands.messages import note
from mp4totext.commands.output import quiet_logs
from mp4totext.settings import Settings
from mp4totext.wyoming_api.server import WyomingServer
from mp4totext.wyoming_api.speech import LocalSpeech


def wyoming(host: str, port: int, engine: str, model: str | None) -> None:
    quiet_logs()
    speech = LocalSpeech(settings=Settings(), engine=engine, model=model)
    name = speech.warm_up()
    asyncio.run(_serve(speech, host, port, name))


async def _serve(speech: LocalSpeech, host: str, port: int, engine: str) -> None:
    server = WyomingServer(speech)
    bound = await server.start(host, port)
    note(f"Wyoming at tcp://{host}:{bound}, with {engine}. Ctrl-C stops it.")
    await server.serve()
