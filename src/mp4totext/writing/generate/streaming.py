"""Streams a text while it is written, with a few words in each event."""

import re
import time
from collections.abc import Callable

EVERY_S = 0.4  # each event is a commit, and readers do not notice steps this short

_LINE_ID = re.compile(r"^\s*\[s\d+[^\]]*\]\s*")


class TextStream:
    """Calls ``send(at, text)`` with pieces of a text; ``at`` is the piece's first character.

    ``at == 0`` starts the text again.
    """

    def __init__(self, send: Callable[[int, str], None], *, every_s: float = EVERY_S) -> None:
        self._send = send
        self._every_s = every_s
        self._buffer = ""
        self._at = 0
        self._sent_at = float("-inf")

    def __call__(self, delta: str) -> None:
        self._buffer += delta
        if time.monotonic() - self._sent_at >= self._every_s:
            self.flush()

    def restart(self) -> None:
        """Discard the text that was sent: the next piece starts at 0."""
        self._buffer, self._at = "", 0

    def flush(self) -> None:
        if self._buffer:
            self._send(self._at, self._buffer)
            self._at += len(self._buffer)
            self._buffer = ""
            self._sent_at = time.monotonic()


class WholeLines:
    """Passes on the lines of a line-by-line answer, each once it is complete, without its id."""

    def __init__(self, stream: Callable[[str], None]) -> None:
        self._stream = stream
        self._line = ""

    def __call__(self, delta: str) -> None:
        *lines, self._line = (self._line + delta).split("\n")
        for line in lines:
            self._stream(_LINE_ID.sub("", line) + "\n")
