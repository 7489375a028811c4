"""Downloads a recording from an address: yt-dlp as a library in a limited child process.

No part of the request reaches a command line, and no secret of this process the child.
"""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

import mp4totext
from mp4totext.media.download_errors import (
    BY_CODE,
    AddressRefused,
    DownloadError,
    DownloadTooLarge,
    DownloadTooSlow,
    NoMedia,
)

_PACKAGE_ROOT = str(Path(mp4totext.__file__).resolve().parent.parent)
_CHILD = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from mp4totext.media.download_process import main; sys.exit(main())"
)
_URL_CHARS_MAX = 2_048
_TITLE_CHARS_MAX = 200
_BEAT_S = 0.5  # the longest time until a cancellation is noticed
_LINE_BYTES_MAX = 1 << 16
_SMUGGLED = "__youtubedl_smuggle"  # yt-dlp's own options inside an address


class Report(Protocol):
    """Called at least twice a second. Raises if the job is cancelled, which ends the child."""

    def __call__(self, done_bytes: int, total_bytes: int | None, /) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """``title`` comes from the site, for display only; ``ext`` is a guess, without a dot."""

    path: Path
    title: str
    ext: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The lowest acceptable speed."""

    first_bytes_s: float = 60  # until the first kilobyte, as pages are searched before it
    bytes_per_s_min: int = 0
    stretch_s: float = 30  # the window over which the speed is measured


def download(
    url: str,
    to_folder: Path,
    *,
    max_bytes: int,
    timeout_s: float,
    report: Report,
    pace: Pace | None = None,
    allow_private: bool = False,
    allow_addresses: frozenset[str] = frozenset(),
) -> Downloaded:
    """Download the one recording at ``url`` into a new folder below ``to_folder``.

    It fails if it takes longer than ``timeout_s`` or is slower than ``pace``. ``allow_addresses``
    are private IP addresses that may be reached all the same. After any error, also one raised by
    ``report``, the child has ended and its files are deleted. Raises a DownloadError that says what
    is wrong and what to do.
    """
    check_url(url)
    to_folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="download-", dir=to_folder))
    request = {
        "url": url,
        "folder": str(folder),
        "max_bytes": max_bytes,
        "allow_private": allow_private,
        "allow_addresses": sorted(allow_addresses),
    }
    try:
        with _child(request, folder) as events:
            deadline = time.monotonic() + timeout_s
            watch = _PaceWatch(pace or Pace())
            answer = _answer(events, deadline=deadline, watch=watch, report=report)
        return _checked(answer, folder, max_bytes=max_bytes)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def check_url(url: str) -> None:
    """Check an address without a connection. Raises AddressRefused."""
    if len(url) > _URL_CHARS_MAX or not url.isprintable() or " " in url or _SMUGGLED in url:
        raise AddressRefused("This is not an address. Copy it from the browser's address bar.")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as e:
        raise AddressRefused("This is not an address: its host or port cannot be read.") from e
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise AddressRefused("Only http:// and https:// addresses can be fetched.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(
            "Addresses with a user name or password are not accepted, because they would be "
            "stored. Use the file itself."
        )


Events = queue.Queue[dict[str, Any] | None]


@contextmanager
def _child(request: dict[str, Any], folder: Path) -> Iterator[Events]:
    process = subprocess.Popen(  # noqa: S603  # our own interpreter and constant arguments
        [sys.executable, "-I", "-c", _CHILD, _PACKAGE_ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={"HOME": str(folder), "TMPDIR": str(folder), "PYTHONUTF8": "1"},
        process_group=0,  # its own, killed with its children; no session: see worker_process
    )
    assert process.stdin is not None
    assert process.stdout is not None
    events: Events = queue.Queue()
    reader = threading.Thread(target=_read, args=(process.stdout, events), daemon=True)
    reader.start()
    try:
        # The pipe stays open after the request: the child ends itself when it closes.
        _send(process.stdin, request)
        yield events
    finally:
        _kill(process)
        reader.join()
        process.stdout.close()
        process.stdin.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):  # the whole group has ended
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _send(pipe: IO[bytes], request: dict[str, Any]) -> None:
    try:
        pipe.write(json.dumps(request).encode() + b"\n")
        pipe.flush()
    except BrokenPipeError as e:
        raise DownloadError("The download could not be started. Try again later.") from e


def _read(pipe: IO[bytes], events: Events) -> None:
    try:
        for line in iter(lambda: pipe.readline(_LINE_BYTES_MAX), b""):
            events.put(json.loads(line))
    except ValueError:  # killed in the middle of a line
        return
    finally:
        events.put(None)


class _PaceWatch:
    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._at, self._done = time.monotonic(), 0

    def check(self, done_bytes: int) -> None:
        """Raises DownloadTooSlow."""
        elapsed_s = time.monotonic() - self._at
        if not done_bytes:
            if elapsed_s > self._pace.first_bytes_s:
                raise DownloadTooSlow(_TOO_SLOW)
        elif not self._done:
            self._at, self._done = time.monotonic(), done_bytes
        elif elapsed_s >= self._pace.stretch_s:
            if done_bytes - self._done < self._pace.bytes_per_s_min * elapsed_s:
                raise DownloadTooSlow(_TOO_SLOW)
            self._at, self._done = time.monotonic(), done_bytes


_TOO_SLOW = (
    "The site sends the recording too slowly. Try again later, or download the file yourself and "
    "upload it."
)


def _answer(
    events: Events, *, deadline: float, watch: _PaceWatch, report: Report
) -> dict[str, Any]:
    """The child's last message. Raises on a timeout or a cancelled job."""
    done, total = 0, None
    while time.monotonic() < deadline:
        report(done, total)
        watch.check(done)
        try:
            event = events.get(timeout=min(_BEAT_S, max(0.0, deadline - time.monotonic())))
        except queue.Empty:
            continue
        if event is None:
            raise DownloadError(
                "The download ended unexpectedly. Try again, or use the file itself."
            )
        if event["event"] != "progress":
            return event
        done, total = event["done"], event["total"]
    raise DownloadTooSlow(
        "The site took too long. Try again later, or download the file yourself and upload it."
    )


def _checked(answer: dict[str, Any], folder: Path, *, max_bytes: int) -> Downloaded:
    if answer["event"] == "error":
        raise BY_CODE.get(answer["code"], DownloadError)(answer["message"])
    path = Path(answer["path"]).resolve()
    if path.parent != folder.resolve() or not path.is_file() or path.stat().st_size == 0:
        raise NoMedia("The address gave an empty file. Check it in a browser.")
    if path.stat().st_size > max_bytes:
        raise DownloadTooLarge(f"The recording is larger than the limit of {max_bytes} bytes.")
    printable = "".join(char if char.isprintable() else " " for char in answer["title"])
    title = " ".join(printable.split())[:_TITLE_CHARS_MAX]
    return Downloaded(path=path, title=title, ext=answer["ext"])
