"""Web search: the request, the pages it answers, and the Protocol."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCapabilities:
    most_results: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    query: str
    results: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPage:
    """What a search found; its words are untrusted."""

    title: str
    address: str
    text: str
    published: str | None = None  # as the vendor gave it


class WebSearch(Protocol):
    capabilities: SearchCapabilities

    def search(self, request: SearchRequest) -> tuple[WebPage, ...]: ...
