"""Flows of several requests, written as generators of requests that both clients share."""

import base64
import json
import re
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Generic, TypeVar

import httpx

Json = dict[str, Any]
"""An object of the API: docs/openapi.json has its fields."""

T = TypeVar("T")

CHUNK_BYTES = 4 << 20
ATTEMPTS = 8  # pauses between the tries of a request without an answer; two minutes in total
PAUSE_S_MAX = 30.0
TIMEOUT = httpx.Timeout(60.0)
_ENDED = ("job_complete", "error")
API = "/api/v1"
_TUS = {"Tus-Resumable": "1.0.0"}
_BUSY = (429, 503)
_ID = re.compile("[A-Za-z0-9_-]{1,100}")


class ServiceError(Exception):
    """The service refused a request. ``code`` is stable; ``problem`` is the whole response."""

    def __init__(self, status: int, problem: Json) -> None:
        self.status = status
        self.code: str = problem.get("code", "error")
        self.message: str = problem.get("detail") or problem.get("title") or f"HTTP {status}"
        self.problem = problem
        super().__init__(self.message)


class JobFailed(Exception):
    """The job failed or was cancelled. ``job`` has its ``error``."""

    def __init__(self, job: Json) -> None:
        error = job.get("error") or {}
        self.job = job
        self.code: str = error.get("code", str(job.get("state")))
        super().__init__(error.get("message", f"The job is {job.get('state')}."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. ``repeat``: retry it without an answer or if the service is busy."""

    method: str
    path: str
    params: Mapping[str, Any] | None = None
    body: Any = None  # JSON
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeat: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    seconds: float


Flow = Generator[Call | Pause, Any, T]
"""Yields calls and pauses; is sent the httpx.Response of a call."""


class Running(Generic[T]):
    """A flow that has begun: its next request, or None and its result at the end."""

    request: Call | Pause | None
    result: T

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self.send(None)

    def send(self, answer: httpx.Response | None) -> None:
        """Continue with the answer to the request; None after a pause."""
        self._continue(lambda: self._flow.send(answer))

    def throw(self, error: httpx.TransportError) -> None:
        """Continue without an answer."""
        self._continue(lambda: self._flow.throw(error))

    def _continue(self, step: Callable[[], Call | Pause]) -> None:
        try:
            self.request = step()
        except StopIteration as end:
            self.request, self.result = None, end.value


def _send(call: Call) -> Flow[httpx.Response]:
    """Send a request until it is answered.

    Raises ServiceError, or httpx's own error after two minutes without an answer.
    """
    for attempt in range(ATTEMPTS):
        last = attempt == ATTEMPTS - 1 or not call.repeat
        pause_s = min(PAUSE_S_MAX, 0.5 * 2**attempt)
        try:
            answer: httpx.Response = yield call
        except httpx.TransportError:
            if last:
                raise
        else:
            if answer.is_success:
                return answer
            if last or answer.status_code not in _BUSY:
                raise ServiceError(answer.status_code, problem_of(answer))
            pause_s = min(PAUSE_S_MAX, float(answer.headers.get("retry-after", pause_s)))
        yield Pause(seconds=pause_s)
    raise AssertionError("unreachable")


def problem_of(answer: httpx.Response) -> Json:
    try:
        problem = answer.json()
    except ValueError:
        return {"detail": answer.text[:500]}
    return problem if isinstance(problem, dict) else {"detail": answer.text[:500]}


def json_of(call: Call) -> Flow[Any]:
    answer = yield from _send(call)
    return answer.json() if answer.content else None


def id_in_path(value: str) -> str:
    """``value``, which may be untrusted, such as the choice of an assistant's model.

    Raises ValueError for what is no ID: ``../auth/keys?`` would lead to another route.
    """
    if not _ID.fullmatch(value):
        raise ValueError(f"{value[:100]!r} is not an ID.")
    return value


def _create(path: str, body: Any) -> Flow[Json]:
    """A POST with an idempotency key, so that retries have no further effect."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    created: Json = yield from json_of(Call(method="POST", path=path, body=body, headers=key))
    return created


def upload(
    source: Path, *, upload_id: str | None, on_progress: Callable[[int, int], None] | None
) -> Flow[str]:
    """Upload a file in parts. After a lost connection, it continues from the service's offset.

    ``upload_id``: an upload to resume.
    """
    size = source.stat().st_size
    if upload_id is None:
        name = base64.b64encode(source.name.encode(errors="replace")).decode()
        headers = {**_TUS, "Upload-Length": str(size), "Upload-Metadata": f"filename {name}"}
        begun = yield from _send(Call(method="POST", path=f"{API}/uploads", headers=headers))
        upload_id = begun.headers["location"].rstrip("/").rpartition("/")[2]
        offset = 0
    else:
        offset = yield from _offset(upload_id)
    with source.open("rb") as file:
        while offset < size:
            if on_progress is not None:
                on_progress(offset, size)
            file.seek(offset)
            offset = yield from _append(upload_id, offset, file.read(CHUNK_BYTES))
    if on_progress is not None:
        on_progress(size, size)
    return upload_id


def _offset(upload_id: str) -> Flow[int]:
    known = yield from _send(
        Call(method="HEAD", path=f"{API}/uploads/{id_in_path(upload_id)}", headers=_TUS)
    )
    return int(known.headers["upload-offset"])


def _append(upload_id: str, offset: int, chunk: bytes) -> Flow[int]:
    """Append a part and return the new offset, which the service is asked for if it is unknown."""
    headers = {
        **_TUS,
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }
    path = f"{API}/uploads/{id_in_path(upload_id)}"
    call = Call(method="PATCH", path=path, headers=headers, content=chunk, repeat=False)
    try:
        answer = yield from _send(call)
        return int(answer.headers["upload-offset"])
    except httpx.TransportError:
        pass
    except ServiceError as error:
        # 409: the offset differs, or an earlier write has not ended yet.
        if error.status not in (409, *_BUSY):
            raise
    yield Pause(seconds=1.0)
    at = yield from _offset(upload_id)
    return at


def _upload_and_transcribe(
    source: Path,
    options: Json,
    *,
    title: str | None,
    upload_id: str | None,
    on_upload: Callable[[int, int], None] | None,
) -> Flow[Json]:
    sent = yield from upload(source, upload_id=upload_id, on_progress=on_upload)
    body = {"upload_id": sent, "title": title or source.name, "options": options}
    accepted = yield from _create(f"{API}/transcriptions/from-upload", body)
    return accepted


def pages(path: str, params: Mapping[str, Any]) -> Flow[list[Json]]:
    """All items of a paginated list."""
    items: list[Json] = []
    cursor: str | None = None
    while True:
        page = {"limit": 100, **params} | ({"cursor": cursor} if cursor else {})
        answer = yield from json_of(Call(method="GET", path=path, params=page))
        items += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return items


def wait(job_id: str, poll_s: float) -> Flow[Json]:
    """Wait for a job to succeed and return it. Raises JobFailed."""
    path = f"{API}/jobs/{id_in_path(job_id)}"
    while True:
        job: Json = yield from json_of(Call(method="GET", path=path))
        if job["state"] == "succeeded":
            return job
        if job["state"] in ("failed", "cancelled"):
            raise JobFailed(job)
        yield Pause(seconds=poll_s)


def finished(accepted: Json, poll_s: float) -> Flow[Json]:
    """Wait for a recording and return it with its transcript."""
    path = f"{API}/transcriptions/{accepted['id']}"
    yield from wait(accepted["task_id"], poll_s)
    recording: Json = yield from json_of(Call(method="GET", path=path))
    job_id = recording.get("job_id")
    # The job that downloads a URL is followed by that of the transcription.
    if job_id not in (None, accepted["task_id"]):
        yield from wait(str(job_id), poll_s)
        recording = yield from json_of(Call(method="GET", path=path))
    return recording


def _written(transcription_id: str, accepted: Json, poll_s: float) -> Flow[Json]:
    yield from wait(accepted["task_id"], poll_s)
    path = f"{API}/transcriptions/{transcription_id}/texts/{accepted['id']}"
    text: Json = yield from json_of(Call(method="GET", path=path))
    return text


def write_text(transcription_id: str, body: Json, poll_s: float) -> Flow[Json]:
    accepted = yield from _create(
        f"{API}/transcriptions/{id_in_path(transcription_id)}/texts", body
    )
    text = yield from _written(transcription_id, accepted, poll_s)
    return text


def export(transcription_id: str, format: str, options: Mapping[str, Any]) -> Flow[bytes]:  # noqa: A002
    answer = yield from _send(
        Call(
            method="GET",
            path=f"{API}/transcriptions/{id_in_path(transcription_id)}/export",
            params={"format": format, **options},
        )
    )
    return answer.content


class Events:
    """Parses server-sent events of a job, and keeps the position for a new connection."""

    def __init__(self, job_id: str) -> None:
        self.path = f"{API}/jobs/{id_in_path(job_id)}/events"
        self.failures = 0
        self._seq = 0
        self.is_over = False

    @property
    def headers(self) -> dict[str, str]:
        return {"Last-Event-ID": str(self._seq)}

    def read(self, line: str) -> Json | None:
        if not line.startswith("data: "):
            return None
        event: Json = json.loads(line.removeprefix("data: "))
        if "seq" not in event:  # a keepalive, or "resync"
            return None
        self.failures = 0
        self._seq = event["seq"]
        self.is_over = event["type"] in _ENDED
        return event

    def pause_s(self, error: httpx.TransportError | None) -> float:
        """The pause before the next connection. Raises ``error`` after too many failures."""
        self.failures += 1
        if error is not None and self.failures >= ATTEMPTS:
            raise error
        return float(min(PAUSE_S_MAX, 0.5 * 2**self.failures))


def accepted(source: str | PathLike[str], options: Json, more: Json) -> Flow[Json]:
    """Submit a file or URL. ``more``: the other arguments of ``_upload_and_transcribe``."""
    text = str(source)
    if text.lower().startswith(("http://", "https://")):
        body = {"url": text, "title": more["title"], "options": options}
        return _create(f"{API}/transcriptions/from-url", body)
    return _upload_and_transcribe(Path(source), options, **more)


def request_of(call: Call) -> Json:
    request: Json = {"method": call.method, "url": call.path, "headers": dict(call.headers)}
    if call.params is not None:
        request["params"] = {key: value for key, value in call.params.items() if value is not None}
    if call.body is not None:
        request["json"] = call.body
    if call.content is not None:
        request["content"] = call.content
    return request


def once(call: Call) -> Call:
    """The request with an idempotency key, so that a retry after a lost answer has no effect."""
    return Call(
        method=call.method,
        path=call.path,
        params=call.params,
        body=call.body,
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
