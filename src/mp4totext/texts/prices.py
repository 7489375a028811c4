"""What a text costs. Pure."""

from mp4totext.credits.money import share
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_item
from mp4totext.texts.planning import LOCAL
from mp4totext.writing.kinds.base import Options, TextKind
from mp4totext.writing.kinds.web_context import WebContextOptions

SEARCH = "web_search"


def is_priced_per_piece(kind: TextKind, model: str | None) -> bool:
    """Times the model's multiplier. All others cost by the recording's length: the model's rate
    for 1,000 characters."""
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
    """``missing``: characters of the recording that a delivered text leaves out; a price a piece
    is shared out by them. Raises UnknownPrice for a model without a row."""
    if provider == LOCAL or model is None:
        return _by_length("text.local", prices.amount_uc("text.local"), characters)
    price = prices.model(provider, model)
    if kind.price_key is None:
        return _by_length(f"text.{kind.name}", price.per_1000_chars_uc, characters)
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
    """The most that a text can cost: every search finds something, nothing is missing."""
    line = text_line(prices, kind=kind, provider=provider, model=model, characters=characters)
    if not isinstance(options, WebContextOptions):
        return Quote(lines=(line,))
    return Quote(lines=(line, search_line(prices, options.searches)))


def search_line(prices: PriceList, searches: int) -> Line:
    return per_item(prices, SEARCH, searches, optional=True)


def _by_length(key: str, rate_uc: int, characters: int) -> Line:
    """A character is a thousandth of the rate's unit."""
    return Line(key=key, quantity_milli=characters, amount_uc=share(rate_uc, characters, 1000))
