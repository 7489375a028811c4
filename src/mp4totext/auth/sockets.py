"""Authenticates WebSockets and streams, and ends them with their login, key or account."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress

from fastapi import WebSocket, WebSocketDisconnect
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from mp4totext.auth import queries
from mp4totext.auth.cookies import session_secret
from mp4totext.auth.errors import ScopeMissing, TooManyStreams
from mp4totext.auth.identity import SUBPROTOCOL, Identity, Scope, authenticate, bearer_of
from mp4totext.auth.service import consume_ticket, owner_of_client_secret
from mp4totext.auth.tokens import CLIENT_SECRET
from mp4totext.kit.db import Database
from mp4totext.kit.errors import AppError
from mp4totext.kit.log import get_logger
from mp4totext.kit.tasks import ended
from mp4totext.runtime import Runtime

CHECK_EVERY_S = 2.0
IDS_A_QUERY = 300  # each has three IN lists, and SQLite before 3.32 allows 999 parameters
NOT_ALLOWED = 4401  # 4000 plus the HTTP status: RFC 6455 leaves 4000 to 4999 to applications

log = get_logger()


async def accepted(
    socket: WebSocket,
    runtime: Runtime,
    ticket: str | None,
    *,
    scope: Scope,
    credential: str | None = None,
    subprotocol: str | None = None,
) -> Identity | None:
    """Accept the socket for the owner of a ticket, a ``bearer`` credential or a session's cookie.

    ``credential``: from another protocol, accepted with ``subprotocol``. Without a valid credential
    the socket is closed with 4401, without ``scope`` with 4403, and the result is None.
    """
    bearer = credential or bearer_of(socket.scope.get("subprotocols", []))
    user = await run_in_threadpool(_owner, socket, runtime, ticket, bearer)
    if user is None:
        reason = "a ticket, a bearer subprotocol or a session of this page is needed"
        await socket.close(NOT_ALLOWED, reason)
        return None
    if credential is None and bearer:
        subprotocol = SUBPROTOCOL
    await socket.accept(subprotocol=subprotocol)
    try:
        user.require(scope)
    except ScopeMissing as error:
        await close_with_error(socket, error)
        return None
    return user


async def close_with_error(socket: WebSocket, error: AppError) -> None:
    """Send the problem as a message, then close with 4000 + its status."""
    log.info("socket.refused", status=error.status, code=error.code, path=socket.url.path)
    body = {"type": "error", "status": error.status, "code": error.code, "message": error.message}
    if error.retry_after_s is not None:
        body["retry_after_s"] = error.retry_after_s
    with suppress(WebSocketDisconnect, RuntimeError):  # either side may have closed it
        await socket.send_json(body | error.facts)
        await socket.close(code=4000 + error.status, reason=error.code)


def _owner(
    socket: WebSocket, runtime: Runtime, ticket: str | None, bearer: str | None
) -> Identity | None:
    if ticket is not None:
        with runtime.database.write() as session:
            return consume_ticket(session, ticket)
    if bearer is not None and bearer.startswith(CLIENT_SECRET):
        with runtime.database.read() as session:
            return owner_of_client_secret(session, bearer)
    try:
        credential = bearer or session_secret(socket, runtime.settings)
        return None if credential is None else authenticate(runtime, credential)
    except AppError:
        return None


class Watch:
    """Closes open streams of one process when their login, key or account becomes invalid.

    One query every 2 s checks all of them, and one checks a user's before an event is delivered.
    """

    def __init__(
        self, database: Database, *, per_user: int, every_s: float = CHECK_EVERY_S
    ) -> None:
        self._database = database
        self._per_user = per_user
        self._every_s = every_s
        self._streams: Counter[str] = Counter()  # by user
        # By user, and by the id of the login, the key or the account.
        self._open: defaultdict[tuple[str, str], set[asyncio.Event]] = defaultdict(set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            await ended(task)

    def require_space(self, user: Identity) -> None:
        """Raises TooManyStreams when the account has reached its limit."""
        if self._streams[user.user_id] >= self._per_user:
            raise TooManyStreams(self._per_user)

    @contextmanager
    def following(self, user: Identity) -> Iterator[asyncio.Event]:
        """An event that is set when the stream must end."""
        stop = asyncio.Event()
        name = (user.user_id, user.credential_id)
        self._open[name].add(stop)
        self._streams[user.user_id] += 1
        try:
            yield stop
        finally:
            self._streams[user.user_id] -= 1
            if not self._streams[user.user_id]:
                del self._streams[user.user_id]
            self._open[name].discard(stop)
            if not self._open[name]:
                del self._open[name]

    async def check_users(self, user_ids: set[str]) -> None:
        """Check the streams of these users. Raises SQLAlchemyError."""
        await self._check([name for name in self._open if name[0] in user_ids])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._check(list(self._open))
            # Streams stay open while the database is unreachable: the next check repeats the query,
            # and no event is delivered without one.
            except SQLAlchemyError as error:
                log.warning("watch.database_away", reason=type(error).__name__)

    async def _check(self, names: list[tuple[str, str]]) -> None:
        if not names:
            return
        ids = [credential_id for _, credential_id in names]
        allowed = await run_in_threadpool(self._still_allowed, ids)
        for name in names:
            if name[1] not in allowed:
                for stop in self._open.get(name, ()):  # it may have been closed in the meantime
                    stop.set()

    def _still_allowed(self, ids: list[str]) -> set[str]:
        with self._database.read() as session:
            parts = (
                queries.still_allowed(session, ids[first : first + IDS_A_QUERY])
                for first in range(0, len(ids), IDS_A_QUERY)
            )
            return set().union(*parts)


async def run_while_allowed(
    socket: WebSocket, user: Identity, work: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    """Run ``work`` to its end, or until the socket must be closed, with 4401.

    ``work`` gets a function that tells whether the socket is closed: then nothing may be sent.
    Raises TooManyStreams.
    """
    watch: Watch = socket.app.state.watch
    watch.require_space(user)
    with watch.following(user) as stop:
        tasks = [asyncio.ensure_future(work(stop.is_set)), asyncio.create_task(_wait(stop))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            failures = await ended(*tasks)
    if stop.is_set():
        log.info("socket.closed", user_id=user.user_id, path=socket.url.path)
        with suppress(WebSocketDisconnect, RuntimeError):  # its client may have closed it
            await socket.close(NOT_ALLOWED, "the login, the key or the account has ended")
    elif failures:
        raise failures[0]


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()


async def stream_while_allowed(
    watch: Watch, user: Identity, make: Callable[[Callable[[], bool]], AsyncGenerator[str]]
) -> AsyncIterator[str]:
    """The stream that ``make`` returns; it ends early with the login, key or account."""
    with watch.following(user) as stop:
        async with aclosing(make(stop.is_set)) as stream:
            stopped = asyncio.create_task(_wait(stop))
            following = None
            try:
                while True:
                    following = asyncio.ensure_future(anext(stream, None))
                    await asyncio.wait({following, stopped}, return_when=asyncio.FIRST_COMPLETED)
                    if stopped.done() or (item := following.result()) is None:
                        return
                    yield item
            finally:
                await ended(stopped, *(() if following is None else (following,)))
