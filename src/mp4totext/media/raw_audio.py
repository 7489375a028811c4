"""Converts raw samples of calls and clients, piece by piece, to 16 kHz."""

from typing import Any, Literal

import av
from av.audio.resampler import AudioResampler

from mp4totext.media.samples import SAMPLE_RATE

RawCodec = Literal["pcm_s16le", "pcm_mulaw", "pcm_alaw"]
_SAMPLE_BYTES: dict[RawCodec, int] = {"pcm_s16le": 2, "pcm_mulaw": 1, "pcm_alaw": 1}


class RawAudio:
    """One stream of mono samples, for one thread at a time. A piece may end within a sample."""

    def __init__(self, codec: RawCodec, *, rate: int) -> None:
        self._context: Any = av.CodecContext.create(codec, "r")
        self._context.sample_rate = rate
        self._context.layout = "mono"
        self._resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        self._sample_bytes = _SAMPLE_BYTES[codec]
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """16-bit samples at SAMPLE_RATE; the last few stay in the resampler."""
        whole = self._rest + data
        usable = len(whole) - len(whole) % self._sample_bytes
        self._rest = whole[usable:]
        if not usable:
            return b""
        frames = self._context.decode(av.Packet(whole[:usable]))
        return b"".join(
            bytes(resampled.planes[0])[: resampled.samples * 2]
            for frame in frames
            for resampled in self._resampler.resample(frame)
        )
