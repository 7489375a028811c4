"""Authentication of WebSockets."""

from fastapi import WebSocket
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.cookies import session_secret
from mp4totext.auth.identity import SUBPROTOCOL, Identity, authenticate, bearer_of
from mp4totext.auth.service import consume_ticket
from mp4totext.kit.errors import AppError
from mp4totext.runtime import Runtime


async def accepted(socket: WebSocket, runtime: Runtime, ticket: str | None) -> Identity | None:
    """Accepts the socket for the owner of a ticket, a ``bearer`` credential or a session's cookie.

    Without a valid one the socket is closed with 4401 and the answer is None.
    """
    bearer = bearer_of(socket.scope.get("subprotocols", []))
    user = await run_in_threadpool(_owner, socket, runtime, ticket, bearer)
    if user is None:
        reason = "a ticket, a bearer subprotocol or a session of this page is needed"
        await socket.close(code=4401, reason=reason)
        return None
    await socket.accept(subprotocol=SUBPROTOCOL if bearer else None)
    return user


def _owner(
    socket: WebSocket, runtime: Runtime, ticket: str | None, bearer: str | None
) -> Identity | None:
    if ticket is not None:
        with runtime.database.write() as session:
            return consume_ticket(session, ticket)
    try:
        credential = bearer or session_secret(socket, runtime.settings)
        return None if credential is None else authenticate(runtime, credential)
    except AppError:
        return None
