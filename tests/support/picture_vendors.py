"""Fake servers with the APIs of all image providers, and the settings that use them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.conformance.picture_apis import (
    KEY,
    CompatibleImages,
    GeminiImages,
    OpenAIImages,
    ReplicateImages,
    TogetherImages,
)
from tests.conformance.server import Server, running
from tests.support.http_vendors import HttpVendor


@dataclass(frozen=True, kw_only=True)
class PictureVendor(HttpVendor):
    secret = KEY


VENDORS = (
    PictureVendor(
        api=OpenAIImages,
        model="gpt-image-2.6-flare",
        key="openai_api_key",
        url="openai_base_url",
        suffix="/v1",
    ),
    PictureVendor(
        api=GeminiImages,
        model="gemini-nano-banana-2.1",
        key="gemini_api_key",
        url="gemini_base_url",
    ),
    PictureVendor(
        api=ReplicateImages,
        model="black-forest-labs/flux-schnell",
        key="replicate_api_token",
        url="replicate_base_url",
    ),
    PictureVendor(
        api=TogetherImages,
        model="black-forest-labs/FLUX.1.1-pro",
        key="together_api_key",
        url="together_base_url",
        suffix="/v1",
    ),
    PictureVendor(
        api=CompatibleImages,
        model="sd-turbo",
        key="openai_compatible_api_key",
        url="openai_compatible_base_url",
        suffix="/v1",
    ),
)
BY_NAME = {vendor.name: vendor for vendor in VENDORS}


@contextmanager
def vendor_server(vendor: PictureVendor) -> Iterator[tuple[Server, Any]]:
    api = vendor.api()
    with running(api) as server:
        api.url = server.url
        yield server, api
