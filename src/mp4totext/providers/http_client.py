"""An HTTP client for vendors without an SDK. Translates their failures into provider errors."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from mp4totext.kit.counts import vendor_call
from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.connections import close_at_exit, trusted_certificates
from mp4totext.providers.json_fields import JsonObject, parse_object
from mp4totext.providers.vendor_errors import Vendor


class HttpClient:
    """A client for one vendor. Safe to call from several threads; it does not retry, jobs do."""

    def __init__(
        self,
        access: Access[Any],
        *,
        base_url: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """``base_url`` and ``headers`` default to the row's address and its key as bearer token."""
        self.vendor = access.vendor
        self._client = close_at_exit(
            httpx.Client(
                base_url=access.base_url if base_url is None else base_url,
                headers={"authorization": f"Bearer {access.key}"} if headers is None else headers,
                timeout=httpx.Timeout(access.timeouts.silence_s, connect=access.timeouts.connect_s),
                verify=trusted_certificates(),
            )
        )

    def post(self, path: str, **content: Any) -> httpx.Response:
        """POST with ``content`` in httpx's terms: ``json``, ``content`` or ``files``."""
        return self._request("POST", path, **content)

    def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        with vendor_call(self.vendor.name):
            try:
                response = self._client.request(method, path, **content)
            except httpx.ConnectTimeout as error:
                raise vendor_errors.unreachable(self.vendor) from error
            except httpx.TimeoutException as error:
                raise vendor_errors.unreachable(self.vendor, timed_out=True) from error
            except httpx.HTTPError as error:
                raise vendor_errors.unreachable(self.vendor) from error
            if not response.is_success:
                raise from_response(self.vendor, response)
            return response

    def post_for_json(self, path: str, **content: Any) -> JsonObject:
        """Like ``post``, for responses that are a JSON object."""
        return self._object(self.post(path, **content))

    def get_json(self, path: str) -> JsonObject:
        return self._object(self._request("GET", path))

    def _object(self, response: httpx.Response) -> JsonObject:
        try:
            return parse_object(response.content)
        except ValueError as error:
            raise vendor_errors.unreadable(self.vendor) from error

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def from_response(vendor: Vendor, response: httpx.Response) -> Exception:
    """The error for a response with an error status.

    Vendors put the reason into ``error``, as text or object, or into ``message``.
    """
    try:
        fields = parse_object(response.content)
    except ValueError:  # an HTML page, for example
        fields = {}
    if isinstance(inner := fields.get("error"), dict):
        fields = inner
    reason = fields.get("error") or fields.get("message") or response.text
    code = fields.get("code")
    return vendor_errors.from_status(
        vendor,
        status=response.status_code,
        message=str(reason),
        code=str(code) if code else None,
        headers=response.headers,
    )
