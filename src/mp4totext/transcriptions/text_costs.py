"""What the texts that are asked for with a recording will cost, before anybody has heard it."""

from collections.abc import Iterable, Sequence

from mp4totext.credits.money import to_credits, to_uc
from mp4totext.credits.prices import PriceList
from mp4totext.jobs.acceptance import lines_out
from mp4totext.transcriptions.schemas import TextCostOut, TextWish
from mp4totext.transcriptions.text_plans import LOCAL
from mp4totext.transcriptions.text_prices import FIXED, text_quote
from mp4totext.writing.kinds import KINDS

CHARACTERS_A_MINUTE = 1_200
"""Two hundred English words: more than people say, so that a text costs at most what is told."""

MS_PER_MINUTE = 60_000


def text_costs(
    wishes: Sequence[TextWish], *, prices: PriceList, duration_ms: int | None, metered: bool
) -> list[TextCostOut]:
    """One a wish, whose provider and model are chosen. Without a duration, only what has a price
    a piece has a total."""
    characters = (
        None
        if duration_ms is None
        else (duration_ms * CHARACTERS_A_MINUTE + MS_PER_MINUTE - 1) // MS_PER_MINUTE
    )
    return [_cost(wish, prices, characters, metered=metered) for wish in wishes]


def total_of(costs: Iterable[TextCostOut]) -> float | None:
    """None when one of them is not known."""
    totals = [cost.total for cost in costs]
    if any(total is None for total in totals):
        return None
    return to_credits(sum(to_uc(str(total)) for total in totals))


def _cost(
    wish: TextWish, prices: PriceList, characters: int | None, *, metered: bool
) -> TextCostOut:
    known = characters is not None or (wish.kind in FIXED and wish.model is not None)
    offer = text_quote(
        prices,
        kind=wish.kind,
        options=KINDS[wish.kind].options.model_validate(wish.options),
        provider=wish.provider or LOCAL,
        model=wish.model,
        characters=characters or 0,
    )
    if not metered:
        offer = offer.free()
    return TextCostOut(
        kind=wish.kind,
        provider=wish.provider or LOCAL,
        model=wish.model,
        characters=characters,
        lines=lines_out(offer.lines) if known else [],
        total=to_credits(offer.total_uc) if known else None,
    )
