"""Sound that comes in pieces, to 16 kHz samples; and those to a file that anything plays."""

import queue
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from mp4totext.media.decode import SAMPLE_RATE
from mp4totext.media.errors import DamagedMedia, NotMedia

Pcm: TypeAlias = NDArray[np.int16]  # 16 kHz mono

StreamFormat = Literal["pcm_s16le", "ogg_opus", "webm_opus"]
_DEMUXERS = {"ogg_opus": "ogg", "webm_opus": "matroska"}
# How files begin that are no bare samples.
_HEADS = (b"RIFF", b"OggS", b"\x1a\x45\xdf\xa3", b"fLaC", b"ID3")
_NOTHING: Pcm = np.zeros(0, np.int16)
# Without these FFmpeg would first listen for five seconds to find out what it knows already.
_AT_ONCE = {"probesize": "32", "analyzeduration": "0", "fflags": "nobuffer"}
_END_S = 10


class SoundStream(Protocol):
    """For one thread at a time; close it."""

    def feed(self, data: bytes) -> Pcm:
        """What is decoded by now. Raises NotMedia or DamagedMedia."""

    def finish(self) -> Pcm:
        """The rest."""

    def close(self) -> None: ...


def open_stream(form: StreamFormat) -> SoundStream:
    return PcmStream() if form == "pcm_s16le" else OpusStream(_DEMUXERS[form])


class PcmStream:
    """Samples as they are. A piece may end within one."""

    def __init__(self) -> None:
        self._rest = b""
        self._began = False

    def feed(self, data: bytes) -> Pcm:
        whole = self._rest + data
        if not self._began and len(whole) >= 4:
            self._began = True
            if whole.startswith(_HEADS):
                raise NotMedia(
                    "This is a file and not bare samples: send pcm_s16le without a header."
                )
        usable = len(whole) - len(whole) % 2
        self._rest = whole[usable:]
        return np.frombuffer(whole[:usable], "<i2").astype(np.int16)

    def finish(self) -> Pcm:
        return _NOTHING  # half a sample is none

    def close(self) -> None:
        """Nothing is open."""


class OpusStream:
    """Opus in Ogg or WebM, as browsers record it. FFmpeg reads it in a thread, as it waits."""

    def __init__(self, demuxer: str) -> None:
        self._demuxer = demuxer
        self._input: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._left = b""
        self._came = self._decodes = self._at_end = False
        self._output: queue.SimpleQueue[Pcm] = queue.SimpleQueue()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="opus", daemon=True)
        self._thread.start()

    def feed(self, data: bytes) -> Pcm:
        if data:
            self._input.put(data)
        return self._decoded()

    def finish(self) -> Pcm:
        self.close()
        return self._decoded()

    def close(self) -> None:
        self._input.put(None)
        self._thread.join(_END_S)

    def read(self, size: int) -> bytes:
        """FFmpeg's view of it: waits for bytes; none means the end."""
        if not self._left and not self._at_end:
            found = self._input.get()
            self._at_end, self._left = found is None, found or b""
            self._came = self._came or bool(found)
        data, self._left = self._left[:size], self._left[size:]
        return data

    def _decoded(self) -> Pcm:
        found = []
        while not self._output.empty():
            found.append(self._output.get())
        if not found and self._error is not None:
            raise self._error
        return np.concatenate(found) if found else _NOTHING

    def _run(self) -> None:
        try:
            self._decode()
        except (av.error.FFmpegError, IndexError, ValueError):
            if self._at_end and (self._decodes or not self._came):
                return  # cut in the middle of a frame, or nothing came
            self._error = DamagedMedia(f"The stream is not Opus in {self._demuxer}, or damaged.")

    def _decode(self) -> None:
        with av.open(self, "r", format=self._demuxer, options=dict(_AT_ONCE)) as container:
            stream = container.streams.audio[0]
            if stream.codec_context.name not in ("opus", "libopus"):
                self._error = NotMedia(f"The sound is {stream.codec_context.name}, not Opus.")
                return
            resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            for frame in container.decode(stream):
                self._put(resampler.resample(frame))
            self._put(resampler.resample(None))

    def _put(self, frames: list[Any]) -> None:
        for frame in frames:
            self._decodes = True
            self._output.put(frame.to_ndarray().reshape(-1))


class FlacWriter:
    """What was heard, without loss, as a recording like any other. Whole once it is closed."""

    def __init__(self, path: Path) -> None:
        self._container = av.open(str(path), "w", format="flac")
        self._stream: Any = self._container.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
        self._at = 0

    def write(self, samples: Pcm) -> None:
        if not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.rate, frame.pts, frame.time_base = SAMPLE_RATE, self._at, Fraction(1, SAMPLE_RATE)
        self._at += len(samples)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()
