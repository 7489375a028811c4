"""Prices: defaults, the rows of an administrator that replace them, and the copy of each job."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from mp4totext.catalogue import service as catalogue
from mp4totext.credits.errors import UnknownPrice
from mp4totext.credits.model_rates import multiplier_milli, rate_uc
from mp4totext.credits.models import PriceRow
from mp4totext.credits.money import to_uc
from mp4totext.kit.clock import now
from mp4totext.providers.model_catalogue import ModelEntry, shipped

Unit = Literal["minute", "job", "item", "1000 characters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    key: str
    amount_uc: int
    unit: Unit
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPrice:
    """``multiplier_milli`` scales texts with a fixed price; others cost by 1,000 characters."""

    provider: str
    model: str
    multiplier_milli: int
    per_1000_chars_uc: int
    default: bool = False
    retires_at: date | None = None  # the first day without it
    replaced_by: str | None = None


def _price(key: str, amount: str, unit: Unit, description: str) -> Price:
    return Price(key=key, amount_uc=to_uc(amount), unit=unit, description=description)


DEFAULT_PRICES = (
    _price("transcription", "1.0", "minute", "Transcription, any engine"),
    _price("feature.sentiment_analysis", "0.3", "minute", "Sentiment of every sentence (English)"),
    _price("feature.auto_chapters", "0.3", "minute", "Chapters (English)"),
    _price("feature.auto_highlights", "0.3", "minute", "Highlights (English)"),
    _price("feature.entity_detection", "0.3", "minute", "Entities (every language)"),
    _price("feature.speaker_labels", "0", "minute", "Speaker labels of the engine"),
    _price("llm_gateway", "3.0", "job", "Language-model gateway of the engine"),
    _price("diarization.local", "0", "minute", "Speakers, local"),
    _price("diarization.channels", "0", "minute", "Speakers, one a channel"),
    _price("diarization.pyannote", "0", "minute", "Speakers, pyannote on your own machine"),
    _price("diarization.modal", "0.18", "minute", "Speakers, pyannote on a GPU"),
    _price("diarization.assemblyai", "0", "minute", "Speakers that come with a transcript"),
    _price("speaker_profile", "0", "item", "Learning a named speaker's profile"),
    _price("download", "0.88", "item", "Download from a URL or YouTube"),
    _price("web_search", "0.88", "item", "Web search"),
    _price("text.lecture_notes", "30", "job", "Lecture notes, x model multiplier"),
    _price("text.custom", "25", "job", "Custom text, x model multiplier"),
    _price("text.exam_questions", "35", "job", "Exam questions, x model multiplier"),
    _price("text.local", "0.002", "1000 characters", "Texts made without a model"),
    _price("voice.local", "0.10", "1000 characters", "Speech with a voice of this machine"),
    _price("picture.sdxl", "1.31", "item", "Picture, SDXL"),
    _price("picture.flux", "3.50", "item", "Picture, FLUX"),
    _price("picture.imagen-4", "5.25", "item", "Picture, Imagen-4"),
    _price("picture.flux-schnell", "0.35", "item", "Picture, FLUX.1 schnell at a vendor"),
    _price("picture.flux-dev", "2.60", "item", "Picture, FLUX.1 dev at a vendor"),
    _price("picture.flux-pro", "4.20", "item", "Picture, FLUX1.1 pro at a vendor"),
    _price("picture.nano-banana", "3.50", "item", "Picture, Gemini"),
    _price("picture.gpt-image", "3.50", "item", "Picture, OpenAI, medium quality"),
    _price("picture.compatible", "1.00", "item", "Picture, a server with OpenAI's API"),
    _price("picture.local", "0.10", "item", "Picture, local title card"),
    _price("picture.frame", "0.02", "item", "Picture, frame of a recording"),
    _price("video", "8.75", "item", "Video, without its pictures and voice"),
    _price("video.clip", "2.00", "item", "Video of up to 90 seconds from a recording"),
    _price("video.again", "1.31", "item", "The same video after a change, within 7 days"),
    _price("video.voice", "1.31", "minute", "Voice-over of a video"),
    _price("gift", "100", "item", "Given to every new account"),
)


_DEFAULTS: Mapping[str, Price] = {price.key: price for price in DEFAULT_PRICES}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """The prices at one moment. Saved with a job, so that later changes do not affect it.

    ``models`` has those that have ended, too: an accepted job keeps its model.
    """

    amounts_uc: Mapping[str, int]
    models: tuple[ModelPrice, ...] = ()
    voices: tuple[ModelPrice, ...] = ()

    def amount_uc(self, key: str) -> int:
        """Raises UnknownPrice: what has no price is refused."""
        try:
            return self.amounts_uc[key]
        except KeyError:
            raise UnknownPrice(f"{key!r} has no price, so it cannot be used.") from None

    def model(self, provider: str, model: str) -> ModelPrice:
        return _priced(self.models, provider, model)

    def voice(self, provider: str, model: str) -> ModelPrice:
        return _priced(self.voices, provider, model)


def _priced(prices: Sequence[ModelPrice], provider: str, model: str) -> ModelPrice:
    for price in prices:
        if (price.provider, price.model) == (provider, model):
            return price
    priced = ", ".join(sorted(p.model for p in prices if p.provider == provider))
    raise UnknownPrice(
        f"The model {model!r} of {provider!r} has no price, so it cannot be used. "
        f"Priced models of {provider!r}: {priced or 'none'}."
    )


def model_prices(
    entries: Iterable[ModelEntry], today: date, *, kind: Literal["text", "voice"] = "text"
) -> tuple[ModelPrice, ...]:
    """Of a kind, on a day: a vendor's announced price counts from its first day on."""
    texts = [entry for entry in entries if entry.kind == kind and entry.active]
    rates_uc = {entry.key: rate_uc(entry, today) for entry in texts}
    default_uc = next((rates_uc[entry.key] for entry in texts if entry.default), None)
    prices = []
    for entry in texts:
        rate = rates_uc[entry.key]
        if rate is None:
            continue
        prices.append(
            ModelPrice(
                provider=entry.provider,
                model=entry.model,
                multiplier_milli=multiplier_milli(entry, rate, default_uc=default_uc),
                per_1000_chars_uc=rate,
                default=entry.default,
                retires_at=entry.retires_at,
                replaced_by=entry.replaced_by,
            )
        )
    return tuple(prices)


