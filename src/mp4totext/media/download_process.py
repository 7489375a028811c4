"""The child process that fetches one recording with yt-dlp; speaks JSON lines with its parent.

It gets no environment, no shell, no FFmpeg and no private addresses; the only program it may start
is the JavaScript runtime YouTube needs, when one is installed.
"""

import json
import os
import re
import sys
import threading
import time
from pathlib import Path, PurePath
from typing import Any, TextIO

import yt_dlp
from multipart import parse_options_header
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import ContentTooShortError, ExtractorError, UnsupportedError, YoutubeDLError

from mp4totext.kit.form_names import header_text, part_filename
from mp4totext.kit.network_guard import NetworkGuard
from mp4totext.kit.received_files import display_name
from mp4totext.media.download_errors import (
    AddressRefused,
    DownloadError,
    DownloadTooLarge,
    NoMedia,
    PlaylistRefused,
    SourceRefused,
    SourceUnreachable,
)

if sys.platform != "win32":
    import resource

SOCKET_TIMEOUT_S = 20
MEMORY_BYTES = 1 << 30  # a page is read whole: an endless one ends here
FILE_SLACK_BYTES = 8 << 20  # blocks are up to 4 MB and counted after they are written
_PROGRESS_EVERY_S = 0.25
_JS_RUNTIME = "deno"
_UNKNOWN = "unknown_video"  # an extension, in yt-dlp's words
# In yt-dlp's words, as it gives no class: a connection that ended, or a piece that is not there.
_GAVE_UP = re.compile(r"Giving up after \d+ retries|fragment \d+ not found")


def main() -> int:
    """One request as a JSON line on stdin; events on stdout until ``done`` or ``error``."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing a library prints may look like an event
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit(file_bytes=request["max_bytes"] + FILE_SLACK_BYTES)
    guard = NetworkGuard(
        allow_private=request["allow_private"],
        allow_addresses=frozenset(request["allow_addresses"]),
        programs=frozenset({_JS_RUNTIME}),
    )
    guard.install()
    try:
        answer = _fetch(request, out)
    except (YoutubeDLError, DownloadError, OSError, MemoryError) as e:
        problem = _explained(e, guard)
        answer = {"event": "error", "code": problem.code, "message": problem.message}
    _say(out, answer)
    return 0


def _fetch(request: dict[str, Any], out: TextIO) -> dict[str, Any]:
    options = _options(request, _Counter(out, max_bytes=request["max_bytes"]))
    with _Downloader(options) as downloader:
        info = downloader.extract_info(request["url"], download=True)
    if info is None:
        raise _no_media()
    if info.get("_type", "video") != "video":
        raise PlaylistRefused(
            "This address holds several recordings. Give the address of one of them."
        )
    done = info.get("requested_downloads")
    if not done:
        raise _no_media()
    title, ext = str(info.get("title") or ""), str(info.get("ext") or "")
    name = PurePath(downloader.given_name if info.get("direct") else "")
    return {
        "event": "done",
        "path": done[0]["filepath"],
        "title": name.stem or title,
        "ext": name.suffix.removeprefix(".") or ("" if ext == _UNKNOWN else ext),
    }


def _options(request: dict[str, Any], counter: "_Counter") -> dict[str, Any]:
    return {
        "format": "bestaudio/best",  # one file: nothing to merge, so no FFmpeg
        "outtmpl": {"default": str(Path(request["folder"]) / "download.%(ext)s")},
        "logger": _Silence(),
        "noprogress": True,
        "progress_hooks": [counter],
        "match_filter": _refuse_live,
        "noplaylist": True,
        "playlist_items": "0",  # should it be a list all the same, nothing of it is fetched
        "proxy": "",
        "cachedir": False,
        "socket_timeout": SOCKET_TIMEOUT_S,
        "retries": 2,
        "fragment_retries": 2,
        "skip_unavailable_fragments": False,  # what was said there would be missing
        "extractor_retries": 1,
        "external_downloader": {"default": "native"},
        "hls_prefer_native": True,
        "ffmpeg_location": os.devnull,
        "fixup": "never",
        "enable_file_urls": False,
        "allow_unplayable_formats": False,
        "js_runtimes": {_JS_RUNTIME: {}},
        "updatetime": False,
        "continuedl": False,
    }


class _Downloader(yt_dlp.YoutubeDL):  # type: ignore[misc]  # it has no types
    """Notes the name that a site gives a file, which the address may not have."""

    given_name = ""

    def urlopen(self, req: Any) -> Any:
        response = super().urlopen(req)
        disposition = header_text(response.headers.get("Content-Disposition") or "")
        plain = parse_options_header(disposition)[1].get("filename")
        self.given_name = display_name(part_filename(disposition, plain) or "", "")
        return response


class _Counter:
    """Progress hook: tells the parent and stops at the limit, whatever the server announced."""

    def __init__(self, out: TextIO, *, max_bytes: int) -> None:
        self._out = out
        self._max_bytes = max_bytes
        self._told_at = 0.0

    def __call__(self, status: dict[str, Any]) -> None:
        done = int(status.get("downloaded_bytes") or 0)
        total = status.get("total_bytes")
        if max(done, total or 0) > self._max_bytes:
            raise DownloadTooLarge(
                f"The recording is larger than the limit of {self._max_bytes} bytes. Choose a "
                "shorter one; the operator of this service can raise MAX_UPLOAD_BYTES."
            )
        if time.monotonic() - self._told_at >= _PROGRESS_EVERY_S:
            self._told_at = time.monotonic()
            _say(self._out, {"event": "progress", "done": done, "total": total})


class _Silence:
    """yt-dlp's log: failures come as exceptions, the rest is of no use to the parent."""

    def debug(self, message: str) -> None: ...

    info = warning = error = debug


