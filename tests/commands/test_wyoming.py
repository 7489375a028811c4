"""``mp4totext wyoming`` with the client that Home Assistant uses."""

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

from wyoming.asr import Transcript
from wyoming.client import AsyncTcpClient

from tests.support.openai_service import SPOKEN
from tests.wyoming_api.test_server import say


def test_the_command_serves_an_assistant_until_it_is_stopped(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mp4totext.cli", "wyoming", "--port", "0"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"DATA_DIR": str(tmp_path), "BUNDLED_MODELS_DIR": str(tmp_path), "HOME": str(tmp_path)},
        # A shell lets what it starts in the background ignore Ctrl-C, and so would all below it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    address = re.fullmatch(r"Wyoming at tcp://127.0.0.1:(\d+), with moonshine\. .*\n", line)
    assert address is not None, line + process.stderr.read()

    async def conversation() -> str:
        async with AsyncTcpClient("127.0.0.1", int(address[1])) as client:
            return Transcript.from_event(await say(client, language="en")).text

    assert SPOKEN in asyncio.run(conversation())
    process.send_signal(signal.SIGINT)
    out, rest = process.communicate(timeout=60)
    assert (out, rest, process.returncode) == ("", "Stopped.\n", 130)
