"""Every vendor of pictures, a server with its API, and the settings that reach it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from mp4totext.settings import Settings
from tests.conformance.picture_apis import (
    KEY,
    CompatibleImages,
    GeminiImages,
    OpenAIImages,
    PictureApi,
    ReplicateImages,
    TogetherImages,
)
from tests.conformance.server import Server, running


@dataclass(frozen=True, kw_only=True)
class PictureVendor:
    api: type[PictureApi]
    model: str
    key: str  # the setting
    url: str  # the setting
    suffix: str = ""  # of its address

    @property
    def name(self) -> str:
        return self.api.name

    def settings(self, base: Settings, server: Server, **more: Any) -> Settings:
        changes: Mapping[str, Any] = {
            self.key: SecretStr(KEY),
            self.url: server.url + self.suffix,
            "vendor_timeout_s": 1.0,
            "vendor_connect_timeout_s": 1.0,
            "vendor_poll_s": 0.01,
            "vendor_wait_s": 0.5,
            **more,
        }
        return base.model_copy(update={"engines": base.engines.model_copy(update=changes)})


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
        model="black-forest-labs/FLUX.1-schnell",
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
