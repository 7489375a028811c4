"""Tavily's web search, through its SDK."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import tavily
from tavily import errors

from mp4totext.kit.counts import vendor_call
from mp4totext.providers import vendor_errors
from mp4totext.providers.access import Access
from mp4totext.providers.search.base import SearchCapabilities, SearchRequest, WebPage
from mp4totext.providers.vendor_errors import Vendor

LONGEST_QUERY = 400  # characters; the vendor refuses more
# The HTTP statuses for which the SDK has specific errors.
_STATUSES: Mapping[type[Exception], int] = {
    errors.UsageLimitExceededError: 429,
    errors.InvalidAPIKeyError: 401,
    errors.MissingAPIKeyError: 401,
    errors.ForbiddenError: 403,
    errors.BadRequestError: 400,
}
_LONGEST_TIMEOUT_S = 120.0  # the SDK's maximum


class TavilySearch:
    def __init__(self, access: Access[SearchCapabilities]) -> None:
        self._access = access
        self._timeout_s = min(access.timeouts.silence_s, _LONGEST_TIMEOUT_S)

    def search(self, request: SearchRequest) -> tuple[WebPage, ...]:
        """A new client for each call, as its session is not thread-safe."""
        headers: dict[str, str] = {}
        with tavily.TavilyClient(
            api_key=self._access.key, api_base_url=self._access.base_url or None
        ) as client:
            # The SDK drops Retry-After; its session has the response.
            client.session.hooks["response"].append(
                lambda response, **_: headers.update(response.headers)
            )
            with vendor_call(self._access.vendor.name), _errors(self._access.vendor, headers):
                answer = client.search(
                    query=request.query[:LONGEST_QUERY],
                    max_results=min(request.results, self._access.capabilities.max_results),
                    search_depth="basic",
                    timeout=self._timeout_s,
                )
                return tuple(
                    WebPage(
                        title=str(result.get("title") or result["url"]),
                        address=str(result["url"]),
                        text=str(result.get("content") or ""),
                        published=result.get("published_date"),
                    )
                    for result in answer["results"]
                )


@contextmanager
def _errors(vendor: Vendor, headers: Mapping[str, str]) -> Iterator[None]:
    try:
        yield
    except errors.TimeoutError as error:
        raise vendor_errors.unreachable(vendor, timed_out=True) from error
    except tuple(_STATUSES) as error:
        raise vendor_errors.from_status(
            vendor,
            status=_STATUSES.get(type(error), 429),
            message=str(error),
            headers=headers,
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise vendor_errors.unreadable(vendor) from error
    except OSError as error:  # the base of its HTTP library's errors
        response = getattr(error, "response", None)
        if response is None:
            raise vendor_errors.unreachable(vendor) from error
        raise vendor_errors.from_status(
            vendor, status=response.status_code, message=str(error), headers=headers
        ) from error
