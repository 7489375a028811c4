"""What is in a file: asked of a limited child process, because the file may be anything."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import mp4totext
from mp4totext.media.errors import BY_CODE, EmptyFile, MediaError, ProbeFailed, TooLong

_PACKAGE_ROOT = str(Path(mp4totext.__file__).resolve().parent.parent)
_CHILD = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from mp4totext.media.probe_process import main; sys.exit(main(sys.argv[2:]))"
)
_BYTES_PER_SECOND_MIN = 20_000_000  # a slow disk reads 20 MB in a second


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """``duration_ms`` is measured from the packets: a false header is not billed."""

    container: str
    codec: str
    duration_ms: int
    sample_rate: int
    channels: int
    audio_streams: int
    has_video: bool  # moving pictures, not a cover
    size_bytes: int
    truncated: bool = False  # the header promises more than there is
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeLimits:
    duration_ms_max: int = 12 * 3_600_000
    memory_bytes: int = 1_500_000_000  # the index of a 12 h MP4 takes 150 MB
    timeout_s: float = 30.0  # on top of the time to read the file once


DEFAULT_LIMITS = ProbeLimits()


def probe(path: Path, *, limits: ProbeLimits = DEFAULT_LIMITS) -> MediaInfo:
    """Facts of a local file. Raises a MediaError that says what is wrong and what to do."""
    size_bytes = path.stat().st_size
    if size_bytes == 0:
        raise EmptyFile("The file is empty. Upload it again.")
    timeout_s = limits.timeout_s + size_bytes / _BYTES_PER_SECOND_MIN
    answer = _ask(path, memory_bytes=limits.memory_bytes, timeout_s=timeout_s)
    if code := answer.get("error"):
        raise BY_CODE.get(str(code), MediaError)(str(answer["message"]))
    info = _parsed(answer)
    if info.duration_ms > limits.duration_ms_max:
        raise TooLong(
            f"The recording is {_hours(info.duration_ms)} long; the limit is "
            f"{_hours(limits.duration_ms_max)}. Split it and upload the parts."
        )
    return info


def _ask(path: Path, *, memory_bytes: int, timeout_s: float) -> dict[str, object]:
    command = [sys.executable, "-I", "-c", _CHILD, _PACKAGE_ROOT, str(path)]
    command += [str(memory_bytes), str(int(timeout_s) + 1)]
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter; the path is one argument
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as e:
        raise ProbeFailed(
            "Reading the file took too long. It may be damaged: export it again, or try MP3 or MP4."
        ) from e
    if done.returncode != 0:
        raise ProbeFailed(
            "The file could not be examined: reading it used too much memory or crashed the "
            "reader. Export it again, or try MP3 or MP4."
        )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def _parsed(answer: dict[str, object]) -> MediaInfo:
    warnings = answer.pop("warnings")
    assert isinstance(warnings, list)
    return MediaInfo(**answer, warnings=tuple(warnings))  # type: ignore[arg-type]  # our own JSON


def _hours(duration_ms: int) -> str:
    minutes = duration_ms // 60_000
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
