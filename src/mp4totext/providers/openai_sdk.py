"""The SDKs of OpenAI and Groq, which come from one generator: one client, one error handler.

Other vendors with OpenAI's API are called through OpenAI's SDK at their own address.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mp4totext.kit.counts import vendor_call
from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.connections import close_at_exit
from mp4totext.providers.errors import ProviderBusy


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdk:
    """An SDK by name: it is not imported, as tables are also read where it is not installed."""

    module: str
    client: str  # name of its client class
    busy_status: int | None = None  # the vendor's own status, in addition to 429


OPENAI_SDK = Sdk(module="openai", client="OpenAI")
GROQ_SDK = Sdk(module="groq", client="Groq", busy_status=498)  # no capacity in the flex tier


class SdkClient:
    """The SDK's client; safe to call from several threads. It does not retry, jobs do."""

    def __init__(self, access: Access[Any], sdk: Sdk) -> None:
        import httpx  # noqa: PLC0415  # only where a vendor is used, as its SDK

        module: Any = importlib.import_module(sdk.module)
        timeouts = access.timeouts
        self.vendor = access.vendor
        self.errors = module
        client: Any = getattr(module, sdk.client)(
            api_key=access.key or "none",  # the SDK requires a key
            base_url=access.base_url or None,
            timeout=httpx.Timeout(timeouts.silence_s, connect=timeouts.connect_s),
            max_retries=0,
        )
        self.api: Any = close_at_exit(client)
        self._busy_status = sdk.busy_status

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """For a call and the reading of its response: the SDK expects every field to be there."""
        with vendor_call(self.vendor.name), self._translated():
            yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self.errors.APITimeoutError as error:
            # By its name: OpenAI's SDK has an httpx of its own.
            timed_out = type(error.__cause__).__name__ != "ConnectTimeout"
            raise vendor_errors.unreachable(self.vendor, timed_out=timed_out) from error
        except self.errors.APIConnectionError as error:
            raise vendor_errors.unreachable(self.vendor) from error
        except self.errors.APIStatusError as error:
            raise self._from_status(error) from None  # the vendor may quote the key in its response
        except (self.errors.APIError, ValueError, IndexError, AttributeError) as error:
            raise vendor_errors.unreadable(self.vendor) from error

    def _from_status(self, error: Any) -> Exception:  # the SDK's APIStatusError
        if error.status_code == self._busy_status:
            return ProviderBusy(
                f"{self.vendor.title} has no capacity at the moment.",
                provider=self.vendor.name,
                code="capacity",
            )
        message, code = reason_of(error)
        return vendor_errors.from_status(
            self.vendor,
            status=error.status_code,
            message=message,
            code=code,
            headers=error.response.headers,
        )


def reason_of(error: Any) -> tuple[str, str | None]:
    """The vendor's message and code. Only one of the SDKs unwraps the body's ``error``."""
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error", body)
    if not isinstance(inner, dict):
        return str(inner), None
    message, code = inner.get("message"), inner.get("code")
    return (
        message if isinstance(message, str) else error.message,
        code if isinstance(code, str) else None,
    )
