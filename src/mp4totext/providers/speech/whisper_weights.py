"""A copy of a small Whisper model for CTranslate2 with 8-bit weights, which loads in a fifth.

On a processor CTranslate2 rounds the weights of a model to 8 bits at each load, which takes 0.33 s
and 256 MB for ``base``. The copy has the same numbers, and takes 0.07 s and 82 MB.
"""

import shutil
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from mp4totext.providers.model_files import remove_copies

_MAX_BYTES = 200_000_000  # of a model; the copy has 0.55 of it, and a larger one is not worth that
_RECIPE = "1"  # increased if the copy changes, so that older ones are not used
_FORMAT = 6  # of CTranslate2's files
_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_NUMBERS = {np.dtype(kind): number for number, kind in _TYPES.items()}
_LOCK_TIMEOUT_S = 120.0

_Array = NDArray[np.generic]


def eight_bit(folder: Path, cache_dir: Path) -> Path:
    """The folder of the copy, made once in ``cache_dir``; ``folder`` if it cannot be or gains
    nothing. Safe in concurrent processes.
    """
    facts = (folder / "model.bin").stat()
    if facts.st_size > _MAX_BYTES:
        return folder
    copy = cache_dir / f"whisper-{folder.name}-{facts.st_size}-{facts.st_mtime_ns}-r{_RECIPE}"
    if copy.is_dir():
        return copy
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(cache_dir / "whisper.lock", timeout=_LOCK_TIMEOUT_S):
            if not copy.is_dir():
                remove_copies(folder.name, cache_dir)
                _make(folder, copy)
    except (OSError, ValueError, struct.error):  # no place for it, or a file that is not known here
        return folder
    return copy


def _make(folder: Path, copy: Path) -> None:
    model = _Model((folder / "model.bin").read_bytes())
    with tempfile.TemporaryDirectory(dir=copy.parent) as scratch:
        made = Path(scratch) / "model"
        shutil.copytree(folder, made, ignore=shutil.ignore_patterns("model.bin"))
        with (made / "model.bin").open("wb") as target:
            _write(target, model)
        made.rename(copy)


class _Model:
    """A file of CTranslate2: a name and a revision, arrays by name, and other names of them."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        if self._number("I") != _FORMAT:
            raise ValueError("another format")
        self.name, self.revision = self._text(), self._number("I")
        self.arrays = [self._array() for _ in range(self._number("I"))]
        self.aliases = [(self._text(), self._text()) for _ in range(self._number("I"))]

    def _number(self, kind: str) -> int:
        (number,) = struct.unpack_from(f"<{kind}", self._content, self._at)
        self._at += struct.calcsize(kind)
        return int(number)

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._content[self._at - count : self._at]

    def _text(self) -> bytes:
        return self._bytes(self._number("H"))

    def _array(self) -> tuple[bytes, _Array]:
        name = self._text()
        shape = [self._number("I") for _ in range(self._number("B"))]
        kind = _TYPES.get(self._number("B"))
        if kind is None:
            raise ValueError("another type")
        return name, np.frombuffer(self._bytes(self._number("I")), kind).reshape(shape)


def _write(target: BinaryIO, model: _Model) -> None:
    arrays = [rounded for name, array in model.arrays for rounded in _rounded(name, array)]
    target.write(struct.pack("<I", _FORMAT) + _text(model.name))
    target.write(struct.pack("<II", model.revision, len(arrays)))
    for name, array in sorted(arrays, key=lambda named: named[0]):
        target.write(_text(name) + struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape))
        target.write(struct.pack("<BI", _NUMBERS[array.dtype], array.nbytes) + array.tobytes())
    target.write(struct.pack("<I", len(model.aliases)))
    target.writelines(_text(name) for alias in model.aliases for name in alias)


def _text(text: bytes) -> bytes:
    return struct.pack("<H", len(text)) + text


def _rounded(name: bytes, array: _Array) -> Iterator[tuple[bytes, _Array]]:
    """A matrix of weights as CTranslate2 rounds it, and the scale of each of its rows."""
    if array.dtype not in (np.float16, np.float32):
        yield name, array
        return
    exact = array.astype(np.float32)
    if exact.ndim != 2 or not name.endswith(b"weight\0"):
        yield name, exact
        return
    largest = np.abs(exact).max(axis=1)
    scale = (127.0 / np.where(largest == 0.0, 127.0, largest)).astype(np.float32)
    yield name, np.rint(exact * scale[:, None]).astype(np.int8)
    yield name.replace(b"weight\0", b"weight_scale\0"), scale
