"""When a decoding process dies, its file gets a clear error, and no other is affected."""

import os
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from mp4totext.media import sandbox
from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import DamagedMedia, MediaError, TooComplex
from mp4totext.media.sandbox import DEFAULT_LIMITS, Child, Limits
from tests.support.media_files import chirps, write, write_wav
from tests.support.waiting import has_ended, until

MB = 1 << 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "a.wav", chirps(20.0, 16_000))


def decoders(path: Path) -> list[psutil.Process]:
    """The limited processes that read this file: those of other tests may not be gone yet."""
    return [child for child in psutil.Process().children(recursive=True) if is_open_in(child, path)]


def decoder_of(reader: AudioReader) -> psutil.Process:
    reader.read(0, 100)  # from here on it has its file open
    (child,) = decoders(reader.path)
    return child


def is_open_in(process: psutil.Process, path: Path) -> bool:
    try:
        return any(Path(file.path) == path for file in process.open_files())
    except psutil.Error:
        return False  # it ended


@pytest.fixture(params=["forked", "spawned"])
def start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to start one: the second is what systems without fork have."""
    monkeypatch.setattr(sandbox, "_CAN_FORK", request.param == "forked")
    return str(request.param)


@pytest.mark.usefixtures("start")
def test_a_recording_is_read_in_a_process_of_its_own(path: Path) -> None:
    with AudioReader(path) as reader:
        assert reader.read(0, 1_000).shape == (16_000,)
        assert reader.read(19_000, 21_000).shape == (16_000,)


@pytest.mark.usefixtures("start")
def test_what_is_wrong_with_a_file_is_the_same_error_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x20ftypisom" + bytes(2_000))
    with pytest.raises(DamagedMedia, match="cut off before its index"):
        AudioReader(path)


@pytest.mark.parametrize(
    ("death", "error", "words"),
    [
        (signal.SIGSEGV, DamagedMedia, "crashed the decoder"),
        (signal.SIGABRT, DamagedMedia, "crashed the decoder"),
        (signal.SIGKILL, TooComplex, "more memory or time"),
        (signal.SIGXCPU, TooComplex, "more memory or time"),
    ],
)
def test_a_death_is_one_clear_error(
    path: Path, death: signal.Signals, error: type[MediaError], words: str
) -> None:
    with AudioReader(path) as reader:
        child = decoder_of(reader)
        with AudioReader(path) as other:
            child.send_signal(death)
            for _ in range(2):  # and it stays that
                with pytest.raises(error, match=words):
                    reader.read(0, 1_000)
            assert len(other.read(0, 1_000)) == 16_000
    with AudioReader(path) as again:
        assert len(again.read(0, 1_000)) == 16_000


def test_a_hang_is_ended_after_the_time_it_has(path: Path) -> None:
    AudioReader(path).close()  # the server is started: opening a file takes 15 ms from now on
    until(lambda: not decoders(path))
    limits = Limits(silence_s=2)
    with AudioReader(path, limits=limits) as reader:
        child = decoder_of(reader)
        child.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(TooComplex, match="more memory or time"):
            reader.read(0, 1_000)
        assert 1.9 < time.monotonic() - began < DEFAULT_LIMITS.silence_s
        until(lambda: has_ended(child))


def test_work_without_an_end_is_ended_by_its_processor_time(path: Path) -> None:
    none_is_left = Limits(step_cpu_s=-1)
    with pytest.raises(TooComplex, match="more memory or time"):
        read_all(path, none_is_left)


@pytest.mark.parametrize("codec", ["pcm_s16le", "flac", "aac"])
def test_memory_is_bounded_whatever_the_file_asks_for(tmp_path: Path, codec: str) -> None:
    path = write(tmp_path / "a.mka", np.repeat(chirps(20.0), 8, axis=0), codec=codec)
    opened_bytes, read_bytes = address_space(path)
    assert read_bytes > opened_bytes + 8 * MB, "else nothing could run out"
    refused = []
    for missing in (*range(-4 * MB, 16 * MB, 4 * MB), opened_bytes // 4, opened_bytes // 2):
        with suppress(TooComplex):
            read_all(path, Limits(memory_bytes=opened_bytes - missing))
            continue
        refused.append(missing)
    # A process reserves up to some megabytes less than another one of the same file.
    assert {opened_bytes // 4, opened_bytes // 2} <= set(refused)


def address_space(path: Path) -> tuple[int, int]:
    """Bytes of a decoder that opened the file, and of one that read it."""
    with AudioReader(path) as reader:
        child = decoder_of(reader)
        opened_bytes = child.memory_info().vms
        reader.read_channels(0, 20_000)
        return opened_bytes, child.memory_info().vms


def read_all(path: Path, limits: Limits) -> None:
    with AudioReader(path, limits=limits) as reader:
        for _ in range(100):
            reader.read_channels(0, 20_000)


def test_a_child_sees_no_secrets_and_opens_nothing_else(path: Path) -> None:
    with AudioReader(path) as reader:
        child = decoder_of(reader)
        assert set(child.parent().environ()) <= {*sandbox._ENVIRONMENT, *sandbox._KEPT}
        assert [Path(file.path) for file in child.open_files()] == [path]
        assert child.net_connections("inet") == []


def test_a_server_that_was_killed_is_started_again(path: Path) -> None:
    with AudioReader(path) as before:
        child = decoder_of(before)
        child.parent().kill()
        assert len(before.read(0, 1_000)) == 16_000, "its child goes on"
        with AudioReader(path) as reader:
            assert len(reader.read(0, 1_000)) == 16_000


def test_a_server_that_ends_before_it_forks_leaves_no_open_file() -> None:
    link, server_end = socket.socketpair()
    status, server_status = os.pipe()
    server_end.close()
    os.close(server_status)
    status_file = os.fdopen(status, "rb", buffering=0)

    with pytest.raises(EOFError):
        sandbox._ForkedProcess(sandbox._SERVER.get(), link, status_file)

    assert link.fileno() == -1
    assert status_file.closed


def test_a_closed_reader_leaves_no_process_and_no_open_file(path: Path) -> None:
    with AudioReader(path):
        pass
    before = psutil.Process().num_fds()
    for _ in range(20):
        with AudioReader(path) as reader:
            reader.read(0, 100)
    assert psutil.Process().num_fds() == before
    until(lambda: not decoders(path))


def test_a_reader_that_is_left_in_the_middle_of_an_answer_ends_its_process(path: Path) -> None:
    child = Child("decode", path)
    list(child.ask(do="open", structure=None))
    answers = child.ask(
        do="read", start=0, end=20_000, feeds=[[(1, 1, 1.0)]], high_pass=False, rate=16_000
    )
    next(answers)
    answers.close()
    until(lambda: not decoders(path))
    child.close()


def test_a_forked_process_starts_a_server_of_its_own(path: Path) -> None:
    with AudioReader(path) as reader:
        pid = os.fork()
        if pid == 0:
            with AudioReader(path) as own:
                os._exit(0 if len(own.read(0, 1_000)) == 16_000 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert len(reader.read(0, 1_000)) == 16_000


def test_threads_read_side_by_side(path: Path) -> None:
    with AudioReader(path) as reader:
        expected = reader.read(0, 20_000)
    results: list[bool] = []

    def read() -> None:
        with AudioReader(path) as reader:
            results.append(bool(np.array_equal(reader.read(0, 20_000), expected)))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 8
