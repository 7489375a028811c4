"""Authentication of WebSockets."""

from fastapi import WebSocket
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.identity import SUBPROTOCOL, Identity, authenticate, bearer_of
from mp4totext.auth.service import consume_ticket
from mp4totext.kit.errors import AppError
from mp4totext.runtime import Runtime


async def accepted(socket: WebSocket, runtime: Runtime, ticket: str | None) -> Identity | None:
    """Accepts the socket for the owner of a ticket or of a ``bearer`` credential and returns it.

    Without a valid one the socket is closed with 4401 and the answer is None.
    """
    credential = bearer_of(socket.scope.get("subprotocols", []))
    user = await run_in_threadpool(_owner, runtime, ticket, credential)
    if user is None:
        await socket.close(code=4401, reason="a ticket or a bearer subprotocol is needed")
        return None
    await socket.accept(subprotocol=SUBPROTOCOL if credential else None)
    return user


def _owner(runtime: Runtime, ticket: str | None, credential: str | None) -> Identity | None:
    if ticket is not None:
        with runtime.database.write() as session:
            return consume_ticket(session, ticket)
    if credential is None:
        return None
    try:
        return authenticate(runtime, credential)
    except AppError:
        return None