def _refuse_live(info: dict[str, Any], *, incomplete: bool = False) -> None:  # noqa: ARG001
    if info.get("is_live"):
        raise PlaylistRefused("This is a live stream. Try again when it has ended.")


def _explained(error: BaseException, guard: NetworkGuard) -> DownloadError:
    if guard.refused is not None:
        return AddressRefused(
            "The address leads to a network that is not public, so it is not fetched. Use the "
            "file itself."
        )
    cause = _cause(error)
    match cause:
        case DownloadError():
            return cause
        case UnsupportedError():
            return _no_media()
        case HTTPError():
            return _status(cause.status)
        case ContentTooShortError():
            return _cut_short()
        case TransportError():
            return SourceUnreachable("The site does not answer. Try again later.")
        case MemoryError():
            return DownloadTooLarge("The page is too large to search.")
    return _explained_by_site(cause)


def _explained_by_site(cause: BaseException) -> DownloadError:
    if _GAVE_UP.search(str(cause)):
        return _cut_short()
    if isinstance(cause, OSError):
        return DownloadError("The file could not be written. Try again later.")
    if isinstance(cause, ExtractorError) and cause.expected:
        reason = str(cause.orig_msg).partition("\n")[0][:200]
        return SourceRefused(f"The site refused to send the recording: {reason}")
    return SourceRefused(
        "The recording cannot be fetched from this site. Download it yourself and use the file."
    )


def _cause(error: BaseException) -> BaseException:
    """yt-dlp wraps: the first error it knows the reason of, from the outside in."""
    known = (
        *(DownloadError, UnsupportedError, HTTPError, TransportError, MemoryError),
        ContentTooShortError,
    )
    at: BaseException | None = error
    last = error
    while at is not None:
        if isinstance(at, known):
            return at
        last = at
        inner = getattr(at, "exc_info", None) or (None, None, None)
        at = getattr(at, "cause", None) or (inner[1] if inner[1] is not at else None)
    return last


def _status(status: int) -> DownloadError:
    if status in (408, 425, 429) or status >= 500:
        return SourceUnreachable(f"The site answered {status}. Try again later.")
    if 300 <= status < 400:
        return SourceRefused("The address leads in a circle. Check it in a browser.")
    return SourceRefused(
        f"The site answered {status}: the recording is gone or not public. Check the address."
    )


def _cut_short() -> SourceUnreachable:
    return SourceUnreachable(
        "The site sent only a part of the recording. Try again later, or download the file "
        "yourself and use it."
    )


def _no_media() -> NoMedia:
    return NoMedia(
        "There is no recording at this address. Give the address of a media file or of a video's "
        "page, or use the file itself."
    )


def _say(out: TextIO, event: dict[str, Any]) -> None:
    out.write(json.dumps(event) + "\n")
    out.flush()


def _end_with_parent() -> None:
    """stdin ends when the parent dies, however it dies."""
    sys.stdin.read()
    os._exit(1)


def _limit(*, file_bytes: int) -> None:
    """Memory and file size. Windows has no such limits: only the counting and the timeout."""
    if sys.platform == "win32":
        return
    for kind, value in (
        (resource.RLIMIT_DATA, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))
