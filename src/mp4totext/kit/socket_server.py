"""WebSockets of the server: uvicorn's, with limits on what small frames cost.

A frame of six bytes takes about as much work as a large one. Without these limits, one connection
that sends nothing else keeps all others waiting for seconds.
"""

import asyncio
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from mp4totext.kit.log import get_logger
from mp4totext.kit.small_reads import SmallReads

READ_BYTES = 4 << 10  # at most some 700 frames before other connections have their turn
CONTROL_FRAMES_MAX = 100  # pings and pongs of a client in a second
FRAGMENTS_MAX = 4_096  # of one message
LINGER_S = 2.0  # seconds in which a client can read why its connection is closed
POLICY_VIOLATION = 1008

log = get_logger()


class LimitedSocket(WebSocketsSansIOProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # uvicorn's own
        super().__init__(*args, **kwargs)
        self._control_frames = 0
        self._counted_from = 0.0
        self._cut_off = False

    async def receive(self) -> Any:  # an ASGI message
        await asyncio.sleep(0)  # a queue with messages would not let other connections go on
        return await super().receive()

    async def send(self, message: Any) -> None:
        if self._cut_off:
            raise ClientDisconnected
        await super().send(message)

    def handle_ping(self) -> None:
        if self._may_take_control_frame():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._may_take_control_frame():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if self.close_sent:
            return
        if len(self.frames) >= FRAGMENTS_MAX:
            self._refuse("too many fragments in a message")
            return
        super().handle_cont(event)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_soon()

    def _may_take_control_frame(self) -> bool:
        if self.close_sent:
            return False
        at = self.loop.time()
        if at - self._counted_from > 1:
            self._counted_from, self._control_frames = at, 0
        self._control_frames += 1
        if self._control_frames <= CONTROL_FRAMES_MAX:
            return True
        self._refuse("too many pings")
        return False

    def _refuse(self, reason: str) -> None:
        log.info("socket.refused", status=POLICY_VIOLATION, reason=reason)
        self.conn.fail(POLICY_VIOLATION, reason)
        self.handle_parser_exception()  # what uvicorn does with a malformed frame: it closes
        self._abort_soon()

    def _abort_soon(self) -> None:
        """End the connection also if its client reads nothing, and so never takes the rest."""
        self._cut_off = True
        self.loop.call_later(LINGER_S, self.transport.abort)


class SmallSocketReads(SmallReads):
    """Gives a ``LimitedSocket`` what arrives, in small pieces."""

    protocol: LimitedSocket
    _buffer = bytearray(READ_BYTES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # uvicorn's own
        super().__init__(LimitedSocket(*args, **kwargs))

    def data_received(self, data: bytes) -> None:  # the handshake, which uvicorn hands over
        self.protocol.data_received(data)

    def get_buffer(self, _sizehint: int) -> bytearray:
        return self._buffer
