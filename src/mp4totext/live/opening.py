"""Opens a live session and waits for its worker, for every kind of client."""

import asyncio

from fastapi import WebSocket
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.identity import Identity
from mp4totext.live import service
from mp4totext.live.schemas import Start
from mp4totext.runtime import Runtime

_POLL_S = 0.05


async def start_session(
    socket: WebSocket, runtime: Runtime, user: Identity, start: Start
) -> service.Opened:
    """Open a session and wait until a worker has loaded its engine, so that no speech waits for it.

    Raises what ``service.start`` raises, TooManyRequests, and NoLiveWorker after LIVE_START_S; the
    session is then removed.
    """
    runtime.limiter.check("expensive", "user", user.user_id)
    request_id = socket.scope["state"].get("request_id")
    operations = socket.app.state.operations
    opened = await run_in_threadpool(
        service.start, runtime, operations, user, start, request_id=request_id
    )
    loop = asyncio.get_running_loop()
    deadline = loop.time() + runtime.settings.live.live_start_s
    while not await run_in_threadpool(service.is_running, runtime, opened):
        if loop.time() > deadline:
            raise await run_in_threadpool(
                service.remove_unclaimed, runtime, operations, user, opened
            )
        await asyncio.sleep(_POLL_S)
    return opened
