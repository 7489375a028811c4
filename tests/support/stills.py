"""Encoded pictures for requests and for responses of vendors."""

from io import BytesIO

import numpy as np
from PIL import Image


def picture(width: int = 64, height: int = 36, *, seed: int = 0, kind: str = "PNG") -> bytes:
    """A picture of random blocks, which differs for each seed."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 255, (9, 16, 3), np.uint8)
    image = Image.fromarray(blocks).resize((width, height), Image.Resampling.NEAREST)
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()


def small_png() -> bytes:
    return picture()


def flat(width: int, height: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), (40, 40, 40)).save(file, "PNG")
    return file.getvalue()
