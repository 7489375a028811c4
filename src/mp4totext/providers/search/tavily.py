"""Tavily's web search, through its SDK."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import tavily
from tavily import errors

from mp4totext.providers import vendor_errors
from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.search.base import SearchCapabilities, SearchRequest, WebPage
from mp4totext.settings import Settings

NAME, TITLE, KEY = "tavily", "Tavily", "TAVILY_API_KEY"
CAPABILITIES = SearchCapabilities(most_results=20)
LONGEST_QUERY = 400  # characters; more is refused
# What the SDK's errors were before it named them.
_STATUSES: Mapping[type[Exception], int] = {
    errors.UsageLimitExceededError: 429,
    errors.InvalidAPIKeyError: 401,
    errors.MissingAPIKeyError: 401,
    errors.ForbiddenError: 403,
    errors.BadRequestError: 400,
}
_LONGEST_TIMEOUT_S = 120.0  # the SDK waits no longer


class TavilySearch:
    def __init__(self, *, key: str, base_url: str | None, timeout_s: float) -> None:
        self.capabilities = CAPABILITIES
        self._key = key
        self._base_url = base_url
        self._timeout_s = min(timeout_s, _LONGEST_TIMEOUT_S)

    def search(self, request: SearchRequest) -> tuple[WebPage, ...]:
        """A client each time: its session is not made for several threads."""
        headers: dict[str, str] = {}
        with tavily.TavilyClient(api_key=self._key, api_base_url=self._base_url) as client:
            # The SDK keeps no Retry-After; its session does.
            client.session.hooks["response"].append(
                lambda response, **_: headers.update(response.headers)
            )
            with _errors(headers):
                answer = client.search(
                    query=request.query[:LONGEST_QUERY],
                    max_results=min(request.results, CAPABILITIES.most_results),
                    search_depth="basic",
                    timeout=self._timeout_s,
                )
                return tuple(_page(found) for found in answer["results"])


def build(settings: Settings) -> TavilySearch:
    engines = settings.engines
    if engines.tavily_api_key is None:
        raise ProviderMisconfigured(f"tavily: set {KEY}", provider=NAME)
    return TavilySearch(
        key=engines.tavily_api_key.get_secret_value(),
        base_url=engines.tavily_base_url,
        timeout_s=engines.vendor_timeout_s,
    )


def _page(found: Mapping[str, Any]) -> WebPage:
    return WebPage(
        title=str(found.get("title") or found["url"]),
        address=str(found["url"]),
        text=str(found.get("content") or ""),
        published=found.get("published_date"),
    )


@contextmanager
def _errors(headers: Mapping[str, str]) -> Iterator[None]:
    try:
        yield
    except errors.TimeoutError as error:
        raise vendor_errors.unreachable(NAME, TITLE, timed_out=True) from error
    except tuple(_STATUSES) as error:
        raise _status(_STATUSES.get(type(error), 429), error, headers) from error
    except (KeyError, TypeError, ValueError) as error:
        raise vendor_errors.not_understood(NAME, TITLE) from error
    except OSError as error:  # every error of its HTTP library is one
        response = getattr(error, "response", None)
        if response is None:
            raise vendor_errors.unreachable(NAME, TITLE) from error
        raise _status(response.status_code, error, headers) from error


def _status(status: int, error: Exception, headers: Mapping[str, str]) -> Exception:
    return vendor_errors.from_status(
        provider=NAME,
        title=TITLE,
        setting=KEY,
        status=status,
        message=str(error),
        headers=headers,
    )
