"""Web searches use the first ready provider of the table."""

import pytest
from pydantic import SecretStr

from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.search.table import search_missing, web_search
from mp4totext.providers.search.tavily import TavilySearch
from mp4totext.settings import EngineSettings, Settings

BARE = Settings(engines=EngineSettings(tavily_api_key=None))
WITH_KEY = Settings(engines=EngineSettings(tavily_api_key=SecretStr("tvly-test-key")))


def test_without_any_the_first_says_what_it_needs() -> None:
    assert search_missing(BARE) == "set TAVILY_API_KEY"
    with pytest.raises(ProviderMisconfigured, match="set TAVILY_API_KEY"):
        web_search(BARE)


def test_the_first_that_is_ready_is_taken() -> None:
    assert search_missing(WITH_KEY) is None
    assert isinstance(web_search(WITH_KEY), TavilySearch)
