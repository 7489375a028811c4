"""Encodes sound for vendors: FLAC is lossless, and about half the size of the samples."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np

from mp4totext.providers.base import SAMPLE_RATE, Report, Samples
from mp4totext.providers.speech.base import FileRequest

_WINDOW_MS = 60_000
_BLOCK = 4_096  # FLAC's usual block size


def flac(samples: Samples) -> bytes:
    """One window as FLAC; five minutes are about 5 MB."""
    buffer = io.BytesIO()
    write_flac(buffer, [samples])
    return buffer.getvalue()


def write_file(path: Path, request: FileRequest, report: Report) -> None:
    """Write the whole recording, window by window, on the recording's time line."""
    with path.open("wb") as file:
        write_flac(file, _windows(request, report))


def _windows(request: FileRequest, report: Report) -> Iterator[Samples]:
    for start in range(0, request.duration_ms, _WINDOW_MS):
        yield request.read(start, min(start + _WINDOW_MS, request.duration_ms))
        report(0)  # raises if the job was cancelled, before anything is paid


def write_flac(file: BinaryIO, windows: Iterable[Samples]) -> None:
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
        for window in windows:
            for at in range(0, len(window), _BLOCK):
                block = (np.clip(window[at : at + _BLOCK], -1.0, 1.0) * 32_767).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(block[None], format="s16", layout="mono")
                frame.sample_rate = SAMPLE_RATE
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
