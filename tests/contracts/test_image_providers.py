"""The contract of all image providers, against servers with the published APIs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)
from mp4totext.providers.image.base import ImageModel, ImageRequest, size_of
from mp4totext.providers.image.table import IMAGE, image_model
from mp4totext.settings import Settings
from tests.conformance.server import Reply, Server
from tests.support.picture_vendors import BY_NAME, VENDORS, PictureVendor, vendor_server


@dataclass(frozen=True)
class Bench:
    vendor: PictureVendor
    server: Server
    api: Any  # a PictureApi; some have fields of their own
    model: ImageModel

    @property
    def facts(self) -> Any:
        can = IMAGE[self.vendor.name].capabilities
        return can.models.get(self.vendor.model) or can.unlisted

    def request(self, **more: Any) -> ImageRequest:
        width, height = size_of("16:9", self.facts)
        fields: dict[str, Any] = {
            "model": self.vendor.model,
            "prompt": "A harbour at dusk.",
            "width": width,
            "height": height,
            "aspect": "16:9",
        }
        return ImageRequest(**(fields | more))


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.name)
def bench(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Bench]:
    vendor: PictureVendor = request.param
    with vendor_server(vendor) as (server, api):
        model = image_model(vendor.name, vendor.settings(settings, server))
        yield Bench(vendor, server, api, model)


def only(*names: str) -> pytest.MarkDecorator:
    vendors = [BY_NAME[name] for name in names]
    return pytest.mark.parametrize("bench", vendors, indirect=True, ids=names)


def test_every_vendor_over_http_has_a_row_here() -> None:
    vendors = {name for name, entry in IMAGE.items() if not entry.capabilities.local}
    assert vendors - {"modal"} == {vendor.name for vendor in VENDORS}


def test_a_prompt_becomes_a_picture(bench: Bench) -> None:
    result = bench.model.generate(bench.request())
    assert len(result.pictures) == 1
    assert result.pictures[0].data.startswith(b"\x89PNG")
    assert result.model == bench.vendor.model
    assert "A harbour at dusk." in str(bench.api.orders[0])


def test_shape_and_seed_reach_the_vendors_that_take_them(bench: Bench) -> None:
    seed = None if bench.facts.seeds == "none" else 42
    bench.model.generate(bench.request(seed=seed))
    sent = str(bench.api.orders[0])
    assert ("42" in sent) == (seed is not None)
    request = bench.request()
    assert "16:9" in sent or f"{request.width}x{request.height}" in sent


def test_a_model_that_is_gone_is_the_operators_concern(bench: Bench) -> None:
    with pytest.raises(ProviderMisconfigured) as told:
        bench.model.generate(bench.request(model="gone/gone"))
    assert told.value.code == "model_not_found"


def test_an_account_without_money_is_the_operators_concern(bench: Bench) -> None:
    bench.server.fail(bench.api.refusal(402, "Pay first"))
    with pytest.raises(ProviderMisconfigured):
        bench.model.generate(bench.request())


def test_who_no_longer_waits_asks_for_nothing(bench: Bench) -> None:
    class Gone(Exception):
        pass

    def check() -> None:
        raise Gone

    with pytest.raises(Gone):
        bench.model.generate(bench.request(check=check))
    assert bench.api.orders == []


@only("openai", "together", "openai-compatible")
def test_refused_content_is_told_as_such(bench: Bench) -> None:
    refusal = bench.api.refusal(400, "Rejected by the safety system.", "moderation_blocked")
    bench.server.fail(refusal)
    with pytest.raises(ProviderRejected, match="safety system") as told:
        bench.model.generate(bench.request())
    assert told.value.code == "content_refused"


@only("openai")
def test_fewer_pictures_may_arrive(bench: Bench) -> None:
    bench.api.arrive = 2
    result = bench.model.generate(bench.request(count=4))
    assert bench.api.orders[0]["n"] == 4
    assert len(result.pictures) == 2
    assert result.usage["output_tokens"] == 1_056


@only("openai", "together")
def test_a_picture_that_cannot_be_decoded_can_be_tried_again(bench: Bench) -> None:
    bench.server.fail(Reply(body={"data": [{"b64_json": "!!"}]}))
    with pytest.raises(ProviderUnreachable):
        bench.model.generate(bench.request())


@only("openai-compatible")
def test_a_negative_prompt_is_passed_on(bench: Bench) -> None:
    bench.api.fields = bench.api.fields | {"negative_prompt"}
    bench.model.generate(bench.request(negative="fish"))
    assert bench.api.orders[0]["negative_prompt"] == "fish"


@only("gemini")
@pytest.mark.parametrize("reason", ["IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"])
def test_gemini_says_no_with_an_answer(bench: Bench, reason: str) -> None:
    bench.api.finish = reason
    with pytest.raises(ProviderRejected, match=reason) as told:
        bench.model.generate(bench.request())
    assert told.value.code == "content_refused"


@only("gemini")
def test_gemini_may_block_the_prompt_or_have_no_picture(bench: Bench) -> None:
    bench.api.finish = "NO_IMAGE"
    with pytest.raises(ProviderRejected) as told:
        bench.model.generate(bench.request())
    assert told.value.code == "no_picture"
    bench.api.block = "PROHIBITED_CONTENT"
    with pytest.raises(ProviderRejected) as told:
        bench.model.generate(bench.request())
    assert told.value.code == "content_refused"


@only("gemini")
@pytest.mark.parametrize("data", ["!!", ""])
def test_gemini_without_bytes_can_be_tried_again(bench: Bench, data: str) -> None:
    parts = [{"inlineData": {"data": data}}, {"text": "Here it is."}]
    bench.server.fail(Reply(body={"candidates": [{"content": {"parts": parts}}]}))
    with pytest.raises(ProviderUnreachable):
        bench.model.generate(bench.request())


@only("replicate")
def test_replicate_keeps_to_the_seed(bench: Bench) -> None:
    bench.model.generate(bench.request(seed=3))
    order = bench.api.orders[0]
    assert order["path"].endswith("/flux-schnell/predictions")
    assert (order["input"]["go_fast"], order["input"]["seed"]) == (False, 3)
    assert bench.server.received[0].headers["cancel-after"] == "10m"


@only("replicate")
def test_what_was_started_is_not_started_again(bench: Bench) -> None:
    result = bench.model.generate(bench.request(once=lambda _work: "p1"))
    assert (bench.api.orders, result.request_id) == ([], "p1")


@only("replicate")
def test_replicate_that_starts_cold_is_asked_later(bench: Bench) -> None:
    bench.api.starting = 10**6
    with pytest.raises(ProviderBusy) as told:
        bench.model.generate(bench.request())
    assert (told.value.code, told.value.retry_after_s) == ("in_progress", 15)


@only("replicate")
@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("NSFW content detected. Try running it again.", "content_refused"),
        ("The input or output was flagged as sensitive (E005)", "content_refused"),
        ("CUDA out of memory", "prediction_failed"),
    ],
)
def test_a_failed_run_of_replicate_says_why(bench: Bench, reason: str, code: str) -> None:
    bench.api.status, bench.api.error = "failed", reason
    with pytest.raises(ProviderRejected) as told:
        bench.model.generate(bench.request())
    assert told.value.code == code


@only("replicate")
def test_a_run_that_was_cancelled_or_is_unknown(bench: Bench) -> None:
    bench.api.status = "aborted"
    with pytest.raises(ProviderRejected) as told:
        bench.model.generate(bench.request())
    assert told.value.code == "canceled"
    bench.api.status = "dreaming"
    with pytest.raises(ProviderUnreachable):
        bench.model.generate(bench.request())


@only("replicate")
def test_a_file_that_vanished_or_lies_elsewhere_is_not_taken(bench: Bench) -> None:
    bench.api.gone = True
    with pytest.raises(ProviderUnreachable) as told:
        bench.model.generate(bench.request())
    assert told.value.code == "output_gone"
    bench.api.elsewhere = "http://169.254.169.254/latest"
    with pytest.raises(ProviderUnreachable, match="not its own"):
        bench.model.generate(bench.request())


@only("replicate")
def test_a_run_that_nobody_waits_for_is_cancelled(bench: Bench) -> None:
    class Gone(Exception):
        pass

    calls = iter([None, Gone()])

    def check() -> None:
        if (error := next(calls)) is not None:
            raise error

    with pytest.raises(Gone):
        bench.model.generate(bench.request(check=check))
    assert bench.server.last.path == "/v1/predictions/p1/cancel"
