"""The prices of texts. Pure functions."""

from mp4totext.credits.money import share
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_1000_characters, per_item
from mp4totext.texts.planning import LOCAL
from mp4totext.writing.kinds.base import Options, TextKind
from mp4totext.writing.kinds.web_context import WebContextOptions

SEARCH = "web_search"


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