_SNAPSHOT = TypeAdapter(PriceList)


def to_json(prices: PriceList) -> dict[str, object]:
    dumped: dict[str, object] = _SNAPSHOT.dump_python(prices, mode="json")
    return dumped


def from_json(snapshot: dict[str, object]) -> PriceList:
    return _SNAPSHOT.validate_python(snapshot)


def defaults() -> PriceList:
    """The defaults, without the rows of an administrator."""
    day, entries = now().date(), shipped().models
    return PriceList(
        amounts_uc={key: price.amount_uc for key, price in _DEFAULTS.items()},
        models=model_prices(entries, day),
        voices=model_prices(entries, day, kind="voice"),
    )


def current(session: Session) -> PriceList:
    """The defaults, replaced by the rows of an administrator."""
    amounts = {key: price.amount_uc for key, price in _DEFAULTS.items()}
    amounts.update({row.key: row.amount_uc for row in session.scalars(select(PriceRow))})
    entries, day = catalogue.entries(session), now().date()
    return PriceList(
        amounts_uc=amounts,
        models=model_prices(entries, day),
        voices=model_prices(entries, day, kind="voice"),
    )


def gift_uc(session: Session) -> int:
    return current(session).amount_uc("gift")


def set_price(session: Session, *, key: str, amount_uc: int) -> None:
    """Set a price. Accepted jobs keep the price of their acceptance."""
    if key not in _DEFAULTS:
        keys = ", ".join(sorted(_DEFAULTS))
        raise UnknownPrice(f"{key!r} is not a price. Prices: {keys}.")
    session.merge(PriceRow(key=key, amount_uc=amount_uc, updated_at=now()))
