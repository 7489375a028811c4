"""Chooses and checks the model of a picture before anything is held. Pure, except for readiness."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from mp4totext.catalogue.errors import ModelRetired, UnknownModel
from mp4totext.credits.prices import PriceList
from mp4totext.images.describing import Describer
from mp4totext.images.errors import (
    ImageCannot,
    ImageNotReady,
    NoPictureTrack,
    NoPrompt,
    TextNotDrawable,
    UnknownImageProvider,
)
from mp4totext.images.schemas import AUTO, ImageOptions
from mp4totext.images.styles import Style, style_of
from mp4totext.kit import unicode
from mp4totext.media.backgrounds import Palette
from mp4totext.media.cards import CHARACTERS_MAX, undrawable
from mp4totext.providers import registry
from mp4totext.providers.image.base import Aspect, ImageModelFacts
from mp4totext.providers.image.local import card_of
from mp4totext.providers.image.table import IMAGE
from mp4totext.providers.model_catalogue import ModelEntry
from mp4totext.providers.retirement import verdict
from mp4totext.settings import Settings

LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The facts of a recording of which a picture is made."""

    title: str
    language: str | None
    has_video: bool
    described: Callable[[], str] = lambda: ""  # what a picture of it shows


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedImages:
    """A request that was checked and can be carried out."""

    provider: str
    model: str
    price: str  # key of the price list
    prompt: str
    negative: str
    style: str
    palette: Palette
    aspect: Aspect
    seed: int | None  # None: the vendor takes none
    count: int
    at_ms: int | None
    language: str | None
    warnings: tuple[str, ...] = ()
    describer: Describer | None = None


def plan_images(
    order: ImageOptions,
    *,
    recording: Recording | None,
    entries: Iterable[ModelEntry],
    prices: PriceList,
    settings: Settings,
    today: date,
) -> PlannedImages:
    """Raises AppError 422, which says what is not possible and which model supports it."""
    style = style_of(order.style)
    rows = [row for row in entries if row.kind == "image" and row.active]
    provider = _provider(order, rows, settings, today)
    model, facts, warning = _model(order, provider, recording, rows, today)
    missing = registry.missing(IMAGE[provider], settings)
    if missing is not None:
        raise ImageNotReady(f"{IMAGE[provider].title} is not ready here: {missing}.")
    prices.amount_uc(f"picture.{facts.price}")
    _refuse_unsupported(order, provider, model, facts)
    if order.describer != LOCAL and (facts.typeset or facts.from_recording):
        raise ImageCannot("Cards and frames need no description: choose an image model.")
    prompt = _prompt(order, facts, recording)
    language = recording.language if recording else None
    if facts.typeset:
        _refuse_undrawable(prompt, language)
    return PlannedImages(
        provider=provider,
        model=model,
        price=f"picture.{facts.price}",
        prompt=prompt,
        negative=unicode.clean(order.negative),
        style=order.style,
        palette=order.palette or style.palette,
        aspect=order.aspect,
        seed=_seed(order, facts, prompt, style),
        count=order.n,
        at_ms=order.at_ms,
        language=language,
        warnings=(warning,) if warning else (),
    )


def facts_of(provider: str, model: str) -> ImageModelFacts:
    """The facts of a planned model."""
    can = IMAGE[provider].capabilities
    facts = can.models.get(model) or can.unlisted
    assert facts is not None
    return facts


def _provider(
    order: ImageOptions, rows: Sequence[ModelEntry], settings: Settings, today: date
) -> str:
    """The named provider, or one that has the named model: first those ready and on sale."""
    if order.provider == AUTO:
        if order.model is None:
            return LOCAL
        having = [
            name
            for name, entry in IMAGE.items()
            if (entry.capabilities.local and order.model in entry.capabilities.models)
            or any(row.provider == name and row.model == order.model for row in rows)
        ]
        if not having:
            own = [model for each in IMAGE.values() for model in each.capabilities.models]
            raise UnknownModel(order.model, known=own, of=" for pictures")
        ended = {
            row.provider
            for row in rows
            if row.model == order.model and verdict(row, today).state == "refused"
        }
        return min(
            having,
            key=lambda name: (
                name in ended,
                registry.missing(IMAGE[name], settings) is not None,
            ),
        )
    if order.provider not in IMAGE:
        known = ", ".join([AUTO, *IMAGE])
        raise UnknownImageProvider(
            f"There is no picture provider {order.provider!r}: choose {known}."
        )
    return order.provider


