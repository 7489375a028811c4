"""Home Assistant's own code finds `mp4totext wyoming` and transcribes a command with it."""

import asyncio
from pathlib import Path
from typing import Any

from mp4totext.settings import EngineSettings
from mp4totext.wyoming_api.server import WyomingServer
from mp4totext.wyoming_api.speech import LocalSpeech
from tests.clients import programs
from tests.conftest import settings_for
from tests.support.in_process_service import FOUR_SECONDS, recording
from tests.support.openai_service import SPOKEN


def test_home_assistant(tmp_path: Path, models_dir: Path) -> None:
    engines = EngineSettings(models_dir=models_dir)
    settings = settings_for(tmp_path).model_copy(update={"engines": engines})

    async def answer() -> Any:
        server = WyomingServer(LocalSpeech(settings=settings))
        port = await server.start("127.0.0.1", 0)
        serving = asyncio.create_task(server.serve())
        try:
            return await asyncio.to_thread(
                programs.run,
                "home_assistant_program.py",
                f"127.0.0.1:{port}",
                "no-key",
                recording(FOUR_SECONDS),
                environment=programs.HOME_ASSISTANT,
            )
        finally:
            serving.cancel()
            await asyncio.wait([serving])

    found = asyncio.run(answer())
    assert SPOKEN in found["text"]
    assert "en" in found["languages"]
    assert "stt" in found["platforms"]
