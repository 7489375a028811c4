"""``mp4totext wyoming``: hears and speaks for voice assistants on the local network."""

import asyncio

import click

from mp4totext.commands.output import note, quiet_logs
from mp4totext.settings import Settings
from mp4totext.wyoming_api.server import WyomingServer
from mp4totext.wyoming_api.speech import LocalSpeech

PORT = 10_300  # where Home Assistant looks for speech to text


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0: the whole network.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option("--engine", default="auto", show_default=True, help="As of `transcribe`.")
@click.option("--model", help="The engine's model.")
def wyoming(host: str, port: int, engine: str, model: str | None) -> None:
    """Serve the Wyoming protocol, as Home Assistant and its satellites speak it.

    Runs without accounts and credits, with engines and voices of this machine: whoever reaches the
    port may use it. Ctrl-C stops it.
    """
    quiet_logs()
    speech = LocalSpeech(settings=Settings(), engine=engine, model=model)
    name = speech.warm_up()
    asyncio.run(_serve(speech, host, port, name))


async def _serve(speech: LocalSpeech, host: str, port: int, engine: str) -> None:
    server = WyomingServer(speech)
    bound = await server.start(host, port)
    note(f"Wyoming at tcp://{host}:{bound}, with {engine}. Ctrl-C stops it.")
    await server.serve()
