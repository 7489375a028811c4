"""Providers of pictures, those of this machine first."""

from mp4totext.providers import registry
from mp4totext.providers.image.base import ImageCapabilities, ImageModel, ImageModelFacts
from mp4totext.providers.registry import Entry, Table
from mp4totext.settings import Settings

_FULL_HD = 1920 * 1080

IMAGE: Table[ImageCapabilities] = {
    "local": Entry(
        title="Cards and frames, on this machine",
        factory="mp4totext.providers.image.local:LocalImages",
        capabilities=ImageCapabilities(
            models={
                "card": ImageModelFacts(
                    price="local",
                    max_pixels=_FULL_HD,
                    seeds="exact",
                    text_ok=True,
                    typeset=True,
                    step=2,
                ),
                "frame": ImageModelFacts(price="frame", max_pixels=_FULL_HD, from_recording=True),
            },
            local=True,
        ),
    ),
}


def image_model(name: str, settings: Settings) -> ImageModel:
    """Raises ProviderMisconfigured saying what is missing."""
    model: ImageModel = registry.build(IMAGE, name, settings)
    return model
