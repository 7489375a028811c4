"""Checks what CONTRIBUTING's recipes added; tests/test_recipes.py runs it in a changed copy."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext import migrations
from mp4totext.exports.registry import EXPORTS
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.runner import work_once
from mp4totext.kit.db import Database
from mp4totext.kit.queue_names import QUEUES
from mp4totext.operations import OPERATIONS
from mp4totext.providers.base import no_report
from mp4totext.providers.errors import ProviderBusy
from mp4totext.providers.image.base import ImageRequest
from mp4totext.providers.image.table import IMAGE, image_model
from mp4totext.providers.kinds import entries
from mp4totext.providers.speech.base import SpeechRequest
from mp4totext.providers.speech.table import speech_engine
from mp4totext.providers.voice.base import VoiceRequest
from mp4totext.providers.voice.table import VOICE, text_to_speech
from mp4totext.settings import EngineSettings, Settings
from tests.conformance.server import Received, Reply, Server, running
from tests.exports.samples import OPTIONS, lecture
from tests.support.owned_objects import API, Owner, RunningApp, run_app_in
from tests.support.speech_samples import two_cities

PICTURE, SOUND, KEY = b"a picture", b"a sound", "acme-key"


class Acme:
    """The vendor of the recipes, which needs only a key."""

    def answer(self, request: Received) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Reply(status=401, body={"error": "wrong key"})
        match request.path:
            case "/v1/transcriptions":
                word: dict[str, Any] = {"word": "Hello", "start": 0.5, "end": 0.9}
                return Reply(body={"text": "Hello", "words": [word], "language": "en"})
            case "/v1/images":
                picture = {"b64": b64encode(PICTURE).decode()}
                return Reply(body={"data": [picture] * request.json["n"]})
            case _:
                return Reply(body=SOUND)


def check_engine(settings: Settings, server: Server) -> None:
    engine = speech_engine("acme", settings)
    request = SpeechRequest(samples=two_cities(2_000, 5_000))
    result = engine.transcribe(request, no_report)
    assert [segment.text for segment in result.segments] == ["Hello"], result
    server.fail(Reply(status=429, body={"error": "slow down"}, headers={"Retry-After": "7"}))
    with pytest.raises(ProviderBusy) as busy:
        engine.transcribe(request, no_report)
    assert busy.value.retry_after_s == 7


def check_images(settings: Settings) -> None:
    ((model, facts),) = IMAGE["acme"].capabilities.models.items()
    assert (model, facts.seeds, facts.per_call) == ("brush-2", "exact", 4)
    request = ImageRequest(
        model=model,
        prompt="a harbour at dusk",
        width=1280,
        height=720,
        aspect="16:9",
        seed=7,
        count=2,
    )
    result = image_model("acme", settings).generate(request)
    assert [(picture.data, picture.seed) for picture in result.pictures] == [(PICTURE, 7)] * 2


def check_voices(settings: Settings) -> None:
    assert VOICE["acme"].capabilities.languages == frozenset({"en", "nb"})
    request = VoiceRequest(text="Good evening.", voice="nora", language="en")
    assert text_to_speech("acme", settings).speak(request).sound == SOUND


def check_operation() -> None:
    """Quote, order twice, run: one job must be accepted, succeed and be charged."""
    with TemporaryDirectory() as folder, service_in(Path(folder)) as running_app:
        owner, client = running_app.owner(), running_app.client
        address = f"{API}/transcriptions/{owner['transcription_id']}"
        before = credits_of(owner)
        headers = {**owner.account.headers, "Idempotency-Key": "once"}
        quote = client.post(f"{API}/credits/quote", json={"operation": "retitle"}, headers=headers)
        assert quote.json()["total"] == 0.5, quote.text
        first, second = (client.post(f"{address}/retitle", headers=headers) for _ in range(2))
        assert (first.status_code, first.json()) == (202, second.json()), first.text
        worker = Worker(
            runtime=running_app.runtime, operations=OPERATIONS, name="w1", queues=QUEUES
        )
        assert work_once(worker)
        assert client.get(address, headers=headers).json()["title"] == "Good morning."
        assert credits_of(owner) == before - 0.5


def credits_of(owner: Owner) -> float:
    answer = owner.running.client.get(f"{API}/credits/balance", headers=owner.account.headers)
    return float(answer.json()["available"])


@contextmanager
def service_in(folder: Path) -> Iterator[RunningApp]:
    empty = folder / "empty.db"
    database = Database(f"sqlite:///{empty}")
    migrations.upgrade(database)
    database.close()
    data = folder / "data"
    data.mkdir()
    with run_app_in(data, empty) as running_app:
        yield running_app


def main() -> None:
    with running(Acme()) as server:
        engines = EngineSettings(acme_api_key=SecretStr(KEY), acme_base_url=server.url)
        settings = Settings(engines=engines)
        check_engine(settings, server)
        check_images(settings)
        check_voices(settings)
    check_operation()
    kinds = {kind for kind, name, _entry in entries() if name == "acme"}
    assert kinds == {"speech", "image", "voice"}
    assert EXPORTS["lrc"].render(lecture(), OPTIONS).startswith(b"[ti:Writing systems: lecture 2]")


if __name__ == "__main__":
    main()
