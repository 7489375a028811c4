"""The styles of pictures: what a prompt gets added, and how a card looks."""

from collections.abc import Mapping
from dataclasses import dataclass

from mp4totext.images.errors import UnknownStyle
from mp4totext.media.backgrounds import Palette

DEFAULT = "cinematic"
NEVER = "No text, letters, captions, logos or watermarks."
"""Ends every prompt: text drawn by a model is rarely legible, and logos are trademarks."""

NEGATIVE = "text, letters, captions, logo, watermark, low quality"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    title: str
    suffix: str  # follows the description in a prompt
    negative: str  # for models that take one
    palette: Palette  # of cards


STYLES: Mapping[str, Style] = {
    "professional": Style(
        title="Professional",
        suffix="Clean editorial photograph, natural light, neutral colours, uncluttered.",
        negative="cartoon, clutter, harsh flash",
        palette="slate",
    ),
    "artistic": Style(
        title="Artistic",
        suffix="Expressive oil painting, visible brushwork, rich colour, strong composition.",
        negative="photograph, flat colours",
        palette="plum",
    ),
    "technical": Style(
        title="Technical",
        suffix="Precise isometric illustration, thin lines, plain background, clear parts.",
        negative="photograph, blur, decoration",
        palette="ocean",
    ),
    "minimalist": Style(
        title="Minimalist",
        suffix="Minimalist composition, one subject, much empty space, two or three colours.",
        negative="clutter, busy background, many objects",
        palette="paper",
    ),
    "cinematic": Style(
        title="Cinematic",
        suffix="Cinematic film still, 35 mm, shallow depth of field, low warm light.",
        negative="cartoon, flat light, oversaturated",
        palette="dusk",
    ),
    "documentary": Style(
        title="Documentary",
        suffix="Documentary photograph, available light, candid, true colours.",
        negative="posed, studio light, painting",
        palette="moss",
    ),
    "watercolour": Style(
        title="Watercolour",
        suffix="Loose watercolour on rough paper, soft edges, pale washes.",
        negative="photograph, hard outlines, neon",
        palette="paper",
    ),
    "paper-cut": Style(
        title="Paper cut",
        suffix="Layered paper-cut illustration, soft shadows between the layers, bold shapes.",
        negative="photograph, gradients, fine texture",
        palette="ocean",
    ),
}


def style_of(name: str) -> Style:
    """Raises UnknownStyle, which lists the styles."""
    try:
        return STYLES[name]
    except KeyError:
        raise UnknownStyle(
            f"There is no style {name!r}: choose one of {', '.join(STYLES)}."
        ) from None


def full_prompt(description: str, style: Style) -> str:
    return f"{description.rstrip('. ')}. {style.suffix} {NEVER}"


def full_negative(negative: str, style: Style) -> str:
    return ", ".join(part for part in (negative.strip(" ,"), style.negative, NEGATIVE) if part)
