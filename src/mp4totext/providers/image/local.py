"""Typeset cards, made on this machine without a model. A seed always gives the same bytes."""

from typing import cast, get_args

from mp4totext.media.backgrounds import Palette
from mp4totext.media.cards import Card, draw
from mp4totext.media.stills import encoded
from mp4totext.providers.access import Access
from mp4totext.providers.image.base import ImageCapabilities, ImageRequest, ImageResult, Picture

_PALETTES = get_args(Palette)


class LocalImages:
    def __init__(self, access: Access[ImageCapabilities]) -> None:
        """``access`` is not needed: cards have no settings."""

    def generate(self, request: ImageRequest) -> ImageResult:
        palette = request.palette if request.palette in _PALETTES else _PALETTES[0]
        pictures = []
        for seed in range(request.seed or 0, (request.seed or 0) + request.count):
            request.check()
            still = draw(
                card_of(request.prompt, request.language),
                request.width,
                request.height,
                palette=cast(Palette, palette),
                seed=seed,
            )
            pictures.append(Picture(data=encoded(still, "png"), seed=seed))
        return ImageResult(pictures=tuple(pictures), model=request.model)


def card_of(text: str, language: str | None = None) -> Card:
    """The card of a text of one, two or three paragraphs.

    One becomes the large text; of two the second is small below it; of three the first is small
    above it.
    """
    paragraphs = [part.strip() for part in text.strip().split("\n\n") if part.strip()]
    if len(paragraphs) < 2:
        return Card(large=text.strip(), language=language)
    if len(paragraphs) == 2:
        return Card(large=paragraphs[0], foot=paragraphs[1], language=language)
    small, large, *rest = paragraphs
    return Card(small=small, large=large, foot=" ".join(rest), language=language)
