"""Celery's broker without a server: messages are files in a folder shared by processes.

Every file is written under a temporary name, then renamed; a reader takes it by another rename. So
no reader sees half a message, and no message is taken twice. kombu's own filesystem transport
opens the final file before it writes it, so a worker that reads too early fails. It also has no
event loop, and without one the children of Celery's pool read from one pipe under a lock that a
killed child never releases.
"""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any, ClassVar

from filelock import FileLock
from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.json import dumps, loads

SCHEME = "filesystem"

Binding = tuple[str, str, str]  # routing key, pattern, queue


class Channel(virtual.Channel):  # type: ignore[misc]  # kombu has no types
    supports_fanout = True

    @property
    def _messages(self) -> Path:
        return Path(self.connection.client.transport_options["data_folder_in"])

    @property
    def _control(self) -> Path:
        return Path(self.connection.client.transport_options["control_folder"])

    def _put(self, queue: str, payload: Any, **_: Any) -> None:
        name = f"{time.time_ns():020}-{uuid.uuid4().hex}"
        unfinished = self._messages / f"{name}.unfinished"
        unfinished.write_text(dumps(payload), encoding="utf-8")
        unfinished.rename(self._messages / f"{name}.{queue}.msg")

    def _put_fanout(self, exchange: str, payload: Any, routing_key: str, **_: Any) -> None:
        for _key, _pattern, queue in self.get_table(exchange):
            self._put(queue, payload)

    def _get(self, queue: str) -> Any:
        for path in self._waiting(queue):
            claimed = self._messages / f"{uuid.uuid4().hex}.taken"
            try:
                path.rename(claimed)
                text = claimed.read_text(encoding="utf-8")
            except OSError:
                continue  # another process was faster
            finally:
                claimed.unlink(missing_ok=True)
            with suppress(ValueError):  # not a file of this transport
                return loads(text)
        raise Empty

    def _waiting(self, queue: str) -> Iterator[Path]:
        """Waiting messages, the oldest first.

        Each worker lists them twenty times a second, for each queue.
        """
        ending = f".{queue}.msg"
        names = os.listdir(self._messages)  # noqa: PTH208  paths take ten times as long
        for name in sorted(name for name in names if name.endswith(ending)):
            yield self._messages / name

    def _size(self, queue: str) -> int:
        return sum(1 for _ in self._waiting(queue))

    def _purge(self, queue: str) -> int:
        waiting = list(self._waiting(queue))
        for path in waiting:
            path.unlink(missing_ok=True)
        return len(waiting)

    # Bindings: which queues of other processes receive the messages of an exchange.

    def get_table(self, exchange: str) -> list[Binding]:
        try:
            text = self._table(exchange).read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        return [tuple(binding) for binding in loads(text)]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = (routing_key or "", pattern or "", queue or "")
        if binding not in self.get_table(exchange):
            self._change(exchange, lambda table: [binding, *table])

    def _delete(
        self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **options: Any
    ) -> None:
        super()._delete(queue, exchange, routing_key, pattern, *args, **options)
        binding = (routing_key or "", pattern or "", queue or "")
        self._change(exchange, lambda table: [entry for entry in table if entry != binding])

    def _change(self, exchange: str, change: Any) -> None:
        path = self._table(exchange)
        with FileLock(path.with_suffix(".lock"), timeout=10):
            unfinished = path.with_suffix(f".{uuid.uuid4().hex}")
            table = list(dict.fromkeys(change(self.get_table(exchange))))
            unfinished.write_text(dumps(table), encoding="utf-8")
            unfinished.replace(path)

    def _table(self, exchange: str) -> Path:
        return self._control / f"{exchange.replace('/', '_') or 'default'}.bindings"


class Transport(virtual.Transport):  # type: ignore[misc]  # kombu has no types
    Channel = Channel
    implements = virtual.Transport.implements.extend(
        asynchronous=True, exchange_type=frozenset(["direct", "topic", "fanout"])
    )
    default_port = 0
    driver_type = SCHEME
    driver_name = SCHEME
    # Messages and bindings are files; only declared exchanges are in memory.
    global_state: ClassVar[Any] = virtual.BrokerState()

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        self.state = self.global_state

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        """Read the folder in the worker's event loop, every ``polling_interval`` seconds."""
        loop.call_repeatedly(self.polling_interval, self._look)

    def _look(self) -> None:
        with suppress(Empty):
            while True:  # until nothing waits, or the worker's prefetch limit is reached
                self.cycle.get(self._deliver)


def install() -> None:
    """Register this transport for ``filesystem://``."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
