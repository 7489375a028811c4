"""The moving pictures of a recording at a constant rate, decoded in a limited process."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from mp4totext.media.sandbox import DEFAULT_LIMITS, Child, Limits
from mp4totext.media.structure import Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTrack:
    """``width`` and ``height`` are as shown: pixels are square, and even in number. ``turn`` is
    clockwise, in degrees, and still to be done."""

    width: int
    height: int
    turn: int
    rate: Fraction  # pictures a second, as the file says; 0 where it does not

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height after the turn."""
        upright = self.turn % 180 == 0
        return (self.width, self.height) if upright else (self.height, self.width)


class PictureReader:
    """One open recording. For one thread at a time; close it.

    Every method raises a MediaError when the file is too much for the decoder.
    """

    def __init__(
        self,
        path: Path,
        structure: Structure | None,
        *,
        pixels_max: int,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """``structure`` is None for a film without sound: its time begins with its first picture.

        ``pixels_max``: larger pictures are scaled down. Raises NoPictures where none are.
        """
        self._child = Child("pictures", path, limits)
        try:
            (opened,) = self._child.ask(
                do="open", structure=structure and asdict(structure), pixels_max=pixels_max
            )
        except BaseException:
            self._child.close()
            raise
        facts = opened.facts
        self.track = PictureTrack(
            width=facts["width"],
            height=facts["height"],
            turn=facts["turn"],
            rate=Fraction(*facts["rate"]),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._child.close()

    def length_ms(self) -> int:
        """From the first picture to the end of the last: of a film that has no sound to go by."""
        (message,) = self._child.ask(do="length")
        return int(message.facts["length_us"]) // 1_000

    def frames(self, start_ms: int, *, fps: int, first: int, stop: int) -> Iterator[memoryview]:
        """Frames ``first`` to ``stop`` (exclusive) of a video that begins at ``start_ms``.

        Each is what the recording shows at its time, as planar YUV 4:2:0 (BT.709, limited range).
        Before the first picture and after the last one, that one stands.
        """
        order = {"start_us": start_ms * 1_000, "fps": fps, "first": first, "stop": stop}
        for message in self._child.ask(do="read", **order):
            yield message.data
