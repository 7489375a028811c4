"""What a text costs. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from mp4totext.credits.money import share
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_item
from mp4totext.transcriptions.text_plans import LOCAL
from mp4totext.writing.kinds.base import Options
from mp4totext.writing.kinds.web_context import WebContextOptions

SEARCH = "web_search"

# Kinds with a price a piece, times the model's multiplier. All others cost by the recording's
# length: the model's rate for 1,000 characters.
FIXED: Mapping[str, str] = MappingProxyType(
    {
        "lecture_notes": "text.lecture_notes",
        "custom": "text.custom",
        "exam_questions": "text.exam_questions",
    }
)


def text_line(
    prices: PriceList,
    *,
    kind: str,
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
    if kind not in FIXED:
        return _by_length(f"text.{kind}", price.per_1000_chars_uc, characters)
    key, whole = FIXED[kind], max(1, characters + missing)
    amount_uc = share(prices.amount_uc(key), price.multiplier_milli, 1000)
    return Line(
        key=key,
        quantity_milli=share(price.multiplier_milli, whole - missing, whole),
        amount_uc=share(amount_uc, whole - missing, whole),
    )


def text_quote(
    prices: PriceList,
    *,
    kind: str,
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
