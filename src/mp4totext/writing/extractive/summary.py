"""A summary made of the recording's own sentences, with where each was said.

Nothing is rewritten, so nothing is invented; how sentences are weighed is in `centrality`. Works in
every language, best in English, whose stop words and word forms are known.
"""

import math
from collections.abc import Mapping, Sequence

from mp4totext.writing.extractive import centrality, self_contained
from mp4totext.writing.extractive.action_items import action_items
from mp4totext.writing.extractive.terms import terms
from mp4totext.writing.quotes import quote
from mp4totext.writing.results import Quote, Sentence, Summary, SummarySection, SummaryStyle

SHORT_SENTENCES = 3
MIN_BULLETS, MAX_BULLETS = 4, 12
MINUTES_A_BULLET = 5
MAX_ACTIONS = 5


def summary(
    sentences: Sequence[Sentence],
    *,
    style: SummaryStyle = "short",
    speakers: Mapping[str, str] | None = None,
) -> Summary:
    """Empty sections when there is nothing to say. ``speakers``: id to the label readers see.

    Bullets take their turn from every stretch of the recording, so that its end weighs as much
    as its beginning.
    """
    if style == "short":
        sections = [SummarySection(name="overview", quotes=_central(sentences, SHORT_SENTENCES))]
    elif style == "bullets":
        sections = [SummarySection(name="points", quotes=_spread(sentences))]
    else:
        overview = _central(sentences, 2)
        seen = {quote.text for quote in overview}
        points = tuple(quote for quote in _spread(sentences) if quote.text not in seen)
        sections = [
            SummarySection(name="overview", quotes=overview),
            SummarySection(name="points", quotes=points),
            SummarySection(name="actions", quotes=_actions(sentences, speakers or {})),
        ]
    return Summary(style=style, sections=tuple(part for part in sections if part.quotes))


def _central(sentences: Sequence[Sentence], limit: int) -> tuple[Quote, ...]:
    rows = centrality.vectors([terms(one.text, language=one.language) for one in sentences])
    scores = self_contained.scores(sentences, rows)
    return tuple(quote(sentences[index]) for index in centrality.choose(rows, scores, limit))


def _spread(sentences: Sequence[Sentence]) -> tuple[Quote, ...]:
    if not sentences:
        return ()
    start_ms = sentences[0].start_ms
    span_ms = sentences[-1].end_ms - start_ms
    wanted = math.ceil(span_ms / 60_000 / MINUTES_A_BULLET) + MIN_BULLETS - 1
    count = min(MAX_BULLETS, wanted, len(sentences))
    stretches: list[list[Sentence]] = [[] for _ in range(count)]
    for sentence in sentences:
        place = (sentence.start_ms - start_ms) * count // (span_ms + 1)
        stretches[min(place, count - 1)].append(sentence)
    return tuple(quote for stretch in stretches if stretch for quote in _central(stretch, 1))


def _actions(sentences: Sequence[Sentence], speakers: Mapping[str, str]) -> tuple[Quote, ...]:
    items = action_items(sentences, speakers=speakers)
    return tuple(
        Quote(
            segment_ids=item.segment_ids,
            start_ms=item.start_ms,
            end_ms=item.end_ms,
            text=item.text,
            speaker=item.speaker,
        )
        for item in items[:MAX_ACTIONS]
    )
