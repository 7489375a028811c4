"""Web search providers. Texts do not choose one: the first that is ready is used."""

from mp4totext.providers import registry
from mp4totext.providers.registry import Entry, Table
from mp4totext.providers.search.base import SearchCapabilities, WebSearch
from mp4totext.settings import Settings

SEARCH: Table[SearchCapabilities] = {
    "tavily": Entry(
        title="Tavily web search",
        vendor="Tavily",
        factory="mp4totext.providers.search.tavily:TavilySearch",
        capabilities=SearchCapabilities(max_results=20),
        modules=("tavily",),
        install=("mp4totext[tavily]",),
        key="TAVILY_API_KEY",
        base_url="TAVILY_BASE_URL",
    ),
}


def search_missing(settings: Settings) -> str | None:
    """What the first provider needs if none is ready here; None if one is."""
    return registry.missing(SEARCH[_first_ready(settings)], settings)


def web_search(settings: Settings) -> WebSearch:
    """The first provider that is ready. Raises ProviderMisconfigured with what is missing."""
    search: WebSearch = registry.build(SEARCH, _first_ready(settings), settings)
    return search


def _first_ready(settings: Settings) -> str:
    return next(iter([*registry.available(SEARCH, settings), *SEARCH]))
