"""Estimates the costs of texts requested with an upload, before it is transcribed."""

from collections.abc import Sequence

from mp4totext.credits.money import to_credits, to_uc
from mp4totext.credits.prices import PriceList
from mp4totext.jobs.quotes import lines_out
from mp4totext.texts.planning import LOCAL
from mp4totext.texts.prices import is_priced_per_piece, text_quote
from mp4totext.transcriptions.schemas import TextCostOut, TextCosts, TextOrder
from mp4totext.writing.kinds import KINDS

CHARACTERS_PER_MINUTE = 1_200
"""200 English words: more than people speak, so that a text costs at most its estimate."""

MS_PER_MINUTE = 60_000


def text_costs(
    orders: Sequence[TextOrder], *, prices: PriceList, duration_ms: int | None, metered: bool
) -> TextCosts:
    """The highest cost of each order; their provider and model are set.

    Without a duration only kinds with a price per text have a total.
    """
    characters = None
    if duration_ms is not None:
        characters = -(-duration_ms * CHARACTERS_PER_MINUTE // MS_PER_MINUTE)  # rounded up
    costs, all_known = [], True
    for order in orders:
        kind = KINDS[order.kind]
        offer = text_quote(
            prices,
            kind=kind,
            options=kind.options.model_validate(order.options),
            provider=order.provider or LOCAL,
            model=order.model,
            characters=characters or 0,
        )
        if not metered:
            offer = offer.free()
        has_total = characters is not None or is_priced_per_piece(kind, order.model)
        all_known = all_known and has_total
        costs.append(
            TextCostOut(
                kind=order.kind,
                provider=order.provider or LOCAL,
                model=order.model,
                characters=characters,
                lines=lines_out(offer.lines) if has_total else [],
                total=to_credits(offer.total_uc) if has_total else None,
            )
        )
    # The sum of the totals as shown, in cents, so that users who add them up get the same.
    total_uc = sum(to_uc(str(cost.total or 0)) for cost in costs)
    return TextCosts(texts=costs, texts_total=to_credits(total_uc) if all_known else None)
