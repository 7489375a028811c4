"""Sound that comes in pieces, to 16 kHz samples; and those to a file that anything plays."""

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
# How files begin that are no bare samples.
_HEADS = (b"RIFF", b"OggS", b"\x1a\x45\xdf\xa3", b"fLaC", b"ID3")
_NOTHING: Pcm = np.zeros(0, np.int16)
# A client waits for its words: a second of sound takes a hundredth of a second to decode.
_LIMITS = Limits(step_cpu_s=10, silence_s=30.0)


class SoundStream(Protocol):
    """For one thread at a time; close it."""

    def feed(self, data: bytes) -> Pcm:
        """What is decoded by now. Raises NotMedia, DamagedMedia or TooComplex."""

    def finish(self) -> Iterator[Pcm]:
        """The rest, piece by piece. Raises like ``feed``."""

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

    def finish(self) -> Iterator[Pcm]:
        return iter(())  # half a sample is none

    def close(self) -> None:
        """Nothing is open."""


class OpusStream:
    """Opus in Ogg or WebM, as browsers record it, decoded in a limited process of its own.

    A stream that crashes the decoder, or fills its memory, ends that process and is one MediaError.
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
