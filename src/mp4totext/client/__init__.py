"""A client of the service: ``from mp4totext.client import Client``; ``AsyncClient`` for asyncio.

It is a thin layer over httpx: results are the JSON of docs/api.md. It resumes uploads and event
streams after a lost connection, and follows the pages of lists.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from mp4totext.client import flows
from mp4totext.client.flows import (
    TIMEOUT,
    Call,
    Flow,
    JobFailed,
    Json,
    Pause,
    Running,
    ServiceError,
)

__all__ = ["AsyncClient", "Client", "JobFailed", "Json", "ServiceError"]

T = TypeVar("T")


def _session(url: str, key: str) -> Json:
    return {"base_url": url.rstrip("/"), "headers": {"X-API-Key": key}, "timeout": TIMEOUT}


class Client:
    """``with Client("http://127.0.0.1:8002", key="mp4_...") as client: client.transcribe(path)``.

    Every method blocks. Raises ServiceError, JobFailed, or httpx's own errors without an answer.
    """

    def __init__(self, url: str, *, key: str, http: httpx.Client | None = None) -> None:
        self._http = http or httpx.Client(**_session(url, key))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def run(self, flow: Flow[T]) -> T:
        """Send the requests of a flow and return its result."""
        running = Running(flow)
        while (request := running.request) is not None:
            if isinstance(request, Pause):
                time.sleep(request.seconds)
                running.send(None)
                continue
            try:
                answer = self._http.request(**flows.request_of(request))
            except httpx.TransportError as error:
                running.throw(error)
            else:
                running.send(answer)
        return running.result

    def request(self, method: str, path: str, *, params: Any = None, body: Any = None) -> Any:
        """Any other route: ``request("GET", "/credits/balance")``; the JSON of its answer."""
        call = Call(method=method, path=flows.API + path, params=params, body=body)
        return self.run(flows.json_of(call if method == "GET" else flows.once(call)))

    def items(self, path: str, **params: Any) -> list[Json]:
        """All items of a paginated list: ``items("/transcriptions", search="boats")``."""
        return self.run(flows.pages(flows.API + path, params))

    def upload(
        self,
        source: str | PathLike[str],
        *,
        upload_id: str | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> str:
        """Upload a file; the result is for ``submit(upload_id=...)``.

        ``on_progress`` is called with (done, total) bytes. ``upload_id`` resumes an upload that
        another process began.
        """
        flow = flows.upload(Path(source), upload_id=upload_id, on_progress=on_progress)
        return self.run(flow)

    def submit(
        self,
        source: str | PathLike[str],
        *,
        title: str | None = None,
        upload_id: str | None = None,
        on_upload: Callable[[int, int], None] | None = None,
        **options: Any,
    ) -> Json:
        """Submit a file or URL; the result has ``id`` and ``task_id``, which is its job.

        ``upload_id`` resumes an upload that another process began. ``on_upload`` is called with
        (done, total) bytes.
        """
        more = {"title": title, "upload_id": upload_id, "on_upload": on_upload}
        return self.run(flows.accepted(source, options, more))

    def transcribe(
        self, source: str | PathLike[str], *, title: str | None = None, **options: Any
    ) -> Json:
        """Submit a recording, wait for its transcript and return both."""
        accepted = self.submit(source, title=title, **options)
        return self.finished(accepted)

    def finished(self, accepted: Json, *, poll_s: float = 1.0) -> Json:
        """Wait for a submitted recording and return it with its transcript.

        ``accepted``: the result of ``submit``.
        """
        return self.run(flows.finished(accepted, poll_s))

    def wait(self, job_id: str, *, poll_s: float = 1.0) -> Json:
        """Wait for a job to succeed and return it. Raises JobFailed."""
        return self.run(flows.wait(job_id, poll_s))

    def events(self, job_id: str) -> Iterator[Json]:
        """Yield the events of a job until it ends, reconnecting after a lost connection."""
        events = flows.Events(job_id)
        while not events.is_over:
            lost: httpx.TransportError | None = None
            try:
                with self._http.stream(
                    "GET", events.path, headers=events.headers, timeout=TIMEOUT
                ) as answer:
                    if answer.status_code == 204:
                        return
                    if answer.is_error:
                        answer.read()
                        raise ServiceError(answer.status_code, flows.problem_of(answer))
                    for line in answer.iter_lines():
                        event = events.read(line)
                        if event is not None:
                            yield event
            except httpx.TransportError as error:
                lost = error
            if not events.is_over:
                time.sleep(events.pause_s(lost))

    def export(self, transcription_id: str, format: str, **options: Any) -> bytes:  # noqa: A002
        return self.run(flows.export(transcription_id, format, options))

    def write_text(self, transcription_id: str, kind: str, **more: Any) -> Json:
        """Order a text and return it when it is written.

        ``more``: ``provider``, ``model`` and ``options``.
        """
        return self.run(flows.write_text(transcription_id, {"kind": kind, **more}, 1.0))


class AsyncClient:
    """``Client`` for asyncio: the same methods, to be awaited."""

    def __init__(self, url: str, *, key: str, http: httpx.AsyncClient | None = None) -> None:
        self._http = http or httpx.AsyncClient(**_session(url, key))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def run(self, flow: Flow[T]) -> T:
        running = Running(flow)
        while (request := running.request) is not None:
            if isinstance(request, Pause):
                await asyncio.sleep(request.seconds)
                running.send(None)
                continue
            try:
                answer = await self._http.request(**flows.request_of(request))
            except httpx.TransportError as error:
                running.throw(error)
            else:
                running.send(answer)
        return running.result

    async def request(self, method: str, path: str, *, params: Any = None, body: Any = None) -> Any:
        call = Call(method=method, path=flows.API + path, params=params, body=body)
        return await self.run(flows.json_of(call if method == "GET" else flows.once(call)))

    async def items(self, path: str, **params: Any) -> list[Json]:
        return await self.run(flows.pages(flows.API + path, params))

    async def upload(
        self,
        source: str | PathLike[str],
        *,
        upload_id: str | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> str:
        flow = flows.upload(Path(source), upload_id=upload_id, on_progress=on_progress)
        return await self.run(flow)

    async def submit(
        self,
        source: str | PathLike[str],
        *,
        title: str | None = None,
        upload_id: str | None = None,
        on_upload: Callable[[int, int], None] | None = None,
        **options: Any,
    ) -> Json:
        more = {"title": title, "upload_id": upload_id, "on_upload": on_upload}
        return await self.run(flows.accepted(source, options, more))

    async def transcribe(
        self, source: str | PathLike[str], *, title: str | None = None, **options: Any
    ) -> Json:
        return await self.run(
            flows.finished(await self.submit(source, title=title, **options), 1.0)
        )

    async def finished(self, accepted: Json, *, poll_s: float = 1.0) -> Json:
        return await self.run(flows.finished(accepted, poll_s))

    async def wait(self, job_id: str, *, poll_s: float = 1.0) -> Json:
        return await self.run(flows.wait(job_id, poll_s))

    async def events(self, job_id: str) -> AsyncIterator[Json]:
        events = flows.Events(job_id)
        while not events.is_over:
            lost: httpx.TransportError | None = None
            try:
                async with self._http.stream(
                    "GET", events.path, headers=events.headers, timeout=TIMEOUT
                ) as answer:
                    if answer.status_code == 204:
                        return
                    if answer.is_error:
                        await answer.aread()
                        raise ServiceError(answer.status_code, flows.problem_of(answer))
                    async for line in answer.aiter_lines():
                        event = events.read(line)
                        if event is not None:
                            yield event
            except httpx.TransportError as error:
                lost = error
            if not events.is_over:
                await asyncio.sleep(events.pause_s(lost))

    async def export(self, transcription_id: str, format: str, **options: Any) -> bytes:  # noqa: A002
        return await self.run(flows.export(transcription_id, format, options))

    async def write_text(self, transcription_id: str, kind: str, **more: Any) -> Json:
        return await self.run(flows.write_text(transcription_id, {"kind": kind, **more}, 1.0))
