"""Audio for live sessions, as samples and as Opus in containers."""

import io
from functools import cache
from typing import Any

import av
import numpy as np

from tests.support.recordings import RATE, Samples, _reader

LIVE = "/api/v1/live"
START = {"type": "start", "language": "en"}
END = {"type": "end"}
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
