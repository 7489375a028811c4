"""Chooses and checks a voice before anything is held. Pure, except for readiness."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from mp4totext.catalogue.errors import ModelRetired, UnknownModel
from mp4totext.credits.errors import UnknownPrice
from mp4totext.credits.prices import PriceList
from mp4totext.providers import registry
from mp4totext.providers.model_catalogue import did_you_mean
from mp4totext.providers.retirement import verdict
from mp4totext.providers.voice.base import VoiceCapabilities
from mp4totext.providers.voice.table import VOICE
from mp4totext.settings import Settings
from mp4totext.voices.errors import NothingToSay, UnknownVoice, VoiceCannot, VoiceNotReady

AUTO = "auto"
TEXT_CHARACTERS_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceOrder:
    """The requested voice; "auto" and None leave the choice to the service."""

    provider: str = AUTO
    model: str | None = None
    voice: str | None = None
    language: str = "en"  # BCP-47
    speed: float = 1.0
    direction: str = ""  # how to speak, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVoice:
    """A voice that was checked and can be used."""

    provider: str
    model: str  # "" of a voice of this machine
    voice: str
    language: str
    speed: float
    direction: str


def plan_voice(
    order: VoiceOrder, text: str, *, prices: PriceList, settings: Settings, today: date
) -> PlannedVoice:
    """Raises AppError 422, which says what is not possible and which voice supports it."""
    if not any(character.isalnum() for character in text):
        raise NothingToSay("There is no word in the text.")
    provider = _provider(order, prices, settings)
    can = VOICE[provider].capabilities
    if can.local and order.model is not None:
        raise VoiceCannot(f"{provider!r} has no models to choose from: leave out `model`.")
    missing = registry.missing(VOICE[provider], settings)
    if missing is not None:
        raise VoiceNotReady(f"{VOICE[provider].title} is not ready here: {missing}.")
    voice = _voice(order, provider, can)
    _refuse_what_it_lacks(order, provider, can, text)
    return PlannedVoice(
        provider=provider,
        model="" if can.local else _model(order, provider, prices, today),
        voice=voice,
        language=order.language,
        speed=order.speed,
        direction=order.direction,
    )


def _provider(order: VoiceOrder, prices: PriceList, settings: Settings) -> str:
    """The named provider, or the first ready one that has the model, the voice and the language."""
    if order.provider != AUTO:
        if order.provider not in VOICE:
            known = ", ".join([AUTO, *VOICE])
            raise UnknownVoice(f"There is no voice provider {order.provider!r}: choose {known}.")
        return order.provider
    having = {price.provider for price in prices.voices if price.model == order.model}
    if order.model is not None and not having:
        raise UnknownModel(
            order.model, known=[price.model for price in prices.voices], of=" for voices"
        )
    voices = {voice for entry in VOICE.values() for voice in entry.capabilities.voices}
    if order.voice is not None and order.voice not in voices:
        hint = did_you_mean(order.voice, sorted(voices))
        raise UnknownVoice(f"There is no voice {order.voice!r}.{hint}")
    primary = order.language.partition("-")[0]
    fitting = [
        name
        for name, entry in VOICE.items()
        if (order.model is None or name in having)
        and primary in entry.capabilities.languages
        and (order.voice is None or order.voice in entry.capabilities.voices)
    ]
    if not fitting:
        raise VoiceCannot(f"No voice speaks {order.language!r}{_named(order)}.")
    ready = [name for name in fitting if registry.missing(VOICE[name], settings) is None]
    return (ready or fitting)[0]


def _named(order: VoiceOrder) -> str:
    voice = f" and is called {order.voice!r}" if order.voice else ""
    return voice + (f" with the model {order.model!r}" if order.model else "")


def _voice(order: VoiceOrder, provider: str, can: VoiceCapabilities) -> str:
    primary = order.language.partition("-")[0]
    speaking = [name for name, voice in can.voices.items() if primary in voice.languages]
    if not speaking:
        able = [name for name, entry in VOICE.items() if primary in entry.capabilities.languages]
        raise VoiceCannot(
            f"{provider!r} does not support the language {order.language!r}. "
            f"Those that do: {', '.join(able) or 'none'}."
        )
    if order.voice is None:
        return speaking[0]
    if order.voice not in can.voices:
        raise UnknownVoice(
            f"{provider!r} has no voice {order.voice!r}: choose one of {', '.join(speaking[:20])}."
        )
    if order.voice not in speaking:
        raise VoiceCannot(
            f"The voice {order.voice!r} does not support the language {order.language!r}: "
            f"choose one of {', '.join(speaking[:20])}."
        )
    return order.voice


def _refuse_what_it_lacks(
    order: VoiceOrder, provider: str, can: VoiceCapabilities, text: str
) -> None:
    slowest, fastest = can.speed
    if not slowest <= order.speed <= fastest:
        able = _those(lambda other: other.speed[0] <= order.speed <= other.speed[1])
        raise VoiceCannot(
            f"{provider!r} speaks at a speed of {slowest:g} to {fastest:g}. "
            f"At {order.speed:g}: {able}."
        )
    if order.direction and not can.direction:
        able = _those(lambda other: other.direction)
        raise VoiceCannot(f"{provider!r} does not support a direction. Those that do: {able}.")
    if order.language.partition("-")[0] == "en" and not _is_latin(text):
        raise VoiceCannot(
            "Most of the text is not in Latin letters, which an English voice cannot say: "
            "name its language."
        )


def _those(able: Callable[[VoiceCapabilities], bool]) -> str:
    names = [name for name, entry in VOICE.items() if able(entry.capabilities)]
    return ", ".join(names) or "none"


def _is_latin(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
    return 2 * latin >= len(letters)


def _model(order: VoiceOrder, provider: str, prices: PriceList, today: date) -> str:
    """The named model, or the vendor's first one on sale."""
    offered = [price for price in prices.voices if price.provider == provider]
    named = [price for price in offered if order.model in (None, price.model)]
    if not named:
        known = ", ".join(price.model for price in offered) or "none"
        what = repr(order.model) if order.model else "a model"
        raise UnknownPrice(f"{provider!r} has no price for {what}. Priced models: {known}.")
    sold = [price for price in named if verdict(price, today).state != "refused"]
    if not sold:
        raise ModelRetired(named[0], verdict(named[0], today))
    return next((price for price in sold if price.default), sold[0]).model
