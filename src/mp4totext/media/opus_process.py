"""The child process that decodes one live stream of Opus; ``streams`` sends its requests."""

import itertools
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler

from mp4totext.media.errors import DamagedMedia, MediaError, NotMedia, TooComplex
from mp4totext.media.samples import SAMPLE_RATE, Pcm
from mp4totext.media.sandbox_process import Answer

_NOTHING: Pcm = np.zeros(0, np.int16)
# Without these FFmpeg would first analyse five seconds to find out what is already known.
_AT_ONCE = {"probesize": "32", "analyzeduration": "0", "fflags": "nobuffer"}
_END_S = 10
_AHEAD_FRAMES = 1_000  # 20 s with browsers, 2 minutes at most
_ROOM_S = 0.2
_PIECES = 100  # frames that are output together at the end


def not_opus(demuxer: str) -> str:
    """The error message for a stream that cannot be decoded."""
    return f"The stream is not Opus in {demuxer}, or damaged."


class OpusWork:
    """A task of the sandbox. Each request has bytes of the stream, or says that it has ended."""

    def __init__(self, _path: Path) -> None:
        self._decoder: OpusDecoder | None = None

    def answer(self, request: Mapping[str, Any]) -> Iterator[Answer]:
        """``demuxer``: FFmpeg's name of the container; ``data``; ``end``: also output the rest."""
        decoder = self._decoder = self._decoder or OpusDecoder(request["demuxer"])
        pieces = decoder.finish() if request.get("end") else [decoder.feed(request["data"])]
        for piece in pieces:
            yield {}, piece


class OpusDecoder:
    """Decodes sound that arrives in pieces, in a thread, as FFmpeg's reads block.

    The thread decodes only a limited number of frames ahead: a packet of two bytes may contain 120
    ms, so a megabyte may contain hours.
    """

    def __init__(self, demuxer: str) -> None:
        self._demuxer = demuxer
        self._input: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._left = b""
        self._came = self._decodes = self._at_end = self._ended = self._closed = False
        self._output: queue.Queue[Pcm | None] = queue.Queue(_AHEAD_FRAMES)  # None: the end
        self._error: MediaError | None = None
        self._thread = threading.Thread(target=self._run, name="opus", daemon=True)
        self._thread.start()

    def feed(self, data: bytes) -> Pcm:
        if data:
            self._input.put(data)
        pieces = []
        while not self._output.empty() and (piece := self._take()) is not None:
            pieces.append(piece)
        if not pieces and self._error is not None:
            raise self._error
        return np.concatenate(pieces) if pieces else _NOTHING

    def finish(self) -> Iterator[Pcm]:
        self._input.put(None)
        pieces: list[Pcm] = []
        while (piece := self._take()) is not None:
            pieces.append(piece)
            if len(pieces) >= _PIECES:
                yield np.concatenate(pieces)
                pieces = []
        if pieces:
            yield np.concatenate(pieces)
        if self._error is not None:
            raise self._error

    def _take(self) -> Pcm | None:
        """The next piece; None at the end, also when called again."""
        if self._ended:
            return None
        try:
            piece = self._output.get(timeout=_END_S)
        except queue.Empty as e:
            raise TooComplex("Decoding the stream takes too much time.") from e
        self._ended = piece is None
        return piece

    def close(self) -> None:
        self._closed = True
        self._input.put(None)
        while not self._output.empty():  # the thread may be waiting for space
            self._output.get()
        self._thread.join(_END_S)

    def read(self, size: int) -> bytes:
        """Called by FFmpeg. Blocks until there are bytes; returns none at the end."""
        if not self._left and not self._at_end:
            data = self._input.get()
            self._at_end, self._left = data is None, data or b""
            self._came = self._came or bool(data)
        data, self._left = self._left[:size], self._left[size:]
        return data

    def _run(self) -> None:
        try:
            self._decode()
        except MemoryError:  # also FFmpeg's: it says nothing about where the stream was cut
            self._error = TooComplex("Decoding the stream takes too much memory.")
        except (av.error.FFmpegError, IndexError, ValueError):
            # Otherwise it was cut inside a frame, or nothing arrived.
            if not self._at_end or (self._came and not self._decodes):
                self._error = DamagedMedia(not_opus(self._demuxer))
        finally:
            self._put(None)

    def _decode(self) -> None:
        with av.open(self, "r", format=self._demuxer, options=dict(_AT_ONCE)) as container:
            stream = container.streams.audio[0]
            if stream.codec_context.name not in ("opus", "libopus"):
                self._error = NotMedia(f"The sound is {stream.codec_context.name}, not Opus.")
                return
            resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            frames = itertools.chain(container.decode(stream), [None])
            for resampled in (piece for frame in frames for piece in resampler.resample(frame)):
                if self._closed:
                    return
                self._decodes = True
                self._put(np.asarray(resampled.to_ndarray().reshape(-1), np.int16))

    def _put(self, piece: Pcm | None) -> None:
        """Blocks until there is space, unless the decoder is closed."""
        while not self._closed:
            with suppress(queue.Full):
                self._output.put(piece, timeout=_ROOM_S)
                break
