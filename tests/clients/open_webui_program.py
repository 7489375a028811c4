"""Open WebUI's own routes transcribe a file, with the service in its settings."""

import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx
from fastapi import FastAPI
from open_webui.models.config import Config
from open_webui.routers import audio
from open_webui.utils.auth import get_verified_user
from open_webui.utils.session_pool import close_session

_url, _key, _file = sys.argv[1:]
recording = (Path(_file).name, Path(_file).read_bytes(), "audio/wav")
app = FastAPI()
app.include_router(audio.router)
app.dependency_overrides[get_verified_user] = lambda: SimpleNamespace(id="somebody", role="admin")


async def main() -> None:
    # What its administrators enter under Settings > Audio.
    await Config.upsert(
        {
            "audio.stt.engine": "openai",
            "audio.stt.openai.api_base_url": f"{_url}/v1",
            "audio.stt.openai.api_key": _key,
            "audio.stt.model": "whisper-1",
        }
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://webui") as browser:
        answer = await browser.post(
            "/transcriptions", files={"file": recording}, data={"language": "en"}
        )
    await close_session()  # as when its server stops
    print(json.dumps(answer.json()))


asyncio.run(main())
