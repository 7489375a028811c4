"""HTTP without a domain: problem responses, request ids, and the session of a request."""

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

from mp4totext.kit import validation
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.error_codes import SENTENCES, type_of
from mp4totext.kit.errors import AppError, Invalid, NotFound, Unavailable
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.messages import Messages, answering_in, preferred

PROBLEM_JSON = "application/problem+json"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

ExtraMembers = Callable[[dict[str, Any]], dict[str, Any]]  # a problem's members -> more of them

log = get_logger()


class Problem(BaseModel):
    """RFC 9457. ``code`` is stable; ``detail`` says what happened and what to do."""

    model_config = ConfigDict(extra="allow")

    type: str = Field("about:blank", description="URL that explains the code: /docs/errors#code.")
    title: str
    status: int
    code: str
    detail: str
    request_id: str | None = None


TITLES = {
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
    """``responses=`` of a route: the problems it may answer with.

    400 is the framework's response to a body that it cannot parse.
    """
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": TITLES[status], "content": {PROBLEM_JSON: schema}}
        for status in sorted({*statuses, 400, 422, 429, 503})
    }


def operation_id(route: APIRoute) -> str:
    """The method's name in generated clients: the route's last tag, then its function.

    The noun of the tag is left out of the function: ``list_jobs`` of ``jobs`` is ``jobs_list``.
    """
    if not route.tags:
        return route.name
    tag = re.split(r"\W", str(route.tags[-1]).lower())[0]
    words = [word for word in route.name.split("_") if word not in (tag, tag.removesuffix("s"))]
    return "_".join([tag, *words])


class MethodNotAllowed(AppError):
    status, code = 405, "method_not_allowed"


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"


class StorageAway(Unavailable):
    code = "storage_unavailable"


class Bug(AppError):
    status, code = 500, "internal"


def problem_response(
    request: Request, error: AppError, *, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The response to an error, in the request's language if it is translated.

    Translations exist for the sentences of codes. If ``detail`` is that sentence, it is translated;
    if the error has its own message, that stays English and the translated sentence is the
    ``title``.
    """
    if 400 <= error.status < 500:
        log.info("request.refused", status=error.status, code=error.code, path=request.url.path)
    messages = preferred(request.headers.get("accept-language", ""))
    title, detail, language = _title_and_detail(error, messages)
    body: dict[str, Any] = {
        "type": type_of(error.code, root_path=request.scope.get("root_path", "")),
        "title": title,
        "status": error.status,
        "code": error.code,
        "detail": detail,
        "request_id": getattr(request.state, "request_id", None),
        **error.facts,
    }
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    for prefix, extra_members in request.app.state.problem_members.items():
        if path.startswith(prefix):
            body |= extra_members(body)
    problem_headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if error.retry_after_s is not None:
        problem_headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        problem_headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        body,
        body["status"],
        headers={**problem_headers, **(headers or {})},
        media_type=PROBLEM_JSON,
    )


def _title_and_detail(error: AppError, messages: Messages | None) -> tuple[str, str, str]:
    """Title, detail, and the language of the detail."""
    if messages is None:
        title = TITLES.get(error.status, "Error")
        if not error.says_its_sentence and "{" not in SENTENCES.get(error.code, "{"):
            title = SENTENCES[error.code]
        return title, error.message, "en"
    title = messages.titles.get(error.status, "Error")
    sentence = messages.sentences.get(error.code)
    if sentence is None:
        return title, error.message, "en"
    if error.says_its_sentence:
        return title, sentence.format(**error.values), messages.language
    # A sentence with placeholders, but no values: the error has only the code, and its own message.
    return (title if "{" in sentence else sentence), error.message, "en"


def install_problem_handlers(
    app: FastAPI, *, extra_members: Mapping[str, ExtraMembers] | None = None
) -> None:
    """Turns all exceptions of routes into problem responses.

    ``extra_members``, by path prefix: functions that add members in another API's format. They
    replace members of the same name, including ``status``.
    """
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
    return problem_response(request, error)


def _http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    match error.status_code:
        case 404:
            problem: AppError = NotFound()
        case 405:
            problem = MethodNotAllowed()
        case status:
            problem = AppError(
                str(error.detail),
                status=status,
                code="unauthenticated" if status == 401 else "http_error",
            )
    return problem_response(request, problem, headers=error.headers)


def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    messages = preferred(request.headers.get("accept-language", ""))
    sentences = validation.SENTENCES if messages is None else messages.fields
    items = list(error.errors())[: validation.ERRORS_MAX]
    errors = [
        {"where": validation.where(item), "message": validation.message_of(item, sentences)}
        for item in items
    ]
    if not errors:
        return problem_response(request, Invalid())
    first = f"{errors[0]['where']}: {errors[0]['message']}"
    language = "en"
    # Texts of our own validators are always English.
    if messages is not None and errors[0]["message"] != validation.message_of(items[0]):
        language = messages.language
    return problem_response(
        request, Invalid(first, errors=errors), headers={"Content-Language": language}
    )


def _database_error(request: Request, error: Exception) -> JSONResponse:
    log.warning("database.unavailable", reason=type(error).__name__)
    return problem_response(request, DatabaseUnavailable(retry_after_s=5))


def _storage_error(request: Request, error: Exception) -> JSONResponse:
    log.warning("storage.unavailable", reason=str(error))
    return problem_response(request, StorageAway(retry_after_s=5))


def _bug(request: Request, error: Exception) -> JSONResponse:
    log.error("http.bug", path=request.url.path, exc_info=error)
    return problem_response(request, Bug())


class LanguageMiddleware:
    """Sets the language of texts while a request is processed (``messages``)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        with answering_in(headers.get(b"accept-language", b"").decode("latin-1")):
            await self._app(scope, receive, send)


class RequestIdMiddleware:
    """Takes X-Request-ID or creates one, and adds it to all log lines and the response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        header = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        # Unusual ids are replaced, because they go into every log line of the request.
        request_id = header if _REQUEST_ID.fullmatch(header) else new_id("req")
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


# scope="function": commit before the response, so that a failed commit does not become a 200.
WriteSession = Annotated[Session, Depends(_write_edge, scope="function")]
ReadSession = Annotated[Session, Depends(_read_edge, scope="function")]
