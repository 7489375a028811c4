"""A vendor with an HTTP API, and the settings that direct requests to a fake server."""

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import SecretStr

from mp4totext.settings import Settings
from tests.conformance.server import Server


@dataclass(frozen=True, kw_only=True)
class HttpVendor:
    secret: ClassVar[str]  # the key that the server accepts

    api: Any  # class of a server with the vendor's API
    model: str
    key: str  # name of the setting
    url: str  # name of the setting
    suffix: str = ""  # of the address

    @property
    def name(self) -> str:
        name: str = self.api.name
        return name

    def settings(self, base: Settings, server: Server, **more: Any) -> Settings:
        changes: dict[str, Any] = {
            self.key: SecretStr(self.secret),
            self.url: server.url + self.suffix,
            "vendor_timeout_s": 1.0,
            "vendor_connect_timeout_s": 1.0,
            "vendor_poll_s": 0.01,
            "vendor_wait_s": 0.5,
            **more,
        }
        return base.model_copy(update={"engines": base.engines.model_copy(update=changes)})
