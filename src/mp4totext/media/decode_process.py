"""The child that decodes one file; asked and answered through ``sandbox``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np

from mp4totext.media.sandbox_process import Answer
from mp4totext.media.tracks import TrackReader

_BLOCK_MS = 5_000  # what one message holds: small enough that 64 channels of it are 20 MB


class Decode:
    """Work of the sandbox."""

    def __init__(self, path: Path) -> None:
        av.logging.set_level(None)
        self._track = TrackReader(path)

    def answer(self, request: Mapping[str, Any]) -> Iterator[Answer]:
        if request["do"] == "open":
            yield {"channels": self._track.channels, "layout": self._track.layout}, b""
            return
        weights = request["weights"]
        for start_ms in range(request["start"], request["end"], _BLOCK_MS):
            end_ms = min(start_ms + _BLOCK_MS, request["end"])
            channels = self._track.read_channels(start_ms, end_ms)
            if weights is not None:
                channels = np.array([weights], np.float32) @ channels
            yield {"warnings": self._track.warnings}, np.ascontiguousarray(channels)
            if channels.shape[1] < (end_ms - start_ms) * 16:
                return
