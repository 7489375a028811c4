"""The FFmpeg program ends with its parent, and errors have its messages."""

import errno
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mp4totext.media import ffmpeg
from tests.support.waiting import until

ENDLESS = ("-f", "lavfi", "-re", "-i", "anullsrc", "-f", "null", "-")
STARTS_IT = """
import sys
from pathlib import Path
from mp4totext.media import ffmpeg
ffmpeg.run(sys.argv[2:], folder=Path(sys.argv[1]), check=lambda: None)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot tie two processes")
def test_it_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    encoders: list[psutil.Process] = []

    def encodes() -> bool:
        below = psutil.Process(killed.pid).children(recursive=True)
        encoders.extend(child for child in below if "ffmpeg" in child.name())
        return bool(encoders)

    order = [sys.executable, "-c", STARTS_IT, str(tmp_path), *ENDLESS]
    with subprocess.Popen(order) as killed:
        try:
            until(encodes)
        finally:
            killed.kill()
    assert psutil.wait_procs(encoders, timeout=60)[1] == []


def test_a_failure_says_why(tmp_path: Path) -> None:
    with pytest.raises(ffmpeg.EncodingFailed, match="nothing\\.wav"):
        ffmpeg.run(["-i", "nothing.wav", "out.wav"], folder=tmp_path, check=lambda: None)
    order = ["-f", "wav", "-i", "pipe:0", "out.wav"]
    with pytest.raises(ffmpeg.EncodingFailed, match="pipe:0"):
        ffmpeg.feed(order, [b"no sound"] * 9, folder=tmp_path, done=lambda _number: None)


def kill_encoders() -> None:
    for child in psutil.Process().children():
        if "ffmpeg" in child.name():
            child.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems give the program other names")
def test_an_encoder_that_is_killed_ran_out_of_memory(tmp_path: Path) -> None:
    with pytest.raises(MemoryError):
        ffmpeg.run(ENDLESS, folder=tmp_path, check=kill_encoders)

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            yield bytes(100_000)
            if number == 9:
                kill_encoders()

    order = ["-f", "s16le", "-i", "pipe:0", "out.wav"]
    with pytest.raises(MemoryError):
        ffmpeg.feed(order, pieces(), folder=tmp_path, done=lambda _number: None)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no disk that is full")
def test_a_full_disk_is_told_from_a_bug(tmp_path: Path) -> None:
    order = ["-f", "lavfi", "-i", "anullsrc", "-t", "9", "-f", "wav", "/dev/full"]
    with pytest.raises(OSError, match="No space left") as refused:
        ffmpeg.run(order, folder=tmp_path, check=lambda: None)
    assert refused.value.errno == errno.ENOSPC


SCRIPT = """[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Font of nobody,20
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.00,0:00:05.00,Default,,0,0,0,,Hello
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have fonts without fontconfig")
def test_text_is_not_drawn_with_a_font_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "a.ass").write_text(SCRIPT)
    picture = ("-f", "lavfi", "-i", "color=s=64x64:d=0.1")
    log = ffmpeg.run(
        [*picture, "-loglevel", "verbose", "-vf", "ass=a.ass", "-f", "null", "-"],
        folder=tmp_path,
        check=lambda: None,
    )
    assert "Using font provider" in log, "else it says nothing about fonts"
    assert "failed to find any fallback" in log
