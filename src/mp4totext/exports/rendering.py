"""Renders exports, and finds faces for previews, in child processes, so that only these fail.

A process is started on demand, reused for the next file, and killed when the deadline passes.
"""

import atexit
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mp4totext
from mp4totext.exports.documents import Document
from mp4totext.exports.registry import EXPORTS, Export
from mp4totext.exports.render_process import BUG, FILE, LENGTH
from mp4totext.kit.errors import Invalid
from mp4totext.messages import wanted_header

_PACKAGE_ROOT = str(Path(mp4totext.__file__).resolve().parent.parent)
_CHILD = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from mp4totext.exports.render_process import main; "
    "sys.exit(main(int(sys.argv[2]), float(sys.argv[3])))"
)
_STOP_S = 2  # an idle process ends at once when its pipe is closed


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderLimits:
    deadline_s: float = 60.0  # the PDF of ten hours of speech takes a third of it
    memory_bytes: int = 2 << 30
    idle_s: float = 300.0  # idle seconds after which a process ends and frees its 90 MB


class ExportTooLarge(Invalid):
    """The export needs more time or memory than allowed."""

    code = "export_too_large"


class Renderers:
    """A pool of rendering processes, one for each thread that uses it at the same time."""

    def __init__(self, limits: RenderLimits | None = None) -> None:
        self._limits = limits or RenderLimits()
        self._idle: list[_Renderer] = []
        self._lock = threading.Lock()

    def render(self, export: Export, document: Document) -> bytes:
        """Render a file. Blocks. Raises ExportTooLarge after the deadline."""
        file = self.run(_rendered, export.name, document)
        if file is not None:
            return file
        raise ExportTooLarge(
            f"This transcript is too large for {export.title}: it takes more than "
            f"{self._limits.deadline_s:g} seconds or too much memory. "
            "Try another format, or shorten its longest segments.",
            format=export.name,
        )

    def run(self, work: Callable[..., bytes], *arguments: Any) -> bytes | None:
        """Call a function in one of the processes, in the language that is wanted here. Blocks.

        Returns None if it needs more time or memory than allowed.
        """
        request = pickle.dumps((wanted_header(), work, arguments))
        renderer = self._idle_or_new()
        answer = renderer.ask(request, self._limits.deadline_s)
        # An idle process may have ended since it was last used: a new one gets the same request.
        if answer is None and not renderer.is_late:
            renderer.end()
            renderer = _Renderer(self._limits)
            answer = renderer.ask(request, self._limits.deadline_s)
        kind, body = answer or (b"", b"")
        if kind == FILE:
            with self._lock:
                self._idle.append(renderer)
            return body
        renderer.end()
        if kind == BUG:
            raise RuntimeError(f"the rendering process failed:\n{body.decode(errors='replace')}")
        return None

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for renderer in idle:
            renderer.end()

    def _idle_or_new(self) -> "_Renderer":
        with self._lock:
            while self._idle:
                renderer = self._idle.pop()
                if renderer.is_alive:
                    return renderer
                renderer.end()
        return _Renderer(self._limits)


def _rendered(name: str, document: Document) -> bytes:
    return document.rendered(EXPORTS[name])


class _Renderer:
    """One process, used by one thread at a time."""

    def __init__(self, limits: RenderLimits) -> None:
        self.is_late = False  # killed at its deadline
        command = [sys.executable, "-I", "-c", _CHILD, _PACKAGE_ROOT]
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and code
            [*command, str(limits.memory_bytes), str(limits.idle_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # A Ctrl-C is for the service, which ends this. No session: see commands/worker_process.
            process_group=0 if os.name == "posix" else None,
        )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: bytes, deadline_s: float) -> tuple[bytes, bytes] | None:
        """The kind and body of the answer; None if the process died or exceeded the deadline."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.is_late = False
        timer = threading.Timer(deadline_s, self._kill_late)
        timer.start()
        try:
            self._process.stdin.write(LENGTH.pack(len(request)) + request)
            self._process.stdin.flush()
            head = self._process.stdout.read(1 + LENGTH.size)
            if len(head) < 1 + LENGTH.size:
                return None
            size = LENGTH.unpack(head[1:])[0]
            body = self._process.stdout.read(size)
            return (head[:1], body) if len(body) == size else None
        except OSError:  # its end of the pipe is closed
            return None
        finally:
            timer.cancel()

    def _kill_late(self) -> None:
        self.is_late = True
        self._process.kill()

    def end(self) -> None:
        """Close the pipe, at which the process ends unless it hangs."""
        try:
            self._process.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


RENDERERS = Renderers()
atexit.register(RENDERERS.close)
