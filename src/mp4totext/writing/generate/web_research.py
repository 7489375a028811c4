"""What the web adds to a recording: searches, then a text that numbers its sources."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mp4totext.kit.errors import Invalid
from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.search.base import SearchRequest, WebPage, WebSearch
from mp4totext.writing.generate.model_session import ModelSession, Step
from mp4totext.writing.generate.postprocess import Finished, from_markdown
from mp4totext.writing.generate.source import Material
from mp4totext.writing.kinds.summary import SummaryOptions
from mp4totext.writing.kinds.web_context import WebContextOptions, WebQueriesAnswer
from mp4totext.writing.longtext import plan, render
from mp4totext.writing.prompts import Brief, Source, synthesis_prompt
from mp4totext.writing.tokens import approximate_tokens

RESULTS = 5  # pages a search
MOST_RECORDING_TOKENS = 12_000  # shown beside the sources; more is summarised
MOST_SOURCE_CHARACTERS = 4_000

_NUMBERS = re.compile(r" ?\[(\d{1,3})\]")

Attempt = Callable[[str, Callable[[], Any]], Any]
"""``Context.optional``: None when it failed for good, and a warning says so."""


@dataclass(frozen=True, slots=True)
class Pages:
    """A checkpoint."""

    pages: tuple[WebPage, ...]


class NothingOnTheWeb(Invalid):
    code = "nothing_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    finished: Finished
    searches: int  # that found something: these are billed


def synthesise(
    queries: WebQueriesAnswer,
    *,
    options: WebContextOptions,
    about: Brief,
    material: Material,
    model: ModelSession,
    search: WebSearch,
    optional: Attempt,
    on_text: Callable[[str], None],
) -> WebContext:
    """Raises NothingOnTheWeb when no search found a page: there is nothing to write from."""
    asked = [one.query for one in queries.queries[: options.searches]]
    if not asked:
        return WebContext(finished=_no_queries(), searches=0)
    found: dict[str, tuple[WebPage, ...]] = {}
    refused: list[ProviderMisconfigured] = []
    for number, query in enumerate(asked, 1):
        make = _once(model.step, search, number, query, refused=refused)
        pages = optional(f"web search for {query!r}", make)
        if refused:
            raise refused[0]
        if pages:
            found[query] = pages
    sources = _sources(found)
    if not sources:
        raise NothingOnTheWeb(
            f"None of {len(asked)} web searches found anything. Nothing was charged."
        )
    prompt = synthesis_prompt(options, about, _shown(material), [_source(one) for one in sources])
    text = model.text("synthesis", prompt, on_text=on_text)
    body, wrong = _numbered(text, len(sources))
    finished = from_markdown(body, material)
    if wrong:
        finished.warnings.append("References to sources that do not exist were taken out.")
    finished.data = {
        "queries": [
            {**one.model_dump(), "found": len(found.get(one.query, ()))}
            for one in queries.queries[: options.searches]
        ],
        "sources": [
            {"number": n, "title": one.title, "url": one.address, "published": one.published}
            for n, one in enumerate(sources, 1)
        ],
    }
    return WebContext(finished=finished, searches=len(found))


def _once(
    step: Step,
    search: WebSearch,
    number: int,
    query: str,
    *,
    refused: list[ProviderMisconfigured],
) -> Callable[[], tuple[WebPage, ...]]:
    """A search that is made, and paid, once. ``refused``: we may not search at all."""

    def make() -> tuple[WebPage, ...]:
        request = SearchRequest(query=query, results=RESULTS)
        try:
            return step(
                f"search:{number}", lambda: Pages(search.search(request)), returns=Pages
            ).pages
        except ProviderMisconfigured as error:
            refused.append(error)
            return ()

    return make


def _sources(found: dict[str, tuple[WebPage, ...]]) -> list[WebPage]:
    """Each page once, the best of every search first."""
    by_address: dict[str, WebPage] = {}
    for rank in range(RESULTS):
        for pages in found.values():
            if rank < len(pages):
                by_address.setdefault(pages[rank].address, pages[rank])
    return list(by_address.values())


def _source(page: WebPage) -> Source:
    return Source(
        title=page.title,
        address=page.address,
        text=page.text[:MOST_SOURCE_CHARACTERS],
        published=page.published,
    )


def _shown(material: Material) -> str:
    """The recording where it is short, else its own best sentences with their ids."""
    parts = plan(material.transcript, count=approximate_tokens, fits=MOST_RECORDING_TOKENS).parts
    if len(parts) == 1:
        return render(parts[0].lines)
    return SummaryOptions(style="bullets").write_locally(material.transcript).text


def _numbered(text: str, sources: int) -> tuple[str, bool]:
    """Without references to sources that do not exist."""
    wrong = any(not 1 <= int(one) <= sources for one in _NUMBERS.findall(text))

    def kept(match: re.Match[str]) -> str:
        return match.group() if 1 <= int(match.group(1)) <= sources else ""

    return _NUMBERS.sub(kept, text), wrong


def _no_queries() -> Finished:
    return Finished(
        body="",
        data={"queries": [], "sources": []},
        citations=[],
        characters=0,
        warnings=["No web search would add to this recording, so none was made or billed."],
    )
