"""Image generation with OpenAI's own client."""

import base64
import shutil
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import openai
import pytest
import uvicorn
from openai import OpenAI
from PIL import Image

from mp4totext.runtime import Runtime
from tests.conformance.server import Reply, Server
from tests.conftest import app_for, settings_for
from tests.support.in_process_service import ApiUser, Harness
from tests.support.picture_vendors import BY_NAME, vendor_server
from tests.support.waiting import until

VENDOR = BY_NAME["together"]


@pytest.fixture(scope="module")
def served(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Harness, str, Server]]:
    """The service on a real port with a worker beside it; one vendor of pictures is ready."""
    folder = tmp_path_factory.mktemp("openai-images")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    stop = threading.Event()
    with vendor_server(VENDOR) as (vendor, _):
        runtime = Runtime(VENDOR.settings(settings_for(folder), vendor))
        server = uvicorn.Server(
            uvicorn.Config(app_for(runtime), port=0, log_config=None, lifespan="on")
        )
        harness = Harness(runtime, client=None)  # type: ignore[arg-type]

        def work() -> None:
            while not stop.is_set():
                if not harness.work():
                    stop.wait(0.02)

        threads = [threading.Thread(target=each, daemon=True) for each in (server.run, work)]
        for thread in threads:
            thread.start()
        until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield harness, f"http://127.0.0.1:{port}", vendor
        stop.set()
        server.should_exit = True
        for thread in threads:
            thread.join(timeout=10)


@pytest.fixture
def user(served: tuple[Harness, str, Server]) -> Iterator[ApiUser]:
    yield served[0].new_user()
    assert served[0].audit() == []


@pytest.fixture
def client(served: tuple[Harness, str, Server], user: ApiUser) -> Iterator[OpenAI]:
    token = user.account.headers["Authorization"].removeprefix("Bearer ")
    with OpenAI(api_key=token, base_url=f"{served[1]}/v1", max_retries=0, timeout=60) as client:
        yield client


def opened(b64: str | None) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(b64 or "")))


def test_openais_names_mean_the_vendor_that_is_ready(
    served: tuple[Harness, str, Server], client: OpenAI
) -> None:
    answer = client.images.generate(model="gpt-image-1", prompt="A harbour", size="1536x864", n=2)
    assert len(answer.data or []) == 2
    image = opened((answer.data or [])[0].b64_json)
    assert (image.format, image.size) == ("PNG", (1344, 768))
    # Between its orders a vendor is asked for its models.
    *_, order = (sent.json for sent in served[2].received if "images" in sent.path)
    assert order["model"] == VENDOR.model
    assert "A harbour. Cinematic" in order["prompt"]


def test_a_card_is_made_as_a_link_or_in_another_format(
    served: tuple[Harness, str, Server], client: OpenAI
) -> None:
    order = {"model": "local:card", "prompt": "The sea", "size": "1024x1024"}
    linked = client.images.generate(**order, response_format="url")  # type: ignore[call-overload]
    content = httpx.get(linked.data[0].url).content
    assert Image.open(BytesIO(content)).size == (1440, 1440)
    for encoding, kind in (("webp", "WEBP"), ("jpeg", "JPEG")):
        answer = client.images.generate(**order, output_format=encoding)  # type: ignore[call-overload]
        assert opened(answer.data[0].b64_json).format == kind


def test_what_cannot_be_made_is_told_in_openais_words(client: OpenAI, user: ApiUser) -> None:
    with pytest.raises(openai.BadRequestError, match="no word"):
        client.images.generate(model="local", prompt="?!")
    with pytest.raises(openai.NotFoundError, match="no model 'nobody' for pictures"):
        client.images.generate(model="nobody", prompt="The sea")
    with pytest.raises(openai.BadRequestError, match="transparent") as refused:
        client.images.generate(prompt="The sea", background="transparent")
    assert refused.value.param == "background"
    with pytest.raises(openai.BadRequestError, match="4 or less") as refused:
        client.images.generate(prompt="The sea", n=5)
    assert (refused.value.param, refused.value.body["code"]) == ("n", "invalid")  # type: ignore[index]


def test_pictures_are_streamed_as_openai_does(client: OpenAI) -> None:
    order = {"model": "card", "prompt": "The sea", "size": None, "n": 2}
    events = list(client.images.generate(**order, stream=True, output_format="webp"))  # type: ignore[call-overload]
    assert [event.type for event in events] == ["image_generation.completed"] * 2
    assert [opened(event.b64_json).format for event in events] == ["WEBP"] * 2
    assert (events[0].size, events[0].background) == ("1440x1440", "opaque")


def test_a_refused_prompt_is_an_error_with_its_reason(
    served: tuple[Harness, str, Server], client: OpenAI
) -> None:
    error = {"error": {"message": "Against the rules.", "code": "moderation_blocked"}}
    served[2].fail(Reply(status=400, body=error))
    with pytest.raises(openai.UnprocessableEntityError, match="rules") as told:
        client.images.generate(prompt="A harbour", size="auto")
    assert told.value.code == "content_refused"
