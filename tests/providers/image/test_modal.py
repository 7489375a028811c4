"""Requests to the image functions at Modal, through Modal's SDK."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from modal_proto import api_pb2
from pydantic import SecretStr

from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)
from mp4totext.providers.image.base import ImageRequest
from mp4totext.providers.image.modal import FUNCTIONS, ModalImages
from mp4totext.providers.image.table import image_model
from mp4totext.settings import Settings
from tests.conformance import modal_api
from tests.conformance.modal_api import ModalApi
from tests.support.stills import picture

REQUEST = ImageRequest(
    model="sdxl",
    prompt="A harbour",
    negative="fish",
    width=1024,
    height=1024,
    aspect="1:1",
    seed=5,
    count=2,
)


def drawn(order: dict[str, Any]) -> str:
    pictures = [
        {"seed": order["seed"] + n, "data": base64.b64encode(picture(seed=n)).decode()}
        for n in range(order["count"])
    ]
    return json.dumps({"pictures": pictures})


@pytest.fixture
def bench(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, ModalApi]]:
    apps = frozenset(("mp4totext-pictures", function) for function in FUNCTIONS.values())
    with modal_api.serving(ModalApi(run=drawn, functions=apps)) as api:
        monkeypatch.setenv("MODAL_SERVER_URL", api.url)
        changes = {
            "modal_token_id": SecretStr(modal_api.TOKEN_ID),
            "modal_token_secret": SecretStr(modal_api.TOKEN_SECRET),
            "vendor_poll_s": 0.05,
            "vendor_wait_s": 0.3,
        }
        engines = settings.engines.model_copy(update=changes)
        built = image_model("modal", settings.model_copy(update={"engines": engines}))
        assert isinstance(built, ModalImages)
        yield built, api
        built.close()


def test_an_order_becomes_pictures_with_their_seeds(bench: tuple[Any, ModalApi]) -> None:
    model, api = bench
    result = model.generate(REQUEST)
    assert [each.seed for each in result.pictures] == [5, 6]
    assert result.pictures[0].data == picture(seed=0)
    assert api.orders == [
        {
            "prompt": "A harbour",
            "negative": "fish",
            "width": 1024,
            "height": 1024,
            "seed": 5,
            "count": 2,
        }
    ]


def test_a_call_that_was_started_is_collected(bench: tuple[Any, ModalApi]) -> None:
    model, api = bench
    model.generate(REQUEST)
    model.generate(replace(REQUEST, once=lambda _work: "fc-1"))
    assert len(api.orders) == 1


def test_a_cold_start_is_waited_for_later(bench: tuple[Any, ModalApi]) -> None:
    model, api = bench
    api.pending = 10**6
    with pytest.raises(ProviderBusy) as told:
        model.generate(REQUEST)
    assert told.value.code == "in_progress"
    assert api.cancelled == []


def test_a_call_that_nobody_waits_for_is_cancelled(bench: tuple[Any, ModalApi]) -> None:
    class Gone(Exception):
        pass

    model, api = bench
    api.pending = 10**6
    gone = False

    def check() -> None:
        nonlocal gone
        if api.orders:
            gone = True
        if gone:
            raise Gone

    with pytest.raises(Gone):
        model.generate(replace(REQUEST, check=check))
    assert api.cancelled == ["fc-1"]


def test_a_function_that_is_not_deployed_is_told_with_the_command(
    bench: tuple[Any, ModalApi],
) -> None:
    model, api = bench
    api.deployed = False
    with pytest.raises(ProviderMisconfigured, match=r"modal deploy deploy/modal/pictures\.py"):
        model.generate(REQUEST)


@pytest.mark.parametrize("answer", ['{"pictures": []}', '{"pictures": [{"data": "!!"}]}', "[]"])
def test_an_answer_without_a_picture_can_be_tried_again(
    bench: tuple[Any, ModalApi], answer: str
) -> None:
    model, api = bench
    api.run = lambda _order: answer
    with pytest.raises(ProviderUnreachable):
        model.generate(REQUEST)


def test_a_function_that_fails_says_so(bench: tuple[Any, ModalApi]) -> None:
    model, api = bench
    api.outcome = api_pb2.GenericResult.GENERIC_STATUS_FAILURE
    with pytest.raises(ProviderRejected):
        model.generate(REQUEST)
