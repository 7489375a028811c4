"""Audio streams in chunks: each format gives equal samples for any chunks."""

import signal
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest

from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import DamagedMedia, MediaError, NotMedia, TooComplex
from mp4totext.media.probe import ProbeLimits, probe
from mp4totext.media.samples import Pcm
from mp4totext.media.sandbox import DEFAULT_LIMITS
from mp4totext.media.streams import FlacWriter, OpusStream, StreamFormat, open_stream
from tests.support.live_audio import opus, pcm, spoken
from tests.support.waiting import until


def decoded(form: StreamFormat, data: bytes, *, piece: int = 999) -> Pcm:
    stream = open_stream(form)
    try:
        parts = [stream.feed(data[at : at + piece]) for at in range(0, len(data), piece)]
        return np.concatenate([np.zeros(0, np.int16), *parts, *stream.finish()])
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


def decoder_of(stream: OpusStream) -> psutil.Process:
    """The process that decodes it."""
    return psutil.Process(stream._child._process.pid)


@pytest.mark.parametrize(
    ("death", "error", "words"),
    [
        (signal.SIGSEGV, DamagedMedia, "not Opus in webm, or damaged"),
        (signal.SIGKILL, TooComplex, "takes too much time or memory"),
    ],
)
def test_a_dead_decoder_is_the_fault_of_its_stream_alone(
    death: signal.Signals, error: type[MediaError], words: str
) -> None:
    data = opus(spoken(3), "webm")
    with closing(OpusStream("webm")) as dies, closing(OpusStream("webm")) as lives:
        for stream in (dies, lives):
            stream.feed(data[:5_000])
        decoder_of(dies).send_signal(death)
        for _again in range(2):
            with pytest.raises(error, match=words):
                dies.feed(data[5_000:])
        rest = [lives.feed(data[5_000:]), *lives.finish()]
        assert sum(map(len, rest)) > 16_000


def test_a_stream_is_decoded_under_limits() -> None:
    with closing(OpusStream("ogg")) as stream:
        stream.feed(b"")
        process = decoder_of(stream)
        assert process.rlimit(psutil.RLIMIT_AS)[0] == DEFAULT_LIMITS.memory_bytes
        assert process.rlimit(psutil.RLIMIT_FSIZE)[0] == 0
        assert process.rlimit(psutil.RLIMIT_CPU)[0] < 60
    until(lambda: not process.is_running())


def test_a_stream_that_is_left_at_its_end_ends_its_process() -> None:
    with closing(OpusStream("ogg")) as stream:
        process = decoder_of(stream)
        stream.feed(opus(spoken(9), "ogg"))
        next(stream.finish())
    until(lambda: not process.is_running())
