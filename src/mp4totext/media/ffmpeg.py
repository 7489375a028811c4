"""Runs the program FFmpeg, which encodes and joins files of this service, never uploaded ones."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from mp4totext.kit.received_files import DISK_FULL

_QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error", "-y")
# Nothing of the environment, such as keys, and no fonts of this machine: the same bytes everywhere.
# Without a valid file, fontconfig looks in the usual folders of the system.
_NO_FONTS = Path(__file__).with_name("no_fonts.conf")
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "FONTCONFIG_FILE": str(_NO_FONTS)}
# Python's few lines before a program that gets no input: it ends with the process that started it,
# also one that is killed (Linux: PR_SET_PDEATHSIG). With input, the end of that input ends it.
_TIE = (
    "import ctypes, os, signal, sys\n"
    "ctypes.CDLL(None).prctl(1, signal.SIGKILL)\n"
    "if os.getppid() == int(sys.argv[1]): os.execv(sys.argv[2], sys.argv[2:])"
)
_END_S = 30
_EXCERPT_CHARACTERS = 600  # length of the log excerpt in an error report

Planes = bytes | memoryview
"""One picture, planar YUV 4:2:0, or a piece of sound."""


class EncodingFailed(Exception):
    """FFmpeg failed on our own data: a bug."""


@cache
def program() -> str:
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def run(arguments: Sequence[str], *, folder: Path, check: Callable[[], None]) -> str:
    """Run FFmpeg in ``folder`` and return its log.

    Raises EncodingFailed, MemoryError if it was killed, and OSError if the disk is full.
    ``check`` is called while it runs; an exception from it ends the process.
    """
    with (folder / "ffmpeg.log").open("w+b") as log:
        process = _start(arguments, folder=folder, stdin=subprocess.DEVNULL, log=log)
        try:
            while True:
                check()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
                    break
        finally:
            _end(process)
        return _result(process, log)


def feed(
    arguments: Sequence[str], pieces: Iterable[Planes], *, folder: Path, done: Callable[[int], None]
) -> str:
    """Like ``run``, with input on ``pipe:0``. ``done`` gets the number of pieces written."""
    with (folder / "ffmpeg.log").open("w+b") as log:
        process = _start(arguments, folder=folder, stdin=subprocess.PIPE, log=log)
        assert process.stdin is not None
        try:
            for number, piece in enumerate(pieces, 1):
                process.stdin.write(piece)
                done(number)
            process.stdin.close()
            process.wait(_END_S * 10)
        except BrokenPipeError:
            process.wait(_END_S)  # the code below reports why
        finally:
            _end(process)
        return _result(process, log)


def _start(
    arguments: Sequence[str], *, folder: Path, stdin: int, log: Any
) -> subprocess.Popen[bytes]:
    tie: tuple[str, ...] = ()
    if sys.platform == "linux" and stdin == subprocess.DEVNULL:
        tie = (sys.executable, "-I", "-S", "-c", _TIE, str(os.getpid()))
    return subprocess.Popen(  # noqa: S603  our own program and arguments
        [*tie, program(), *_QUIET, *arguments],
        cwd=folder,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=log,
        bufsize=0,
        env=_ENVIRONMENT,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait(_END_S)
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()


def _result(process: subprocess.Popen[bytes], log: Any) -> str:
    log.seek(0)
    text: str = log.read().decode(errors="replace")
    if not process.returncode:
        return text
    if process.returncode == -signal.SIGKILL:  # the kernel kills what takes too much memory
        raise MemoryError("FFmpeg was killed")
    for number in DISK_FULL:
        if os.strerror(number) in text:
            raise OSError(number, os.strerror(number))
    raise EncodingFailed(f"FFmpeg ended with {process.returncode}: {text[-_EXCERPT_CHARACTERS:]}")


_NONE = ("-inf", "nan")
_LOUDNESS = re.compile(r"I:\s*(-?[0-9.]+|-inf|nan) LUFS")
_PEAK = re.compile(r"Peak:\s*(-?[0-9.]+|-inf|nan) dBFS")


def loudness_lufs(log: str) -> float | None:
    """The last integrated loudness in a log of the filter ``ebur128``; None: silence."""
    values = _LOUDNESS.findall(log)
    return None if not values or values[-1] in _NONE else float(values[-1])


def true_peak_dbtp(log: str) -> float | None:
    """The last true peak in a log of ``ebur128`` with ``peak=true``; None: silence."""
    values = _PEAK.findall(log)
    return None if not values or values[-1] in _NONE else float(values[-1])
