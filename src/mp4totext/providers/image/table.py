"""Providers of pictures. None yet."""

from datetime import date

from mp4totext.providers import registry
from mp4totext.providers.image.base import ImageCapabilities, ImageModel, ImageModelFacts
from mp4totext.providers.registry import Table
from mp4totext.providers.retirement import refuse_retired
from mp4totext.settings import Settings

IMAGE: Table[ImageCapabilities] = {}


def image_capabilities(name: str) -> ImageCapabilities:
    return registry.row(IMAGE, name).capabilities


def image_facts(name: str, model: str | None, *, today: date) -> tuple[str, ImageModelFacts]:
    """The model, or the first, and what it can do.

    Raises ProviderUnsupported for one that is not listed, ProviderMisconfigured past its end.
    """
    models = image_capabilities(name).models
    model = model or next(iter(models))
    facts = registry.row(models, model)
    refuse_retired(name, model, facts.retirement, today=today)
    return model, facts


def image_model(name: str, settings: Settings) -> ImageModel:
    """Raises ProviderMisconfigured saying what is missing."""
    model: ImageModel = registry.build(IMAGE, name, settings)
    return model
