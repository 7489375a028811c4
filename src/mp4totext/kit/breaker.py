"""A circuit breaker: a server that did not answer is not called again for a few seconds."""

import threading
import time

PAUSE_S = 5.0


class Breaker:
    """Shared by the threads of a process, for servers that are optional."""

    def __init__(self, pause_s: float = PAUSE_S) -> None:
        self.pause_s = pause_s
        self._open_until = 0.0
        self._lock = threading.Lock()

    def is_open(self) -> bool:
        """True while the server must not be called."""
        return time.monotonic() < self._open_until

    def failed(self) -> None:
        with self._lock:
            self._open_until = time.monotonic() + self.pause_s
