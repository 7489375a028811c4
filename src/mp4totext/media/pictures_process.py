"""The child process that decodes the video of one file; ``sandbox`` sends its requests."""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from av.filter import Graph
from av.video.reformatter import (
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)
from numpy.typing import NDArray

from mp4totext.media.errors import NoPictures
from mp4totext.media.film import Film
from mp4totext.media.sandbox_process import Answer
from mp4totext.media.structure import Structure

_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED
_HD_HEIGHT = 720
_HDR = frozenset({ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67})  # PQ and HLG

_Plane = NDArray[np.uint8]


class Pictures:
    """A task of the sandbox."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._film: Film | None = None
        self._size = (0, 0)
        self._reformatter = VideoReformatter()
        self._tone_mapping: tuple[tuple[Any, ...], Graph] | None = None

    def answer(self, request: Mapping[str, Any]) -> Iterator[Answer]:
        match request["do"]:
            case "open":
                known = request["structure"]
                structure = None if known is None else Structure.from_json(known)
                yield self._open(structure, request["pixels_max"]), b""
            case "length":
                assert self._film is not None
                yield {"length_us": self._film.length_us()}, b""
            case "read":
                yield from self._read(
                    request["start_us"], request["fps"], request["first"], request["stop"]
                )

    def _open(self, structure: Structure | None, pixels_max: int) -> dict[str, Any]:
        """The properties of the video; in a file of joined recordings, those of the first."""
        self._film = Film(self._path, structure)
        _, first = next(self._film.pictures(0), (0, None))
        if first is None:
            raise NoPictures("Nothing can be read from the recording's video track.")
        self._size = _shown_size(first, self._film.aspect, pixels_max)
        rate = self._film.rate
        return {
            "width": self._size[0],
            "height": self._size[1],
            # The rotation that a player applies; counter-clockwise in PyAV.
            "turn": -int(getattr(first, "rotation", 0) or 0) % 360,
            "rate": [int(getattr(rate, "numerator", 0)), int(getattr(rate, "denominator", 1))],
        }

    def _read(self, start_us: int, fps: int, first: int, stop: int) -> Iterator[Answer]:
        """One message for each frame: the picture whose time, rounded to a frame, has come."""
        early_us = 500_000 // fps
        assert self._film is not None
        frames = self._film.pictures(start_us + first * 1_000_000 // fps)
        following = next(frames, None)
        shown = None if following is None else following[1]
        data: bytes | None = None
        for number in range(first, stop):
            at_us = start_us + number * 1_000_000 // fps + early_us
            while following is not None and following[0] < at_us:
                shown, data = following[1], None
                following = next(frames, None)
            if data is None:
                data = self._planes(shown)
            yield {}, data

    def _planes(self, frame: Any) -> bytes:
        """The planes of a frame; black before the first one."""
        width, height = self._size
        if frame is None:
            return bytes([16]) * (width * height) + bytes([128]) * (width * height // 2)
        if frame.color_trc in _HDR:
            scaled = self._tone_mapped(frame)
        else:
            scaled = self._reformatter.reformat(
                frame,
                width=width,
                height=height,
                format="yuv420p",
                src_colorspace=_colorspace(frame),
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation=Interpolation.BICUBIC,
            )
        return b"".join(_packed(plane) for plane in scaled.planes)

    def _tone_mapped(self, frame: Any) -> Any:
        """HDR as SDR. The reformatter converts no transfer function: it would look grey."""
        kind = frame.width, frame.height, frame.format.name, frame.color_trc
        if self._tone_mapping is None or self._tone_mapping[0] != kind:
            self._tone_mapping = kind, _tone_mapping(frame, *self._size)
        graph = self._tone_mapping[1]
        graph.push(frame)
        return graph.pull()


def _tone_mapping(frame: Any, width: int, height: int) -> Graph:
    """Its tables take some seconds of a processor."""
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1_000)
    )
    scale = graph.add(
        "scale",
        f"{width}:{height}:flags=bicubic:out_color_matrix=bt709:out_range=tv:"
        "out_primaries=bt709:out_transfer=bt709",
    )
    graph.link_nodes(source, scale, graph.add("format", "yuv420p"), graph.add("buffersink"))
    graph.configure()
    return graph


def _colorspace(frame: Any) -> Any:  # a Colorspace, or FFmpeg's number of one
    """The colour matrix. If the file declares none, it is guessed by size, as players do."""
    if frame.colorspace != _UNSPECIFIED:
        return frame.colorspace
    return Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601


def _packed(plane: Any) -> bytes:
    """A plane without the padding at the ends of its rows."""
    rows: _Plane = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width].tobytes()


def _shown_size(frame: Any, aspect: Any, pixels_max: int) -> tuple[int, int]:
    """The size for square pixels: at most ``pixels_max`` of them, and even."""
    width, height = float(frame.width), float(frame.height)
    ratio = float(aspect) if aspect else 1.0
    if 1 / 16 <= ratio <= 16:  # other ratios are a broken header
        width *= ratio
    scale = min(1.0, math.sqrt(pixels_max / (width * height)))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
