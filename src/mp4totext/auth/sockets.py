"""Who opens a WebSocket."""

from fastapi import WebSocket
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.identity import SUBPROTOCOL, Identity, authenticate, bearer_of
from mp4totext.auth.service import consume_ticket
from mp4totext.kit.errors import AppError
from mp4totext.runtime import Runtime


async def accepted(socket: WebSocket, runtime: Runtime, ticket: str | None) -> Identity | None:
    """Opened for the owner of a ticket, or of the credential of the ``bearer`` subprotocol.

    None: nobody's, and closed with 4401.
    """
    credential = bearer_of(socket.scope.get("subprotocols", []))
    user = await run_in_threadpool(_who, runtime, ticket, credential)
    if user is None:
        await socket.close(code=4401, reason="a ticket or a bearer subprotocol is needed")
        return None
    await socket.accept(subprotocol=SUBPROTOCOL if credential else None)
    return user


def _who(runtime: Runtime, ticket: str | None, credential: str | None) -> Identity | None:
    if ticket is not None:
        with runtime.database.write() as session:
            return consume_ticket(session, ticket)
    if credential is None:
        return None
    try:
        return authenticate(runtime, credential)
    except AppError:
        return None
