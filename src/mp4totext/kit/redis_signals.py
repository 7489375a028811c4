"""Notifications between processes through Redis: see ``realtime.py``."""

import asyncio
from collections.abc import AsyncIterator

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from mp4totext.kit.breaker import Breaker
from mp4totext.kit.log import get_logger

CHANNEL = "mp4totext:events"
LISTEN_S = 10.0  # seconds until redis-py checks its connection
REDIS_TIMEOUT_S = 0.5  # seconds; a notification may be lost, so a request does not wait longer

log = get_logger()


class RedisSignals:
    def __init__(self, url: str, *, listen_s: float = LISTEN_S) -> None:
        """``listen_s``: seconds to wait for a message before the connection is checked."""
        self._url = url
        self._listen_s = listen_s
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=REDIS_TIMEOUT_S,
            socket_connect_timeout=REDIS_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._breaker = Breaker()

    def publish(self, user_id: str) -> None:
        if self._breaker.is_open():
            return
        try:
            self._client.publish(CHANNEL, user_id)
        except redis.RedisError as error:  # clients read the events from the database anyway
            self._breaker.failed()
            log.warning("realtime.unreachable", reason=type(error).__name__)

    async def listen(self) -> AsyncIterator[str | None]:
        while True:
            try:
                connected = redis.asyncio.Redis.from_url(
                    self._url,
                    socket_connect_timeout=3,
                    socket_keepalive=True,
                    health_check_interval=30,
                )
                async with connected as client, client.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    yield None
                    while True:
                        message = await pubsub.get_message(
                            ignore_subscribe_messages=True, timeout=self._listen_s
                        )
                        if message is not None:
                            yield message["data"].decode()
            except (redis.RedisError, OSError) as error:
                log.warning("realtime.reconnecting", reason=type(error).__name__)
                await asyncio.sleep(1)
                yield None  # notifications may have been missed
