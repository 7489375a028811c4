"""The prices of texts. Pure functions."""

from collections.abc import Sequence

from mp4totext.credits.money import share, to_credits, to_uc
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_1000_characters, per_item
from mp4totext.jobs.quotes import lines_out
from mp4totext.texts.model_choice import LOCAL
from mp4totext.transcriptions.options import TextOrder
from mp4totext.transcriptions.schemas import TextCostOut, TextCosts
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.kinds.base import Options, TextKind
from mp4totext.writing.kinds.web_context import WebContextOptions

SEARCH = "web_search"
CHARACTERS_PER_MINUTE = 1_200
"""200 English words: more than people speak, so that a text costs at most its estimate."""

MS_PER_MINUTE = 60_000


def is_priced_per_piece(kind: TextKind, model: str | None) -> bool:
    """Whether a text has a fixed price, times the model's multiplier.

    All others are priced by the recording's length, at the model's rate for 1,000 characters.
    """
    return kind.price_key is not None and model is not None


def text_line(
    prices: PriceList,
    *,
    kind: TextKind,
    provider: str,
    model: str | None,
    characters: int,
    missing: int = 0,
) -> Line:
    """The line item of a text. Raises UnknownPrice for a model without a price.

    ``missing``: characters of the recording that a delivered text leaves out. A fixed price is
    reduced by their share; ``characters`` does not include them.
    """
    if provider == LOCAL or model is None:
        return per_1000_characters("text.local", prices.amount_uc("text.local"), characters)
    price = prices.model(provider, model)
    if kind.price_key is None:
        return per_1000_characters(f"text.{kind.name}", price.per_1000_chars_uc, characters)
    # The multiplier is the quantity, so that the unit price times the quantity is the amount.
    whole = max(1, characters + missing)
    amount_uc = share(prices.amount_uc(kind.price_key), price.multiplier_milli, 1000)
    return Line(
        key=kind.price_key,
        quantity_milli=share(price.multiplier_milli, whole - missing, whole),
        amount_uc=share(amount_uc, whole - missing, whole),
    )


def text_quote(
    prices: PriceList,
    *,
    kind: TextKind,
    options: Options,
    provider: str,
    model: str | None,
    characters: int,
) -> Quote:
    """The highest cost of a text: nothing is missing, and every search finds something."""
    line = text_line(prices, kind=kind, provider=provider, model=model, characters=characters)
    if not isinstance(options, WebContextOptions):
        return Quote(lines=(line,))
    return Quote(lines=(line, search_line(prices, options.searches)))


def search_line(prices: PriceList, searches: int) -> Line:
    # Optional: the line is dropped if no search finds a page.
    return per_item(prices, SEARCH, searches, optional=True)


def text_costs(
    orders: Sequence[TextOrder], *, prices: PriceList, duration_ms: int | None, metered: bool
) -> TextCosts:
    """The highest cost of each order of an upload, before it is transcribed.

    Provider and model of the orders are set. Without a duration only kinds with a price per text
    have a total.
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
