"""Detects faces in a picture with the network CenterFace on ONNX Runtime."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image

_SIDE_MAX = 320  # pixels of the network's input: a head across the room has about 20 of them
_MULTIPLE = 32  # the sides of the input are multiples of this
_STRIDE = 4  # input pixels for each position of the output
_MOUTH = 16, 8  # pixels
_SURE = 0.5  # lowest confidence of a face
_SAME = 0.3  # overlap above which two boxes are one face


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The box of a face, in shares of the picture's width and height, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float
    score: float = 1.0
    mouth: bytes = b""  # its region in grey, always of one size: speaking changes it

    @property
    def centre(self) -> float:
        """The horizontal centre."""
        return (self.left + self.right) / 2

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def overlap(self, other: "Face") -> float:
        """Intersection over union with another box."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        both = max(0.0, wide) * max(0.0, high)
        return both / (self.area + other.area - both) if both else 0.0


class FaceFinder:
    def __init__(self, model: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # The model file has weights that nothing uses, which would be logged.
        options.log_severity_level = 3
        self._session = ort.InferenceSession(_any_size(model), options)
        self._input = self._session.get_inputs()[0].name

    def find(self, pixels: NDArray[np.uint8]) -> tuple[Face, ...]:
        """The faces in an RGB picture (height, width, 3), the most confident first."""
        image = Image.fromarray(pixels)
        scale = min(1.0, _SIDE_MAX / max(image.size))
        wide, high = (max(1, round(side * scale / _MULTIPLE)) * _MULTIPLE for side in image.size)
        seen = np.asarray(image.resize((wide, high), Image.Resampling.BILINEAR), np.float32)
        heat, scales, offsets, _ = self._session.run(
            None, {self._input: np.ascontiguousarray(seen.transpose(2, 0, 1)[None])}
        )
        places = np.argwhere(heat[0, 0] > _SURE)
        faces = []
        for row, column in places:
            half_high, half_wide = np.exp(scales[0, :, row, column]) * _STRIDE / 2
            down, across = (
                (place + offsets[0, axis, row, column] + 0.5) * _STRIDE
                for axis, place in enumerate((row, column))
            )
            faces.append(
                Face(
                    left=max(0.0, float(across - half_wide) / wide),
                    top=max(0.0, float(down - half_high) / high),
                    right=min(1.0, float(across + half_wide) / wide),
                    bottom=min(1.0, float(down + half_high) / high),
                    score=float(heat[0, 0, row, column]),
                )
            )
        kept: list[Face] = []  # without duplicates (non-maximum suppression)
        for face in sorted(faces, key=lambda face: -face.score):
            if all(face.overlap(other) < _SAME for other in kept):
                kept.append(face)
        return tuple(replace(face, mouth=_mouth(image, face)) for face in kept)


def _mouth(image: Image.Image, face: Face) -> bytes:
    wide, high = face.right - face.left, face.bottom - face.top
    box = (
        (face.left + 0.25 * wide) * image.width,
        (face.top + 0.62 * high) * image.height,
        (face.right - 0.25 * wide) * image.width,
        face.bottom * image.height,
    )
    return image.convert("L").resize(_MOUTH, Image.Resampling.BOX, box).tobytes()


def _any_size(model: Path) -> bytes:
    """The network for one picture of any size; the file declares ten pictures of 32x32."""
    import onnx  # noqa: PLC0415  # 13 MB of every worker, needed to look for faces

    graph: Any = onnx.load(str(model))
    weights = {weight.name for weight in graph.graph.initializer}
    pictures = [value for value in graph.graph.input if value.name not in weights]
    del graph.graph.input[:]
    graph.graph.input.extend(pictures)
    for value in (*graph.graph.input, *graph.graph.output):
        for at, dimension in enumerate(value.type.tensor_type.shape.dim):
            if at != 1:  # channels
                dimension.dim_param = f"{value.name}-{at}"
    serialized: bytes = graph.SerializeToString()
    return serialized
