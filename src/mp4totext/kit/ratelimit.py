"""Rate limits over a moving window, counted in Redis if configured, otherwise in this process."""

import ipaddress
import math
import time
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import Depends, Request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from mp4totext.kit.breaker import Breaker
from mp4totext.kit.errors import TooManyRequests
from mp4totext.kit.log import get_logger

LimitName = Literal["login", "register", "expensive", "shared", "comment"]
REDIS_TIMEOUT_S = 0.5

log = get_logger()


class RateLimiter:
    """Fails open: while Redis is unreachable requests are not limited, which is logged.

    To refuse everybody for want of a counter would be worse than excessive use for a while.
    """

    def __init__(
        self, limits: Mapping[LimitName, str], *, redis_url: str | None, enabled: bool = True
    ) -> None:
        self._limits: dict[LimitName, RateLimitItem] = {
            name: parse(limit) for name, limit in limits.items()
        }
        self._enabled = enabled
        self._window = MovingWindowRateLimiter(_storage(redis_url))
        self._breaker = Breaker()

    def check(self, name: LimitName, *who: str) -> None:
        """Count one request. Raises TooManyRequests with the seconds until the next is allowed."""
        if not self._enabled or self._breaker.is_open():
            return
        limit = self._limits[name]
        try:
            if self._window.hit(limit, name, *who):
                return
            reset_at = self._window.get_window_stats(limit, name, *who).reset_time
            wait_s = max(1, math.ceil(reset_at - time.time()))
            if wait_s > limit.get_expiry() + 1:  # counted before the clock was set back
                self._window.clear(limit, name, *who)
                self._window.hit(limit, name, *who)
                return
        except StorageError as error:
            self._breaker.failed()
            log.warning("ratelimit.storage_away", reason=str(error), pause_s=self._breaker.pause_s)
            return
        raise TooManyRequests(
            f"Too many requests ({limit}): try again in {wait_s} s.", retry_after_s=wait_s
        )


def rate_limit_by_address(name: LimitName) -> Any:  # FastAPI's marker, for dependencies=[...]
    def check(request: Request) -> None:
        request.app.state.runtime.limiter.check(name, "address", address_of(request))

    return Depends(check)


def address_of(request: Request) -> str:
    """The client's address as reported by uvicorn; a /64 network of IPv6 counts as one client.

    A /64 is the smallest network that a provider assigns, so a client may use any of its addresses.
    """
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))


def _storage(redis_url: str | None) -> Storage:
    if redis_url is None:
        return MemoryStorage()
    from redis.backoff import NoBackoff  # noqa: PLC0415  # 0.3 s, needed with Redis only
    from redis.retry import Retry  # noqa: PLC0415

    return RedisStorage(
        redis_url,
        key_prefix="mp4totext:limits",
        wrap_exceptions=True,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
