"""The child process that decodes one file; ``sandbox`` sends its requests."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from mp4totext.media.errors import DamagedMedia
from mp4totext.media.measure import measure
from mp4totext.media.samples import SAMPLE_RATE, Channels
from mp4totext.media.sandbox_process import Answer
from mp4totext.media.structure import Structure
from mp4totext.media.tracks import TrackReader

_BLOCK_SAMPLES = 5_000_000  # over all channels, in one message: 20 MB at most
_BLOCK_MS_MAX = 10_240

_Feeds = Sequence[Sequence[tuple[int, int, float]]]  # (track, channel, weight) of each input


class Decode:
    """A task of the sandbox."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._structure: Structure | None = None
        self._high_pass = False
        self._rate = SAMPLE_RATE
        self._tracks: dict[tuple[int, bool, int], TrackReader] = {}

    def answer(self, request: Mapping[str, Any]) -> Iterator[Answer]:
        match request["do"]:
            case "open":
                yield from self._open(request["structure"])
            case "read":
                self._high_pass = bool(request["high_pass"])
                self._rate = int(request["rate"])
                yield from self._read(request["feeds"], request["start"], request["end"])

    def _open(self, known: dict[str, Any] | None) -> Iterator[Answer]:
        structure = measure(self._path) if known is None else Structure.from_json(known)
        self._structure = structure
        yield asdict(structure), b""

    def _read(self, feeds: _Feeds, start_ms: int, end_ms: int) -> Iterator[Answer]:
        """Blocks of (feeds, samples), up to the end of the recording."""
        assert self._structure is not None
        end_ms = min(end_ms, self._structure.length_ms)
        tracks = self._structure.tracks
        widest = max(len(feeds), *(tracks[t - 1].channels for t, _, _ in _inputs(feeds)))
        block_ms = max(100, min(_BLOCK_MS_MAX, _BLOCK_SAMPLES // widest // self._per_ms))
        for at_ms in range(start_ms, end_ms, block_ms):
            mixed = self._mixed(feeds, at_ms, min(at_ms + block_ms, end_ms))
            self._refuse_shorter()
            warnings = {w for track in self._tracks.values() for w in track.warnings}
            yield {"warnings": sorted(warnings)}, mixed

    def _refuse_shorter(self) -> None:
        """Another program may write the file anew meanwhile. A deleted one is read to its end."""
        assert self._structure is not None
        with suppress(FileNotFoundError):
            if self._path.stat().st_size < self._structure.size_bytes:
                raise DamagedMedia(
                    "The file became shorter while it was read: another program is writing it. "
                    "Try again when that is done."
                )

    @property
    def _per_ms(self) -> int:
        return self._rate // 1_000

    def _mixed(self, feeds: _Feeds, start_ms: int, end_ms: int) -> Channels:
        """The mixed feeds; tracks that end before others are silent from there on."""
        samples = (end_ms - start_ms) * self._per_ms
        out = np.zeros((len(feeds), samples), np.float32)
        for number in dict.fromkeys(track for track, _, _ in _inputs(feeds)):
            part = self._track(number).read_channels(start_ms, end_ms)
            weights = np.zeros((len(feeds), part.shape[0]), np.float32)
            for row, feed in enumerate(feeds):
                for track, channel, weight in feed:
                    if track == number:
                        weights[row, channel - 1] += weight
            out[:, : part.shape[1]] += _weighted(weights, part)
        return out

    def _track(self, number: int) -> TrackReader:
        assert self._structure is not None
        key = (number, self._high_pass, self._rate)
        if key not in self._tracks:
            self._tracks[key] = TrackReader(
                self._path, self._structure, number, high_pass=self._high_pass, rate=self._rate
            )
        return self._tracks[key]


def _inputs(feeds: _Feeds) -> Iterator[tuple[int, int, float]]:
    return (each for feed in feeds for each in feed)


def _weighted(weights: Channels, part: Channels) -> Channels:
    if weights.shape[0] == weights.shape[1] and np.array_equal(weights, np.eye(len(weights))):
        return part  # each channel separately
    return weights @ part
