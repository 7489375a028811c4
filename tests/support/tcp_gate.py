"""A TCP proxy in front of a server, which tests can close, slow down or silence."""

import select
import socket
import threading
import time
from contextlib import suppress

SLOW_BYTES, SLOW_S = 4_096, 0.4


class Gate:
    """A proxy that forwards, refuses, is slow, or is silent (accepts but sends nothing)."""

    def __init__(self, port: int, *, host: str = "127.0.0.1") -> None:
        self._host = host
        self._target = ("127.0.0.1", port)
        self._silent = threading.Event()
        self._slow = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        self._silent.clear()
        self._slow.clear()
        if self._listener is None:
            self._listener = socket.create_server((self._host, self.port))
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Close all connections and accept no new ones."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for pair in self._pairs:
            _close(*pair)
        self._pairs.clear()

    def fall_silent(self) -> None:
        self._silent.set()

    def slow_down(self) -> None:
        """Forward about 10 kB a second on each connection."""
        self._slow.set()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            self._pairs.append((client, server))
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        others = {client: server, server: client}
        with suppress(OSError, ValueError):
            while True:
                if self._silent.is_set():
                    time.sleep(0.05)
                    continue
                readable, _, _ = select.select([client, server], [], [], 0.2)
                for side in readable:
                    if self._slow.is_set():
                        time.sleep(SLOW_S)
                    data = side.recv(SLOW_BYTES if self._slow.is_set() else 1 << 16)
                    if not data:
                        return _close(client, server)
                    others[side].sendall(data)
        return _close(client, server)


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
