"""Extractive summaries: the most central sentences of the recording, each with its place.

Nothing is rewritten, so nothing is invented. It works in every language, and best where stop words
and word forms are known.
"""

import math
from collections.abc import Mapping, Sequence

from mp4totext.writing.extractive import centrality, self_contained
from mp4totext.writing.extractive.action_items import action_items
from mp4totext.writing.extractive.terms import topic_terms
from mp4totext.writing.quotes import quote
from mp4totext.writing.results import Quote, Sentence, Summary, SummarySection, SummaryStyle

SHORT_SENTENCES = 3
OVERVIEW_SENTENCES = 2  # of the executive style, above its points
BULLETS_MIN, BULLETS_MAX = 4, 12
MINUTES_PER_BULLET = 5
ACTIONS_MAX = 5


def summary(
    sentences: Sequence[Sentence],
    *,
    style: SummaryStyle = "short",
    speakers: Mapping[str, str] | None = None,
) -> Summary:
    """Summarise in a style; sections without quotes are left out.

    ``speakers``: speaker id -> label, for the owners of action items.
    """
    if style == "short":
        sections = [SummarySection(name="overview", quotes=_central(sentences, SHORT_SENTENCES))]
    elif style == "bullets":
        sections = [SummarySection(name="points", quotes=_points(sentences))]
    else:
        overview = _central(sentences, OVERVIEW_SENTENCES)
        overview_texts = {quote.text for quote in overview}
        points = tuple(quote for quote in _points(sentences) if quote.text not in overview_texts)
        items = action_items(sentences, speakers=speakers or {})[:ACTIONS_MAX]
        sections = [
            SummarySection(name="overview", quotes=overview),
            SummarySection(name="points", quotes=points),
            SummarySection(name="actions", quotes=tuple(quote(item) for item in items)),
        ]
    return Summary(style=style, sections=tuple(part for part in sections if part.quotes))


def _central(sentences: Sequence[Sentence], limit: int) -> tuple[Quote, ...]:
    stems = [topic_terms(sentence.text, language=sentence.language) for sentence in sentences]
    rows = centrality.vectors(stems)
    scores = self_contained.scores(sentences, rows)
    return tuple(quote(sentences[index]) for index in centrality.choose(rows, scores, limit))


def _points(sentences: Sequence[Sentence]) -> tuple[Quote, ...]:
    """The most central sentence of each of several equally long parts of the recording.

    The bullets therefore cover its end as well as its beginning.
    """
    if not sentences:
        return ()
    start_ms = sentences[0].start_ms
    span_ms = sentences[-1].end_ms - start_ms
    target = math.ceil(span_ms / 60_000 / MINUTES_PER_BULLET) + BULLETS_MIN - 1
    count = min(BULLETS_MAX, target, len(sentences))
    stretches: list[list[Sentence]] = [[] for _ in range(count)]
    for sentence in sentences:
        place = (sentence.start_ms - start_ms) * count // (span_ms + 1)
        stretches[min(place, count - 1)].append(sentence)
    return tuple(quote for stretch in stretches if stretch for quote in _central(stretch, 1))
