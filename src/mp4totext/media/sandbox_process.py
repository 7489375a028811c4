"""The child side of ``sandbox``: the fork server, and the limited process that reads a file."""

import errno
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import av

from mp4totext.media.errors import MediaError, TooComplex

_HEAD = struct.Struct("<II")
_STATUS = struct.Struct("<i")
# Loaded before a fork, but for what reads fonts: they are few, and it takes 0.15 s. The last are
# imported by PyAV when it first meets such a stream.
_MODULES = (
    "mp4totext.media.probe_process",
    "mp4totext.media.decode_process",
    "mp4totext.media.pictures_process",
    "mp4totext.media.copy_process",
    "mp4totext.media.stills_process",
    "mp4totext.media.opus_process",
    "av.subtitles.stream",
    "av.video.stream",
)
# The tasks of a child: the module and class that answer its requests.
WORK = {
    "probe": ("mp4totext.media.probe_process", "Probe"),
    "copy": ("mp4totext.media.copy_process", "Copy"),
    "pictures": ("mp4totext.media.pictures_process", "Pictures"),
    "still": ("mp4totext.media.stills_process", "StillPicture"),
    "font": ("mp4totext.media.font_process", "FontFile"),
    "produced": ("mp4totext.media.produced_process", "Produced"),
    "opus": ("mp4totext.media.opus_process", "OpusWork"),
    "decode": ("mp4totext.media.decode_process", "Decode"),
}
MEMORY_STATUS = 12  # exit status of a child without memory for an error message
_MEMORY_GONE = (
    "The file takes more memory, or has more tracks, than any recording should. "
    "Export it again, or try MP3 or MP4."
)

Answer = tuple[Mapping[str, Any], Any]  # JSON values, and a buffer of samples


class Work(Protocol):
    """Answers the requests about one file or one stream."""

    def __init__(self, path: Path) -> None: ...

    def answer(self, request: Mapping[str, Any]) -> Iterator[Answer]: ...


def main(arguments: list[str]) -> None:
    """Run the fork server on the socket with the given number, or without one a single child."""
    if arguments:
        _serve(socket.socket(fileno=int(arguments[0])))
        return
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    order = _read_request(sys.stdin.buffer)
    if order is not None:
        try:
            _answer_requests(order, sys.stdin.buffer, out)
        except MemoryError:
            os._exit(MEMORY_STATUS)


# The fork server


def _serve(control: socket.socket) -> None:
    """Serve until the owner closes its end. Single-threaded, so that forks are safe."""
    for module in _MODULES:
        importlib.import_module(module)
    av.logging.set_level(None)
    gc.freeze()  # keeps what is loaded shared with the children
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    children: dict[int, int] = {}  # process id -> the descriptor that receives its exit status
    with selectors.DefaultSelector() as ready:
        ready.register(control, selectors.EVENT_READ)
        ready.register(wake, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fileobj is wake:
                    os.read(wake, 4_096)
                    _report_exits(children)
                elif not _handle_order(control, children):
                    return


def _handle_order(control: socket.socket, children: dict[int, int]) -> bool:
    head, handles, _, _ = socket.recv_fds(control, _HEAD.size, 2)
    if not head:
        return False
    size, _ = _HEAD.unpack(head)
    order = json.loads(control.recv(size, socket.MSG_WAITALL))
    if (pid := order.get("kill")) is not None:
        if pid in children:
            os.kill(pid, signal.SIGKILL)
        return True
    link, status = handles
    pid = os.fork()
    if pid == 0:
        _become_child(order, link)
    os.close(link)
    children[pid] = status
    with suppress(OSError):
        os.write(status, _STATUS.pack(pid))
    return True


def _report_exits(children: dict[int, int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        status_pipe = children.pop(pid)
        with suppress(OSError):  # the requester has ended
            os.write(status_pipe, _STATUS.pack(os.waitstatus_to_exitcode(status)))
        os.close(status_pipe)


def _become_child(order: Mapping[str, Any], link: int) -> None:
    """Become the child: keep only its one connection. Never returns."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.closerange(3, link)
        os.closerange(link + 1, 1_024)
        stream = socket.socket(fileno=link)
        _answer_requests(order, stream.makefile("rb"), stream.makefile("wb", buffering=0))
        code = 0
    except MemoryError:
        code = MEMORY_STATUS
    finally:
        os._exit(code)


# The child


def _answer_requests(order: Mapping[str, Any], requests: BinaryIO, answers: Any) -> None:
    """Answer requests until the connection ends."""
    limits = order["limits"]
    module, name = WORK[order["work"]]
    kind: type[Work] = getattr(importlib.import_module(module), name)
    _set_limits(memory_bytes=limits["memory_bytes"], open_files=limits["open_files"])
    renew_cpu_limit = _cpu_limit_renewer(limits["step_cpu_s"])
    work: Work | None = None

    def send(facts: Mapping[str, Any], data: Any = b"") -> None:
        _send(answers, facts, data)
        renew_cpu_limit()

    while (request := _read_request(requests)) is not None:
        renew_cpu_limit()
        try:
            if work is None:
                work = kind(Path(order["path"]))
            for facts, data in work.answer(request):
                send(facts, data)
            send({"last": True})
        except MediaError as e:
            send({"error": e.code, "message": e.message})
        except Exception as e:  # noqa: BLE001  raised on the other side
            if isinstance(e, MemoryError) or getattr(e, "errno", None) == errno.ENOMEM:
                send({"error": TooComplex.code, "message": _MEMORY_GONE})
            else:
                send({"bug": traceback.format_exc()})


def _send(stream: Any, facts: Mapping[str, Any], data: Any) -> None:
    body = json.dumps(facts).encode()
    view = memoryview(data)
    view = view.cast("B") if view.nbytes else memoryview(b"")
    for part in (_HEAD.pack(len(body), len(view)) + body, view):
        rest = memoryview(part)
        while rest:  # an unbuffered write may be short
            rest = rest[stream.write(rest) :]


def _read_request(stream: BinaryIO) -> dict[str, Any] | None:
    """The JSON values of a request, with its bytes as ``data``; None at the end."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    json_bytes, data_bytes = _HEAD.unpack(head)
    found: dict[str, Any] = json.loads(stream.read(json_bytes))
    return found | {"data": stream.read(data_bytes)}


def _set_limits(*, memory_bytes: int, open_files: int) -> None:
    """Limit memory and open files, and forbid writing. Windows has no such limits."""
    try:
        import resource  # noqa: PLC0415  absent on Windows
    except ImportError:
        return
    for kind, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def _cpu_limit_renewer(step_s: int) -> Callable[[], None]:
    """A function that restarts the limit of processor time: another ``step_s`` from now on."""
    try:
        import resource  # noqa: PLC0415  absent on Windows
    except ImportError:
        return lambda: None
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)

    def renew_cpu_limit() -> None:
        until = int(time.process_time()) + step_s + 1
        soft = until if hard == resource.RLIM_INFINITY else min(until, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))

    return renew_cpu_limit
