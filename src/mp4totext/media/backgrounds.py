"""Soft backgrounds from a seed and a palette; the same seed gives the same bytes. Pure."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Palette: TypeAlias = Literal["dusk", "ocean", "moss", "plum", "slate", "paper"]
Floats: TypeAlias = NDArray[np.float32]

Colour: TypeAlias = tuple[int, int, int]  # sRGB


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """The colours of a palette. ``spots[0]`` is the background, ``ink`` the text's colour."""

    spots: tuple[Colour, ...]
    ink: Colour = (255, 255, 255)
    accent: Colour = (255, 214, 92)
    others: tuple[Colour, ...] = ()  # accents of the chapters after the first


PALETTES: dict[Palette, Colours] = {
    "dusk": Colours(
        spots=((24, 22, 44), (58, 40, 82), (128, 62, 84), (34, 52, 92)),
        others=((255, 158, 128), (134, 208, 255), (198, 178, 255)),
    ),
    "ocean": Colours(
        spots=((10, 26, 40), (16, 62, 84), (28, 98, 110), (22, 40, 78)),
        others=((118, 226, 214), (150, 196, 255), (255, 178, 140)),
    ),
    "moss": Colours(
        spots=((18, 28, 24), (36, 64, 48), (82, 92, 52), (24, 52, 58)),
        others=((188, 224, 128), (255, 184, 120), (138, 218, 208)),
    ),
    "plum": Colours(
        spots=((30, 16, 36), (82, 34, 74), (116, 52, 60), (46, 38, 92)),
        others=((255, 164, 186), (178, 186, 255), (255, 172, 118)),
    ),
    "slate": Colours(
        spots=((16, 19, 24), (34, 40, 50), (62, 72, 86), (26, 32, 44)),
        accent=(126, 200, 255),
        others=((158, 226, 196), (255, 200, 128), (208, 192, 255)),
    ),
    "paper": Colours(
        spots=((250, 245, 232), (245, 230, 204), (240, 206, 164), (233, 226, 214)),
        ink=(38, 32, 28),
        accent=(168, 62, 22),
        others=((18, 84, 140), (34, 96, 44), (132, 32, 84)),
    ),
}

# Linear RGB to the cone responses of OKLab, and from their cube roots to it (Ottosson, 2020).
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_TURNED = 0.42  # share of a spot's colour in the ground of another chapter
_QUIET = 2.4  # weight of the ground against the spots, in the middle of the text


def background(
    width: int,
    height: int,
    *,
    palette: Palette | Colours,
    seed: int,
    quiet_at: tuple[float, float] | None = None,
) -> Floats:
    """An RGB picture of 0 to 1, (height, width, 3), with spots that run into each other.

    ``quiet_at``: where text will stand, as shares of width and height; it is mostly ground there.
    Colours are mixed in OKLab, as the middle of two colours looks muddy in sRGB and in linear
    light. One level of noise hides the steps of 8 bits.
    """
    rng = np.random.default_rng(seed)
    longest = max(width, height)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / np.float32(longest)
    x, y = (
        x + 0.06 * np.sin(5 * y + rng.uniform(0, 6)),
        y + 0.06 * np.sin(4 * x + rng.uniform(0, 6)),
    )
    colours = [_oklab(colour) for colour in colours_of(palette).spots]
    total = np.full((height, width), 0.55, np.float32)
    if quiet_at is not None:
        at_x, at_y = quiet_at[0] * width / longest, quiet_at[1] * height / longest
        total += _QUIET * np.exp(-((x - at_x) ** 2 / 0.16 + (y - at_y) ** 2 / 0.05))
    mixed = total[..., None] * colours[0].astype(np.float32)
    for colour in colours[1:]:
        centre_x, centre_y = rng.uniform(0, 1, 2) * (width, height) / longest
        weight = np.exp(-((x - centre_x) ** 2 + (y - centre_y) ** 2) / 0.09).astype(np.float32)
        total += weight
        mixed += weight[..., None] * colour.astype(np.float32)
    rgb = _srgb(mixed / total[..., None])
    noise = rng.uniform(-0.5, 0.5, (height, width, 1)).astype(np.float32) / 255
    return np.clip(rgb + noise, 0, 1).astype(np.float32)


def colours_of(palette: Palette | Colours) -> Colours:
    return PALETTES[palette] if isinstance(palette, str) else palette


def turned(colours: Colours, number: int) -> Colours:
    """The colours of a chapter, from 0: another accent, and a ground that leans to another spot."""
    ground, *spots = colours.spots
    if not number:
        return colours
    at = (number - 1) % len(spots)
    lab = _oklab(ground) * (1 - _TURNED) + _oklab(spots[at]) * _TURNED
    red, green, blue = np.rint(_srgb(lab.astype(np.float32)) * 255).astype(int).tolist()
    accents = (colours.accent, *colours.others)
    return replace(
        colours,
        spots=((red, green, blue), *spots[at:], *spots[:at]),
        accent=accents[number % len(accents)],
    )


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21. Text needs 4.5, large text 3."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    srgb = np.array(colour) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _oklab(colour: Colour) -> NDArray[np.float64]:
    srgb = np.array(colour) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = _TO_LAB @ np.cbrt(_TO_LMS @ linear)
    return lab


def _srgb(lab: Floats) -> Floats:
    lms = (lab @ np.linalg.inv(_TO_LAB).T.astype(np.float32)) ** 3
    linear = np.clip(lms @ np.linalg.inv(_TO_LMS).T.astype(np.float32), 0, 1)
    return np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.power(linear, 1 / 2.4) - 0.055
    ).astype(np.float32)
