"""Sets the wall clock of this process, as an administrator or time server sets a machine's.

The monotonic clock goes on as it did, and so do thread waits and time-outs.
"""

import time
from datetime import datetime, timedelta, tzinfo
from types import ModuleType

import jwt.api_jwt
import pytest

from mp4totext.kit import clock

_CLOCKS: tuple[ModuleType, ...] = (clock, jwt.api_jwt)  # what asks for the time of day by a class
_HOUR = timedelta(hours=1)


class SetClock:
    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._by = timedelta()
        read_s, read_ns, read = time.time, time.time_ns, datetime.now

        class AsBefore(type):
            def __instancecheck__(cls, value: object) -> bool:
                return isinstance(value, datetime)

        class Clock(datetime, metaclass=AsBefore):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return read(tz) + self._by

        for module in _CLOCKS:
            patch.setattr(module, "datetime", Clock)
        patch.setattr(time, "time", lambda: read_s() + self._by.total_seconds())
        patch.setattr(time, "time_ns", lambda: read_ns() + int(self._by.total_seconds() * 10**9))

    def ahead(self) -> None:
        self._by += _HOUR

    def back(self) -> None:
        self._by -= _HOUR

    def wait(self, seconds: float) -> None:
        """Advance the wall clock by ``seconds``."""
        self._by += timedelta(seconds=seconds)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    return SetClock(monkeypatch)
