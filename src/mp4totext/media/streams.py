"""Decodes sound that arrives in pieces to 16 kHz samples, and writes samples to a FLAC file."""

from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Protocol

import av
import numpy as np

from mp4totext.media.errors import DamagedMedia, MediaError, NotMedia, TooComplex
from mp4totext.media.opus_process import not_opus
from mp4totext.media.samples import SAMPLE_RATE, Pcm
from mp4totext.media.sandbox import Child, Limits, Message

StreamFormat = Literal["pcm_s16le", "ogg_opus", "webm_opus"]
_DEMUXERS = {"ogg_opus": "ogg", "webm_opus": "matroska"}
# First bytes of formats that are not raw samples.
_HEADS = (b"RIFF", b"OggS", b"\x1a\x45\xdf\xa3", b"fLaC", b"ID3")
_NOTHING: Pcm = np.zeros(0, np.int16)
# The client waits for its words: a second of sound is decoded in 10 ms.
_LIMITS = Limits(step_cpu_s=10, silence_s=30.0)


class SoundStream(Protocol):
    """A decoder of one stream, for one thread at a time; close it."""

    def feed(self, data: bytes) -> Pcm:
        """The samples decoded so far. Raises NotMedia, DamagedMedia or TooComplex."""

    def finish(self) -> Iterator[Pcm]:
        """The remaining samples, piece by piece. Raises like ``feed``."""

    def close(self) -> None: ...


def open_stream(form: StreamFormat) -> SoundStream:
    return PcmStream() if form == "pcm_s16le" else OpusStream(_DEMUXERS[form])


class PcmStream:
    """Raw samples. A piece may end within a sample."""

    def __init__(self) -> None:
        self._rest = b""
        self._began = False

    def feed(self, data: bytes) -> Pcm:
        whole = self._rest + data
        if not self._began and len(whole) >= 4:
            self._began = True
            if whole.startswith(_HEADS):
                raise NotMedia("This is a file, not raw samples: send pcm_s16le without a header.")
        usable = len(whole) - len(whole) % 2
        self._rest = whole[usable:]
        return np.frombuffer(whole[:usable], "<i2").astype(np.int16)

    def finish(self) -> Iterator[Pcm]:
        return iter(())  # half a sample is dropped

    def close(self) -> None:
        """Does nothing, as nothing is open."""


class OpusStream:
    """Opus in Ogg or WebM, as browsers record it, decoded in a separate limited process.

    A stream that crashes the decoder, or exceeds its memory, ends that process with a MediaError.
    """

    def __init__(self, demuxer: str) -> None:
        self._demuxer = demuxer
        self._child = Child("opus", Path(), _LIMITS)

    def feed(self, data: bytes) -> Pcm:
        answers = self._child.ask(data, demuxer=self._demuxer)
        return np.concatenate([_NOTHING, *self._decoded(answers)])

    def finish(self) -> Iterator[Pcm]:
        return self._decoded(self._child.ask(demuxer=self._demuxer, end=True))

    def _decoded(self, answers: Generator[Message, None, None]) -> Iterator[Pcm]:
        with closing(answers):
            try:
                for answer in answers:
                    yield np.frombuffer(answer.data, np.int16)
            except MediaError as e:
                if self._child.died is None:
                    raise
                if isinstance(e, TooComplex):
                    raise TooComplex("Decoding the stream takes too much time or memory.") from e
                raise DamagedMedia(not_opus(self._demuxer)) from e

    def close(self) -> None:
        self._child.close()


class FlacWriter:
    """Writes the samples of a live session as a FLAC recording, complete once it is closed."""

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
