"""Runs decoders of untrusted files in child processes with limited resources.

A process that has loaded the decoder forks a child for each file: that takes 15 ms, starting Python
takes 200 ms. A crash, a hang or a file that unpacks to gigabytes ends its child, and becomes a
MediaError here.
"""

import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import mp4totext
from mp4totext.media.errors import BY_CODE, DamagedMedia, MediaError, TooComplex
from mp4totext.settings import environment

_PACKAGE_ROOT = str(Path(mp4totext.__file__).resolve().parent.parent)
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from mp4totext.media.sandbox_process import main; main(sys.argv[2:])"
)
# No keys or passwords for a process that reads untrusted files. One thread of linear algebra:
# a fork has only the thread that called it.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_HEAD = struct.Struct("<II")  # lengths of the JSON and of the samples that follow it
_STATUS = struct.Struct("<i")
_MEMORY_STATUS = 12  # ``sandbox_process.MEMORY_STATUS``, a module that only the child loads
_CAN_FORK = hasattr(os, "fork") and hasattr(socket, "send_fds")
_LAST_WORD_S = 10.0  # from the end of a connection to the exit of its process

_SIGNALS = signal.Signals.__members__  # Windows lacks most of them
_CRASHED = (
    "Reading this file crashed the decoder: the file is damaged, or was made for that. "
    "Export it again, or try MP3 or MP4."
)
_TOO_MUCH = (
    "Reading this file takes more memory or time than any recording should. "
    "Export it again, or try MP3 or MP4."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one child. On Windows only ``silence_s`` applies."""

    memory_bytes: int = 1_500_000_000  # of address space; the index of a 12 h MP4 takes 150 MB
    step_cpu_s: int = 30  # processor time between two messages
    silence_s: float = 90.0  # time between two messages, on a busy machine
    open_files: int = 160  # each audio track is read through its own file handle


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Message:
    """JSON values, and the samples that came with them, if any."""

    facts: Mapping[str, Any]
    data: memoryview


class Child:
    """A limited process that works on one file, for one thread at a time; close it."""

    def __init__(self, work: str, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        """``work``: a key of ``sandbox_process.WORK``."""
        self._limits = limits
        self._failed: MediaError | None = None  # why it ended
        order = {"work": work, "path": str(path), "limits": asdict(limits)}
        self._process = _SERVER.fork(order) if _CAN_FORK else _SpawnedProcess(order)

    @property
    def died(self) -> MediaError | None:
        """Why it ended, unless it was closed."""
        return self._failed

    def ask(self, data: bytes = b"", /, **request: Any) -> Generator[Message, None, None]:
        """The answers to one request. Raises MediaError, also if the child dies."""
        if self._failed is not None:
            raise self._failed
        try:
            self._process.send(_packed(request, data))
            while True:
                message = self._receive()
                if message.facts.get("last"):
                    return
                yield message
        except GeneratorExit:
            # Otherwise the remaining answers would be taken for those of the next request.
            self.close()
            raise
        except (EOFError, BrokenPipeError, ConnectionError) as e:
            self._failed = _verdict(self._process.exit_status())
            raise self._failed from e
        except TimeoutError as e:
            self._process.kill()
            self._failed = TooComplex(_TOO_MUCH)
            raise self._failed from e

    def close(self) -> None:
        """End the child, also in the middle of an answer."""
        self._process.close()

    def _receive(self) -> Message:
        head = self._process.receive(_HEAD.size, self._limits.silence_s)
        json_bytes, data_bytes = _HEAD.unpack(head)
        facts = json.loads(bytes(self._process.receive(json_bytes, self._limits.silence_s)))
        data = self._process.receive(data_bytes, self._limits.silence_s)
        if code := facts.get("error"):
            raise BY_CODE.get(code, MediaError)(facts["message"])
        if bug := facts.get("bug"):
            raise RuntimeError(f"the reading process failed:\n{bug}")
        return Message(facts, data)


class OpenFile:
    """A file that a child holds open between requests; close it."""

    def __init__(self, work: str, path: Path, limits: Limits, **request: Any) -> None:
        """``request``: sent to the child when it opens the file."""
        self._child = Child(work, path, limits)
        try:
            (answer,) = self._child.ask(do="open", **request)
        except BaseException:
            self._child.close()
            raise
        self._opened = answer.facts

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._child.close()


def _packed(request: Mapping[str, Any], data: bytes = b"") -> bytes:
    body = json.dumps(request).encode()
    return _HEAD.pack(len(body), len(data)) + body + data


def _verdict(status: int | None) -> MediaError:
    """The error for an exit status. The kernel sends SIGKILL when memory is exhausted."""
    by_limit = {-signal.Signals[name] for name in ("SIGKILL", "SIGXCPU") if name in _SIGNALS}
    too_much = status == _MEMORY_STATUS or status in by_limit
    return TooComplex(_TOO_MUCH) if too_much else DamagedMedia(_CRASHED)


class _ForkedProcess:
    """A child of the fork server, connected by its own socket."""

    def __init__(self, server: "_ForkServer", link: socket.socket, status: BinaryIO) -> None:
        self._server = server
        self._link = link
        self._status = status
        try:
            self.pid = _STATUS.unpack(_exactly(status, _STATUS.size))[0]
        except BaseException:  # EOFError: the server was killed before it forked
            link.close()
            status.close()
            raise

    def send(self, data: bytes) -> None:
        self._link.sendall(data)

    def receive(self, size: int, timeout_s: float) -> memoryview:
        self._link.settimeout(timeout_s)
        data = memoryview(bytearray(size))
        at = 0
        while at < size:
            got = self._link.recv_into(data[at:])
            if not got:
                raise EOFError
            at += got
        return data

    def exit_status(self) -> int | None:
        """Wait for its end. Negative: the signal that ended it."""
        self._link.close()
        try:
            return int(_STATUS.unpack(_exactly(self._status, _STATUS.size))[0])
        except EOFError:
            return None  # the server has ended, too

    def kill(self) -> None:
        self._server.kill(self.pid)

    def close(self) -> None:
        self._link.close()
        self._status.close()
        self.kill()


class _ForkServer:
    """The process that has loaded the decoder and forks. One for each process of ours."""

    def __init__(self) -> None:
        parent_end, server_end = socket.socketpair()
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and code
            [sys.executable, "-I", "-c", _START, _PACKAGE_ROOT, str(server_end.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            pass_fds=(server_end.fileno(),),
            # Ctrl-C must reach the command only, which ends this one. No session: see
            # worker_process.
            process_group=0,
        )
        server_end.close()
        self._control = parent_end
        self._lock = threading.Lock()

    def fork(self, order: Mapping[str, Any]) -> _ForkedProcess:
        """Raises OSError or EOFError if the server has ended."""
        parent_end, child_end = socket.socketpair()
        status_end, status_write = os.pipe()
        try:
            with self._lock:
                socket.send_fds(self._control, [_packed(order)], [child_end.fileno(), status_write])
        except BaseException:
            parent_end.close()
            os.close(status_end)
            raise
        finally:
            child_end.close()
            os.close(status_write)
        return _ForkedProcess(self, parent_end, os.fdopen(status_end, "rb", buffering=0))

    def kill(self, pid: int) -> None:
        """Kill a child through the server, which knows that the id is still that child's."""
        with suppress(OSError), self._lock:
            self._control.sendall(_packed({"kill": pid}))

    def end(self) -> None:
        self._control.close()
        self._process.kill()
        self._process.wait(_LAST_WORD_S)

    def disown(self) -> None:
        """Called in a fork of our process: the server stays the parent's."""
        self._control.close()
        self._process.returncode = 0  # not a child of this process, so it cannot be waited for


class _OneServer:
    """The fork server of this process, started on first use."""

    def __init__(self) -> None:
        self._server: _ForkServer | None = None
        self._lock = threading.Lock()

    def fork(self, order: Mapping[str, Any]) -> _ForkedProcess:
        server = self.get()
        try:
            return server.fork(order)
        except (OSError, EOFError):  # the server was killed: not this file's fault
            self._replace(server)
            return self.get().fork(order)

    def get(self) -> _ForkServer:
        with self._lock:
            self._server = self._server or _ForkServer()
            return self._server

    def _replace(self, dead: _ForkServer) -> None:
        with self._lock:
            if self._server is dead:
                self._server = None
                dead.end()

    def end(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.end()

    def after_fork(self) -> None:
        self._lock = threading.Lock()  # the thread that held the lock does not exist in the fork
        server, self._server = self._server, None
        if server is not None:
            server.disown()


_SERVER = _OneServer()
atexit.register(_SERVER.end)
if _CAN_FORK:
    os.register_at_fork(after_in_child=_SERVER.after_fork)


def start() -> None:
    """Starts the process that forks, which loads its decoder meanwhile: there will be a file."""
    if _CAN_FORK:
        _SERVER.get()


class _SpawnedProcess:
    """For systems without fork: a direct child, connected by its standard streams."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and code
            [sys.executable, "-I", "-c", _START, _PACKAGE_ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self.pid = self._process.pid
        self.send(_packed(order))

    def send(self, data: bytes) -> None:
        self._in.write(data)
        self._in.flush()

    def receive(self, size: int, timeout_s: float) -> memoryview:
        """A timer ends a silent child, as not every system can wait for a pipe with a time-out."""
        timer = threading.Timer(timeout_s, self._process.kill)
        timer.start()
        try:
            return memoryview(_exactly(self._out, size))
        finally:
            timer.cancel()

    def exit_status(self) -> int | None:
        self._in.close()
        try:
            return self._process.wait(_LAST_WORD_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return None

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.kill()
        self._in.close()
        self._out.close()
        self._process.wait(_LAST_WORD_S)


def _exactly(stream: Any, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = stream.read(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts


def _environment() -> dict[str, str]:
    return _ENVIRONMENT | {k: value for k, value in environment().items() if k in _KEPT}