def _model(
    order: ImageOptions,
    provider: str,
    recording: Recording | None,
    rows: Sequence[ModelEntry],
    today: date,
) -> tuple[str, ImageModelFacts, str]:
    """The named model, or the vendor's first one on sale, its facts, and a warning of its end."""
    can = IMAGE[provider].capabilities
    if can.local:
        film = recording is not None and recording.has_video and not order.prompt
        model = order.model or ("frame" if film or order.at_ms is not None else "card")
        if model not in can.models:
            raise UnknownModel(model, known=can.models, of=f" of {provider!r} for pictures")
        return model, can.models[model], ""
    own = {row.model: row for row in rows if row.provider == provider}
    named = [row for name, row in own.items() if order.model in (None, name)]
    sold = [row for row in named if verdict(row, today).state != "refused"]
    if named and not sold:
        raise ModelRetired(named[0], verdict(named[0], today))
    offered = [row for row in sold if row.model in can.models or can.unlisted is not None]
    if not offered:
        known = [name for name in own if name in can.models]
        raise UnknownModel(order.model or "", known=known, of=f" of {provider!r} for pictures")
    row = next((row for row in offered if row.default), offered[0])
    return row.model, facts_of(provider, row.model), verdict(row, today).message


def _refuse_unsupported(
    order: ImageOptions, provider: str, model: str, facts: ImageModelFacts
) -> None:
    if order.aspect not in facts.aspects and not facts.from_recording:
        able = _those(lambda other: order.aspect in other.aspects)
        raise ImageCannot(
            f"{provider}'s {model!r} does not support {order.aspect}. Models that do: {able}."
        )
    if order.seed is not None and facts.seeds == "none":
        able = _those(lambda other: other.seeds != "none")
        raise ImageCannot(
            f"{provider}'s {model!r} does not support seeds, so its pictures cannot be repeated. "
            f"Models that do: {able}."
        )
    if order.negative and not facts.negative:
        able = _those(lambda other: other.negative)
        raise ImageCannot(
            f"{provider}'s {model!r} does not support negative prompts. Models that do: {able}."
        )
    if order.at_ms is not None and not facts.from_recording:
        raise ImageCannot("at_ms is for frames of a recording: choose the model 'frame'.")


def _those(able: Callable[[ImageModelFacts], bool]) -> str:
    names = [
        f"{name} {model}"
        for name, entry in IMAGE.items()
        for model, facts in entry.capabilities.models.items()
        if able(facts)
    ]
    return ", ".join(names) or "none"


def _prompt(order: ImageOptions, facts: ImageModelFacts, recording: Recording | None) -> str:
    if facts.from_recording:
        if recording is None:
            raise NoPictureTrack("A frame is taken from a recording: set transcription_id.")
        if not recording.has_video:
            raise NoPictureTrack(
                "The recording has no video track, so it has no frames. Choose another model."
            )
        return ""
    prompt = order.prompt
    if recording is not None:
        prompt = prompt or ("" if facts.typeset else recording.described()) or recording.title
    if not any(character.isalnum() for character in prompt):
        raise NoPrompt("The prompt has no words: describe what the picture shows.")
    return prompt


def _refuse_undrawable(text: str, language: str | None) -> None:
    card = card_of(text, language)
    if len(card.large) > CHARACTERS_MAX:
        raise ImageCannot(
            f"A card has room for {CHARACTERS_MAX} large characters; these are {len(card.large)}."
        )
    missing = undrawable(card)
    if missing:
        shown = "".join(sorted(missing)[:20])
        raise TextNotDrawable(
            f"No font here draws {shown!r}. Leave it out, or choose a model of a vendor.",
            characters=shown,
        )


def _seed(order: ImageOptions, facts: ImageModelFacts, prompt: str, style: Style) -> int | None:
    """The seed: without one in the request, a hash of the prompt, so the same card is the same."""
    if facts.seeds == "none":
        return None
    if order.seed is not None:
        return order.seed
    identity = f"{order.transcription_id}:{prompt}:{style.title}:{order.aspect}"
    return int.from_bytes(sha256(identity.encode()).digest()[:4]) >> 1
