"""Text on its way to those who watch: gathered, so that an event carries a few words."""

import re
import time
from collections.abc import Callable

EVERY_S = 0.4

_LINE_ID = re.compile(r"^\s*\[s\d+[^\]]*\]\s*")


class TextStream:
    """``send(at, text)``: ``text`` stands at character ``at``; 0 begins anew."""

    def __init__(self, send: Callable[[int, str], None], *, every_s: float = EVERY_S) -> None:
        self._send = send
        self._every_s = every_s
        self._waiting = ""
        self._at = 0
        self._sent = float("-inf")

    def __call__(self, delta: str) -> None:
        self._waiting += delta
        if time.monotonic() - self._sent >= self._every_s:
            self.flush()

    def begin_anew(self) -> None:
        """What was sent is void; the next piece stands at 0."""
        self._waiting, self._at = "", 0

    def flush(self) -> None:
        if self._waiting:
            self._send(self._at, self._waiting)
            self._at += len(self._waiting)
            self._waiting = ""
            self._sent = time.monotonic()


class WholeLines:
    """Lines of a line-by-line answer, each when it is whole and without its id."""

    def __init__(self, stream: Callable[[str], None]) -> None:
        self._stream = stream
        self._line = ""

    def __call__(self, delta: str) -> None:
        *lines, self._line = (self._line + delta).split("\n")
        for line in lines:
            self._stream(_LINE_ID.sub("", line) + "\n")
