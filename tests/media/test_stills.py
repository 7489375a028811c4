"""Uploaded pictures: rotated upright, without metadata, within limits."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mp4totext.media.errors import EmptyFile, MediaError, NotAPicture
from mp4totext.media.stills import Still, encoded, read_still, thumbnail


def cornered(width: int = 80, height: int = 40) -> Image.Image:
    """Black, with a red quarter at the top left."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (255, 0, 0)
    return Image.fromarray(pixels)


def saved(path: Path, image: Image.Image, kind: str, **options: object) -> Path:
    image.save(path, kind, **options)
    return path


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_turned_picture_is_read_upright(tmp_path: Path, kind: str) -> None:
    image = cornered()
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned clockwise
    still = read_still(saved(tmp_path / "name-says-nothing.txt", image, kind, exif=exif))
    assert (still.width, still.height) == (40, 80)
    assert still.pixels[5, 30, 0] > 240
    assert still.pixels[5, 5, 0] < 15


def test_a_large_picture_is_scaled_in_its_own_shape(tmp_path: Path) -> None:
    still = read_still(saved(tmp_path / "a", cornered(800, 400), "PNG"), pixels_max=20_000)
    assert (still.width, still.height) == (200, 100)


def test_what_shows_through_is_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    still = read_still(saved(tmp_path / "a", image, "PNG"))
    assert still.pixels.min() == 255


def test_a_picture_of_stripes_of_grey_or_palette_is_read(tmp_path: Path) -> None:
    for number, image in enumerate((cornered().convert("L"), cornered().convert("P"))):
        still = read_still(saved(tmp_path / str(number), image, "PNG"))
        assert still.pixels.shape == (40, 80, 3)


def bomb(path: Path) -> Path:
    """A PNG of 50,000 x 50,000 pixels in a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    data = (
        chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10_000)) + chunk(b"IEND", b"")
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    return path


def animated(kind: str) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        more = [cornered().rotate(180)]
        return saved(path, cornered(), kind, save_all=True, append_images=more)

    return make


def of(data: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


REFUSED = {
    "a bomb": bomb,
    "an animated PNG": animated("PNG"),
    "an animated WebP": animated("WEBP"),
    "a GIF": lambda path: saved(path, cornered(), "GIF"),
    "CMYK": lambda path: saved(path, cornered().convert("CMYK"), "JPEG"),
    "one pixel": lambda path: saved(path, Image.new("RGB", (1, 1)), "PNG"),
    "a text": of(b"hello"),
    "only a head": of(b"\xff\xd8\xff\xe0"),
    "an SVG": of(b'<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>'),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_single_picture_is_refused(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(NotAPicture):
        read_still(make(tmp_path / "a"))


def test_an_empty_file_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        read_still(of(b"")(tmp_path / "a"))


def test_a_file_larger_than_any_picture_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with path.open("wb") as file:
        file.write(b"\xff\xd8\xff")
        file.truncate(41 << 20)
    with pytest.raises(MediaError):
        read_still(path)


@pytest.mark.parametrize(("kind", "off"), [("jpeg", 4), ("png", 0)])
def test_an_encoded_picture_has_its_pixels_and_nothing_else(kind: str, off: int) -> None:
    still = Still(np.asarray(cornered()))
    image = Image.open(BytesIO(encoded(still, kind)))  # type: ignore[arg-type]
    assert np.abs(np.asarray(image.convert("RGB")).astype(int) - still.pixels).max() <= off
    assert not image.getexif()


def test_webp_is_written_too() -> None:
    data = encoded(Still(np.asarray(cornered())), "webp")
    assert Image.open(BytesIO(data)).size == (80, 40)


def test_a_thumbnail_keeps_the_shape_and_never_grows() -> None:
    still = Still(np.asarray(cornered(960, 480)))
    assert thumbnail(still).pixels.shape == (240, 480, 3)
    small = Still(np.asarray(cornered(40, 20)))
    assert thumbnail(small).pixels.shape == (20, 40, 3)
