"""Sound in pieces: every format gives the same samples, whatever the pieces are."""

import io
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest

from mp4totext.media import streams
from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import DamagedMedia, NotMedia, TooComplex
from mp4totext.media.probe import ProbeLimits, probe
from mp4totext.media.streams import FlacWriter, OpusStream, Pcm, StreamFormat, open_stream
from tests.support.live_audio import opus, pcm, spoken
from tests.support.waiting import until


def decoded(form: StreamFormat, data: bytes, *, piece: int = 999) -> Pcm:
    stream = open_stream(form)
    try:
        parts = [stream.feed(data[at : at + piece]) for at in range(0, len(data), piece)]
        return np.concatenate([stream.feed(b""), *parts, *stream.finish()])
    finally:
        stream.close()


@pytest.mark.parametrize("piece", [1, 999, 10**6])
def test_samples_stay_as_they_are(piece: int) -> None:
    sound = (spoken(0.5) * 32_767).astype(np.int16)
    np.testing.assert_array_equal(decoded("pcm_s16le", sound.tobytes(), piece=piece), sound)


def test_half_a_sample_at_the_end_is_none() -> None:
    assert len(decoded("pcm_s16le", bytes(7))) == 3


@pytest.mark.parametrize("container", ["ogg", "webm"])
def test_opus_sounds_like_what_went_in(container: str) -> None:
    sound = spoken(3)
    form: StreamFormat = "ogg_opus" if container == "ogg" else "webm_opus"
    found = decoded(form, opus(sound, container)).astype(np.float32) / 32_768
    assert abs(len(found) - len(sound)) < 1_600
    shift = len(found) - len(sound)
    a, b = found[8_000:40_000], sound[8_000:40_000]
    best = max(
        float(np.corrcoef(np.roll(a, lag), b)[0, 1]) for lag in range(-abs(shift) - 400, 401, 2)
    )
    assert best > 0.9


def test_what_is_decoded_comes_before_the_end() -> None:
    data = opus(spoken(3), "webm")
    stream = open_stream("webm_opus")
    got, at = 0, 0
    while at < len(data):
        got += len(stream.feed(data[at : at + 2_000]))
        at += 2_000
        if at >= len(data):
            break
    waited = 0
    while got < 16_000 and waited < 10**6:
        got += len(stream.feed(b""))
        waited += 1
    stream.close()
    assert got >= 16_000


def test_an_open_stream_without_sound_has_none() -> None:
    assert len(decoded("ogg_opus", b"")) == 0
    cut = opus(spoken(3), "webm")
    assert 0 < len(decoded("webm_opus", cut[: len(cut) // 2])) < 48_000


@pytest.mark.parametrize(
    ("form", "data", "error"),
    [
        ("pcm_s16le", opus(spoken(1), "ogg"), NotMedia),
        ("ogg_opus", pcm(spoken(1)), DamagedMedia),
        ("webm_opus", opus(spoken(1), "matroska", codec="pcm_s16le"), NotMedia),
        ("webm_opus", pcm(spoken(1)), DamagedMedia),
    ],
)
def test_another_format_is_refused(form: StreamFormat, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        decoded(form, data)


def test_what_was_heard_becomes_a_recording_without_loss(tmp_path: Path) -> None:
    sound = (spoken(2) * 32_767).astype(np.int16)
    path = tmp_path / "live.flac"
    with closing(FlacWriter(path)) as file:
        for at in range(0, len(sound), 3_001):
            file.write(sound[at : at + 3_001])
        file.write(sound[:0])
    info = probe(path, limits=ProbeLimits(duration_ms_max=10_000, timeout_s=20))
    assert (info.container, info.duration_ms, info.channels) == ("flac", 2_000, 1)
    with AudioReader(path) as reader:
        np.testing.assert_array_equal(reader.read(0, 2_000), sound / np.float32(32_768))


SILENT_MS = 120  # of one packet of the stream below
SILENT_PACKETS = 15_000  # half an hour


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


def test_a_stream_is_decoded_only_a_little_ahead_of_what_is_taken() -> None:
    data = half_an_hour_in_a_few_bytes()
    assert len(data) < 100_000
    before = psutil.Process().memory_info().rss
    with closing(OpusStream("ogg")) as stream:
        stream.feed(data)
        until(stream._output.full)
        assert psutil.Process().memory_info().rss - before < 16 << 20
        taken_ms = sum(len(piece) for piece in stream.finish()) // 16
        assert abs(taken_ms - SILENT_PACKETS * SILENT_MS) < 2 * SILENT_MS
    assert not stream._thread.is_alive()


def test_a_stream_that_is_left_ends_its_thread() -> None:
    stream = OpusStream("ogg")
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

    monkeypatch.setattr(streams, "AudioResampler", Resampler)
    with pytest.raises(TooComplex, match="more memory"):
        decoded("ogg_opus", opus(spoken(1), "ogg"))
