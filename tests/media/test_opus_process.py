"""A live Opus stream, decoded slightly ahead of its consumer."""

from contextlib import closing

import av
import numpy as np
import psutil
import pytest

from mp4totext.media import opus_process
from mp4totext.media.errors import TooComplex
from mp4totext.media.opus_process import OpusDecoder
from tests.support.live_audio import (
    SILENT_MS,
    SILENT_PACKETS,
    half_an_hour_in_a_few_bytes,
    opus,
    spoken,
)
from tests.support.waiting import until


def test_a_stream_is_decoded_only_a_little_ahead_of_what_is_taken() -> None:
    data = half_an_hour_in_a_few_bytes()
    assert len(data) < 100_000
    before = psutil.Process().memory_info().rss
    with closing(OpusDecoder("ogg")) as stream:
        stream.feed(data)
        until(stream._output.full)
        assert psutil.Process().memory_info().rss - before < 16 << 20
        taken_ms = sum(len(piece) for piece in stream.finish()) // 16
        assert abs(taken_ms - SILENT_PACKETS * SILENT_MS) < 2 * SILENT_MS
    assert not stream._thread.is_alive()


def test_a_stream_that_is_left_ends_its_thread() -> None:
    stream = OpusDecoder("ogg")
    stream.feed(half_an_hour_in_a_few_bytes())
    until(stream._output.full)
    stream.close()
    assert not stream._thread.is_alive()


@pytest.mark.parametrize("error", [MemoryError(), av.error.MemoryError(12, "no memory")])
@pytest.mark.parametrize("at_end", [False, True])
def test_memory_that_runs_out_is_told(
    monkeypatch: pytest.MonkeyPatch, error: MemoryError, *, at_end: bool
) -> None:
    """Also behind the last byte, where what cannot be decoded is else taken for a cut."""

    class Resampler:
        def __init__(self, **_: object) -> None: ...

        def resample(self, frame: object) -> list[object]:
            if at_end and frame is not None:
                return []
            raise error

    monkeypatch.setattr(opus_process, "AudioResampler", Resampler)
    with closing(OpusDecoder("ogg")) as stream, pytest.raises(TooComplex, match="too much memory"):
        np.concatenate([stream.feed(opus(spoken(1), "ogg")), *stream.finish()])
