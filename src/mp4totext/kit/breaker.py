"""A server that does not answer is left alone for a while: nobody waits for it twice."""

import threading
import time

PAUSE_S = 5.0


class Breaker:
    """Shared by the threads of a process. For servers whose absence is survivable."""

    def __init__(self, pause_s: float = PAUSE_S) -> None:
        self.pause_s = pause_s
        self._away_until = 0.0
        self._lock = threading.Lock()

    def is_open(self) -> bool:
        """True while the server is left alone."""
        return time.monotonic() < self._away_until

    def failed(self) -> None:
        with self._lock:
            self._away_until = time.monotonic() + self.pause_s
