"""Reads of a connection in pieces that a protocol chooses."""

import asyncio


class SmallReads(asyncio.BufferedProtocol):
    """Passes the events of a connection to a protocol without buffers.

    asyncio reads into what ``get_buffer`` returns, so its size is that of the largest piece. All
    connections can share a buffer: what was read is taken out before the next read.
    """

    def __init__(self, protocol: asyncio.Protocol) -> None:
        self.protocol = protocol

    def get_buffer(self, sizehint: int) -> bytearray:
        raise NotImplementedError

    def buffer_updated(self, nbytes: int) -> None:
        buffer = self.get_buffer(nbytes)
        self.protocol.data_received(bytes(memoryview(buffer)[:nbytes]))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        self.protocol.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.protocol.connection_lost(exc)

    def eof_received(self) -> None:
        self.protocol.eof_received()

    def pause_writing(self) -> None:
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        self.protocol.resume_writing()
