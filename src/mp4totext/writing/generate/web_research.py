"""Makes web searches that a model proposed, then writes a text that cites the pages by number."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from mp4totext.kit.errors import Invalid
from mp4totext.providers.errors import ProviderMisconfigured
from mp4totext.providers.search.base import SearchRequest, WebPage, WebSearch
from mp4totext.writing import chinese
from mp4totext.writing.generate.model_session import ModelSession, Step
from mp4totext.writing.generate.postprocess import FinishedText, from_markdown
from mp4totext.writing.generate.source import Source
from mp4totext.writing.kinds.summary import SummaryOptions
from mp4totext.writing.kinds.web_context import WebContextOptions, WebQueriesAnswer
from mp4totext.writing.longtext import plan, render
from mp4totext.writing.prompts import Brief, WebSource, synthesis_prompt
from mp4totext.writing.tokens import approximate_tokens

RESULTS = 5  # pages per search
RECORDING_TOKENS_MAX = 12_000  # beside the pages in the prompt; a longer recording is summarised
SOURCE_CHARACTERS_MAX = 4_000  # of one page: 50 pages of ten searches then have about 80k tokens

_NUMBERS = re.compile(r" ?\[(\d{1,3})\]")

Attempt = Callable[[str, Callable[[], Any]], Any]
"""``Context.optional``: None if it failed for good, and a warning says so."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The result of one search, as a checkpoint stores it."""

    pages: tuple[WebPage, ...]


class NothingOnTheWeb(Invalid):
    code = "nothing_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    finished: FinishedText
    searches: int  # those that found a page: only they are charged


def synthesise(
    queries: WebQueriesAnswer,
    *,
    options: WebContextOptions,
    about: Brief,
    source: Source,
    model: ModelSession,
    search: WebSearch,
    optional: Attempt,
    on_text: Callable[[str], None],
) -> WebContext:
    """Search and write the text. Raises NothingOnTheWeb when no search found a page."""
    proposed = queries.queries[: options.searches]
    if not proposed:
        return WebContext(finished=_without_searches(), searches=0)
    results = _search([query.query for query in proposed], model.step, search, optional)
    pages = _distinct_pages(results)
    if not pages:
        raise NothingOnTheWeb(
            f"None of {len(proposed)} web searches found anything. Nothing was charged."
        )
    web_sources = [
        WebSource(
            title=page.title,
            address=page.address,
            text=page.text[:SOURCE_CHARACTERS_MAX],
            published=page.published,
        )
        for page in pages
    ]
    prompt = synthesis_prompt(options, about, _recording_text(source), web_sources)
    answer = model.text("synthesis", prompt, on_text=on_text)
    text = chinese.written(answer, about.language)
    body = _NUMBERS.sub(
        lambda match: match.group() if 1 <= int(match.group(1)) <= len(pages) else "", text
    )
    finished = from_markdown(body, source)
    if body != text:
        finished.warnings.append("References to sources that do not exist were removed.")
    finished.data = {
        "queries": [
            {**query.model_dump(), "found": len(results.get(query.query, ()))} for query in proposed
        ],
        "sources": [
            {"number": n, "title": page.title, "url": page.address, "published": page.published}
            for n, page in enumerate(pages, 1)
        ],
    }
    return WebContext(finished=finished, searches=len(results))


def _search(
    queries: Sequence[str], step: Step, search: WebSearch, optional: Attempt
) -> dict[str, tuple[WebPage, ...]]:
    """The pages of each query that found any. A failed search is left out with a warning.

    Each search is a step, so it is made once. Raises ProviderMisconfigured: a missing or wrong key
    would fail every search, so it is no warning of one of them.
    """
    misconfigured: list[ProviderMisconfigured] = []

    def run(number: int, query: str) -> tuple[WebPage, ...]:
        request = SearchRequest(query=query, results=RESULTS)
        try:
            return step(
                f"search:{number}", lambda: Pages(search.search(request)), returns=Pages
            ).pages
        except ProviderMisconfigured as error:
            misconfigured.append(error)
            return ()

    results: dict[str, tuple[WebPage, ...]] = {}
    for number, query in enumerate(queries, 1):
        pages = optional(f"web search for {query!r}", partial(run, number, query))
        if misconfigured:
            raise misconfigured[0]
        if pages:
            results[query] = pages
    return results


def _distinct_pages(results: dict[str, tuple[WebPage, ...]]) -> list[WebPage]:
    """Each page once: the first of every search, then the second of every search, and so on."""
    by_address: dict[str, WebPage] = {}
    for rank in range(RESULTS):
        for pages in results.values():
            if rank < len(pages):
                by_address.setdefault(pages[rank].address, pages[rank])
    return list(by_address.values())


def _recording_text(source: Source) -> str:
    """The recording if it is short, else its most central sentences with their ids."""
    parts = plan(source.transcript, count=approximate_tokens, tokens_max=RECORDING_TOKENS_MAX)
    if len(parts) == 1:
        return render(parts[0].lines)
    return SummaryOptions(style="bullets").write_locally(source.transcript).text


def _without_searches() -> FinishedText:
    return FinishedText(
        body="",
        data={"queries": [], "sources": []},
        citations=[],
        characters=0,
        warnings=["No web search would add to this recording, so none was made or billed."],
    )
