"""Reads the video of a recording at a constant frame rate, decoded in a limited process."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

from mp4totext.media.sandbox import DEFAULT_LIMITS, Limits, OpenFile
from mp4totext.media.structure import Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTrack:
    """A video track. ``width`` and ``height`` are even, for square pixels, before the turn.

    ``turn``: the rotation for display, clockwise in degrees.
    """

    width: int
    height: int
    turn: int
    rate: Fraction  # frames per second as declared; 0 if not declared

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height after the turn."""
        upright = self.turn % 180 == 0
        return (self.width, self.height) if upright else (self.height, self.width)


class PictureReader(OpenFile):
    """One open recording, for one thread at a time; close it.

    Every method raises a MediaError if the decoder exceeds its limits.
    """

    def __init__(
        self,
        path: Path,
        structure: Structure | None,
        *,
        pixels_max: int,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """``structure`` is None for a file without sound, whose time starts with its first picture.

        ``pixels_max``: larger pictures are scaled down. Raises NoPictures if there is no video.
        """
        known = structure and asdict(structure)
        super().__init__("pictures", path, limits, structure=known, pixels_max=pixels_max)
        facts = self._opened
        self.track = PictureTrack(
            width=facts["width"],
            height=facts["height"],
            turn=facts["turn"],
            rate=Fraction(*facts["rate"]),
        )

    def length_ms(self) -> int:
        """From the first picture to the end of the last, for a file without sound."""
        (message,) = self._child.ask(do="length")
        return int(message.facts["length_us"]) // 1_000

    def frames(self, start_ms: int, *, fps: int, first: int, stop: int) -> Iterator[memoryview]:
        """Frames ``first`` to ``stop`` (exclusive) at ``fps``, counted from ``start_ms``.

        Each is the picture shown at its time, as planar YUV 4:2:0 (BT.709, limited range). Before
        the first picture and after the last one, that picture is repeated.
        """
        order = {"start_us": start_ms * 1_000, "fps": fps, "first": first, "stop": stop}
        for message in self._child.ask(do="read", **order):
            yield message.data
