"""HTTP without a domain: problem answers, request ids, and the session of a request."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.error_codes import type_of
from mp4totext.kit.errors import AppError
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import StorageUnavailable

PROBLEM_JSON = "application/problem+json"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

ExtraMembers = Callable[[dict[str, Any]], dict[str, Any]]  # a problem's members -> more of them

log = get_logger()


class Problem(BaseModel):
    """RFC 9457. ``code`` is stable; ``detail`` says what happened and what to do."""

    model_config = ConfigDict(extra="allow")

    type: str = Field("about:blank", description="Where the code is explained: /docs/errors#code.")
    title: str
    status: int
    code: str
    detail: str
    request_id: str | None = None


_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    402: "Not enough credits",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Wrong state",
    411: "Length required",
    412: "Precondition failed",
    413: "Too large",
    415: "Not a recording",
    416: "Range not satisfiable",
    422: "Invalid request",
    429: "Too many requests",
    460: "Checksum mismatch",  # tus
    500: "Internal error",
    503: "Not available now",
    507: "Storage is full",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """``responses=`` of a route: which problems it can answer with.

    400 is what the framework answers to a body that it cannot parse.
    """
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": _TITLES[status], "content": {PROBLEM_JSON: schema}}
        for status in sorted({*statuses, 400, 422, 429, 503})
    }


def operation_id(route: APIRoute) -> str:
    """What clients made from the OpenAPI document call a route: its last tag, then its function.

    The function's name without the tag's own noun: ``list_jobs`` of ``jobs`` is ``jobs_list``.
    """
    if not route.tags:
        return route.name
    tag = re.split(r"\W", str(route.tags[-1]).lower())[0]
    words = [word for word in route.name.split("_") if word not in (tag, tag.removesuffix("s"))]
    return "_".join([tag, *words])


def problem_response(
    *,
    status: int,
    code: str,
    detail: str,
    request: Request,
    headers: dict[str, str] | None = None,
    **facts: Any,  # JSON values
) -> JSONResponse:
    if 400 <= status < 500:
        log.info("request.refused", status=status, code=code, path=request.url.path)
    body = {
        "type": type_of(code, root_path=request.scope.get("root_path", "")),
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": getattr(request.state, "request_id", None),
        **facts,
    }
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    for prefix, extra_members in request.app.state.problem_members.items():
        if path.startswith(prefix):
            body |= extra_members(body)
    return JSONResponse(body, status, headers=headers, media_type=PROBLEM_JSON)


def install_problem_handlers(
    app: FastAPI, *, extra_members: Mapping[str, ExtraMembers] | None = None
) -> None:
    """``extra_members``: for problems of routes below a path, members in another API's format."""
    app.state.problem_members = dict(extra_members or {})
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _validation_error)
    for away in DATABASE_AWAY:
        app.add_exception_handler(away, _database_error)
    app.add_exception_handler(StorageUnavailable, _storage_error)
    app.add_exception_handler(Exception, _bug)


def _app_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem_response(
        status=error.status,
        code=error.code,
        detail=error.message,
        request=request,
        headers=headers,
        **error.facts,
    )


def _http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed", 401: "unauthenticated"}
    return problem_response(
        status=error.status_code,
        code=codes.get(error.status_code, "http_error"),
        detail=str(error.detail),
        request=request,
        headers=dict(error.headers or {}),
    )


def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"where": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
        for item in error.errors()
    ]
    first = f"{errors[0]['where']}: {errors[0]['message']}" if errors else "invalid request"
    return problem_response(
        status=422, code="invalid", detail=first, request=request, errors=errors
    )


def _database_error(request: Request, error: Exception) -> JSONResponse:
    log.warning("database.unavailable", reason=type(error).__name__)
    return problem_response(
        status=503,
        code="database_unavailable",
        detail="The database does not answer. Try again in a few seconds.",
        request=request,
        headers={"Retry-After": "5"},
    )


def _storage_error(request: Request, error: Exception) -> JSONResponse:
    log.warning("storage.unavailable", reason=str(error))
    return problem_response(
        status=503,
        code="storage_unavailable",
        detail="The storage does not answer. Try again in a few seconds.",
        request=request,
        headers={"Retry-After": "5"},
    )


def _bug(request: Request, error: Exception) -> JSONResponse:
    log.error("http.bug", path=request.url.path, exc_info=error)
    return problem_response(
        status=500,
        code="internal",
        detail="The service failed with a bug. It is logged under this request_id: report it to "
        "whoever runs this service.",
        request=request,
    )


class RequestIdMiddleware:
    """Takes X-Request-ID or makes one, adds it to every log line and to the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_with_id)


def _write_edge(request: Request) -> Iterator[Session]:
    with request.app.state.runtime.database.write() as session:
        yield session


def _read_edge(request: Request) -> Iterator[Session]:
    with request.app.state.runtime.database.read() as session:
        yield session


# scope="function": the commit happens before the response, so that a failed one is not a 200.
WriteSession = Annotated[Session, Depends(_write_edge, scope="function")]
ReadSession = Annotated[Session, Depends(_read_edge, scope="function")]
