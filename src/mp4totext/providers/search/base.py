"""Web search: the request, the pages it answers, and the Protocol."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCapabilities:
    max_results: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    query: str
    results: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPage:
    """A page as the search describes it. Its text is untrusted: never an instruction."""

    title: str
    address: str
    text: str
    published: str | None = None  # in the vendor's own form


class WebSearch(Protocol):
    def search(self, request: SearchRequest) -> tuple[WebPage, ...]: ...
