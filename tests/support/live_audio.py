"""Audio for live sessions, as samples and as Opus in containers."""

import io
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np

from tests.support.recordings import RATE, Samples, _reader

LIVE = "/api/v1/live"
START = {"type": "start", "language": "en"}
END = {"type": "end"}
SILENT_MS = 120  # of one packet of half_an_hour_in_a_few_bytes
SILENT_PACKETS = 15_000  # half an hour
BECKETT = "Ever tried, ever failed, no matter, try again, fail again, fail better."


@cache
def spoken(seconds: float = 9.96, *, name: str = "beckett.wav") -> Samples:
    return _reader(name)[: round(seconds * RATE)]


def pcm(samples: Samples) -> bytes:
    return (samples * 32_767).astype("<i2").tobytes()


def opus(samples: Samples, container: str, *, codec: str = "libopus") -> bytes:
    """Encode samples as a browser records them: Opus in ``ogg`` or ``webm``."""
    made = io.BytesIO()
    with av.open(made, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            (samples[None] * 32_767).astype(np.int16), format="s16", layout="mono"
        )
        frame.rate = RATE
        form = stream.format.name
        resampler = av.AudioResampler(format=form, layout="mono", rate=48_000, frame_size=960)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return made.getvalue()


def half_an_hour_in_a_few_bytes() -> bytes:
    """Ogg with packets of two bytes, each of which says that two frames of 60 ms were not sent."""
    made = io.BytesIO()
    with av.open(made, "w", format="ogg") as out:
        track: Any = out.add_stream("libopus", rate=48_000, layout="mono")
        track.codec_context.open()
        for number in range(SILENT_PACKETS):
            packet = av.Packet(bytes([3 << 3 | 3, 2]))
            packet.stream = track
            packet.time_base = Fraction(1, 48_000)
            packet.pts = packet.dts = number * SILENT_MS * 48
            packet.duration = SILENT_MS * 48
            out.mux(packet)
    return made.getvalue()
