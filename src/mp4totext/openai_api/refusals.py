"""Converts errors of this service to OpenAI's format, with the name of the wrong field.

OpenAI's clients retry after 408, 409, 429 and 5xx, so errors that a retry cannot cure get another
status.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from mp4totext.kit.errors import AppError, Invalid, NotFound
from mp4totext.kit.validation import message_of

PREFIX = "/v1/"

_TYPES = {401: "authentication_error", 402: "insufficient_quota", 429: "rate_limit_error"}

# By our code: the status in this API (None: unchanged), and the field at fault.
_REFUSALS: Mapping[str, tuple[int | None, str | None]] = {
    "unknown_model": (404, "model"),
    "model_retired": (404, "model"),
    "unknown_engine": (404, "model"),
    "engine_missing": (400, "model"),
    "unsupported_language": (400, "language"),
    "too_long_for_engine": (400, "file"),
    "file_missing": (400, "file"),
    "empty_file": (400, "file"),
    "unknown_voice": (400, "voice"),
    "not_media": (None, "file"),
    "not_a_file": (None, "file"),
    "too_large": (None, "file"),
    "too_long": (None, "file"),
}
# Codes that keep their status, so that clients retry: the same request was just being accepted.
_RETRY = frozenset({"idempotent_twin"})
# Fields of ours whose names differ from OpenAI's.
_FIELDS = {"engine": "model", "vocabulary": "keywords"}


class ModelNotFound(NotFound):
    code = "model_not_found"


class NoResult(AppError):
    """The job ended without a result. Code and message are those of the job."""

    status = 422


class InvalidField(Invalid):
    status, code = 400, "invalid_value"

    def __init__(self, param: str, message: str) -> None:
        super().__init__(message, param=param)


def error_member(problem: dict[str, Any]) -> dict[str, Any]:  # JSON values
    """The member `error` in OpenAI's format, and the HTTP status, for a problem document."""
    status = 400 if problem["code"] == Invalid.code else problem["status"]
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    detail = {
        "message": problem["detail"],
        "type": kind,
        "param": problem.get("param") or _first_field(problem),
        "code": problem["code"],
    }
    return {"status": status, "error": detail}


def _first_field(problem: dict[str, Any]) -> str | None:  # JSON values
    """The first invalid field of a body that FastAPI rejected."""
    errors = problem.get("errors")
    if not errors:
        return None
    where = str(errors[0]["where"]).removeprefix("body").removeprefix(".")
    return where or None


@contextmanager
def in_openai_shape() -> Iterator[None]:
    """Convert errors that the block raises to OpenAI's, with ``param`` and a matching status."""
    try:
        yield
    except AppError as error:
        status, param = _REFUSALS.get(error.code, (None, None))
        if status is None and error.status in (409, 422) and error.code not in _RETRY:
            status = 400
        error.status = status or error.status
        error.facts = {"param": param} | error.facts
        raise


def of_options(error: ValidationError) -> InvalidField:
    """The error for the first wrong option, by OpenAI's name."""
    first = error.errors(include_url=False)[0]
    field = str(first["loc"][0]) if first["loc"] else "model"
    param = _FIELDS.get(field, field)
    return InvalidField(param, f"{param}: {message_of(first)}")
