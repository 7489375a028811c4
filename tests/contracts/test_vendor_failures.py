"""Failures of all image and voice providers, simulated by servers with their APIs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from mp4totext.providers.errors import ProviderBusy, ProviderMisconfigured, ProviderUnreachable
from mp4totext.providers.image.base import ImageRequest, size_of
from mp4totext.providers.image.table import IMAGE, image_model
from mp4totext.providers.voice.base import VoiceRequest
from mp4totext.providers.voice.table import text_to_speech
from mp4totext.settings import Settings
from tests.conformance.server import Reply, Server
from tests.support import picture_vendors, voice_vendors
from tests.support.http_vendors import HttpVendor
from tests.support.picture_vendors import PictureVendor
from tests.support.voice_vendors import VoiceVendor

VENDORS = (*picture_vendors.VENDORS, *voice_vendors.VENDORS)


@dataclass(frozen=True)
class Bench:
    vendor: HttpVendor
    server: Server
    api: Any  # a PictureApi or a VoiceApi
    call: Callable[[], object]


@pytest.fixture(params=VENDORS, ids=lambda vendor: f"{type(vendor).__name__}-{vendor.name}")
def bench(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Bench]:
    vendor = request.param
    open_bench = _pictures if isinstance(vendor, PictureVendor) else _voices
    with open_bench(vendor, settings) as bench:
        yield bench


@contextmanager
def _pictures(vendor: PictureVendor, settings: Settings) -> Iterator[Bench]:
    with picture_vendors.vendor_server(vendor) as (server, api):
        model = image_model(vendor.name, vendor.settings(settings, server))
        can = IMAGE[vendor.name].capabilities
        facts = can.models.get(vendor.model) or can.unlisted
        assert facts is not None
        width, height = size_of("16:9", facts)
        request = ImageRequest(
            model=vendor.model, prompt="A harbour.", width=width, height=height, aspect="16:9"
        )
        yield Bench(vendor, server, api, lambda: model.generate(request))


@contextmanager
def _voices(vendor: VoiceVendor, settings: Settings) -> Iterator[Bench]:
    with voice_vendors.vendor_server(vendor, voice_vendors.tone_wav()) as (server, api):
        voice = text_to_speech(vendor.name, vendor.settings(settings, server))
        request = VoiceRequest(
            text="Good morning.", voice=vendor.voice, language="en", model=vendor.model
        )
        yield Bench(vendor, server, api, lambda: voice.speak(request))


def test_error_of_a_wrong_key_names_the_setting_and_not_the_key(bench: Bench) -> None:
    key = bench.vendor.secret
    bench.server.fail(bench.api.refusal(401, f"Wrong key {key}", "invalid_api_key"))
    with pytest.raises(ProviderMisconfigured, match=bench.vendor.key.upper()) as caught:
        bench.call()
    assert key not in caught.value.message


def test_busy_vendor_says_how_long_to_wait(bench: Bench) -> None:
    bench.server.fail(bench.api.refusal(429, "Too many requests"))
    with pytest.raises(ProviderBusy) as caught:
        bench.call()
    assert caught.value.retry_after_s == 7


def test_failure_of_the_vendor_can_be_retried(bench: Bench) -> None:
    bench.server.fail(bench.api.refusal(500, "Internal error"))
    with pytest.raises(ProviderUnreachable):
        bench.call()


def test_silent_vendor_times_out(bench: Bench) -> None:
    bench.server.fail(Reply(body=b"", after_s=2.0))
    with pytest.raises(ProviderUnreachable) as caught:
        bench.call()
    assert caught.value.code == "timeout"


def test_truncated_response_can_be_retried(bench: Bench) -> None:
    answer = bench.api.answer

    def truncated(request: Any) -> Reply:
        reply = answer(request)
        return Reply(status=reply.status, body=reply.body, headers=reply.headers, cut_at=20)

    bench.api.answer = truncated
    with pytest.raises(ProviderUnreachable):
        bench.call()


def test_empty_response_can_be_retried(bench: Bench) -> None:
    bench.server.fail(Reply(body={}))
    with pytest.raises(ProviderUnreachable):
        bench.call()
