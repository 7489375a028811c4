"""Errors that users see: a status, a stable code, a message that says what to do, and facts."""

from collections.abc import Mapping
from typing import Any

from mp4totext.kit.error_codes import SENTENCES


class AppError(Exception):
    """Becomes application/problem+json over HTTP and a red line in the terminal.

    Without a ``message`` it has the sentence of its code (``error_codes``), with ``values`` in the
    placeholders, in the caller's language.
    """

    status = 400
    code = "bad_request"

    def __init__(
        self,
        message: str | None = None,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after_s: int | None = None,
        values: Mapping[str, object] | None = None,
        **facts: Any,  # JSON values for the response
    ) -> None:
        self.values = values or {}
        self.says_its_sentence = message is None
        self.status = status or type(self).status
        self.code = code or type(self).code
        if message is None:
            message = SENTENCES[self.code].format(**self.values)
        self.message = message
        super().__init__(self.message)
        self.retry_after_s = retry_after_s
        self.facts = facts


class NotFound(AppError):
    status, code = 404, "not_found"


class WrongState(AppError):
    status, code = 409, "wrong_state"


class Invalid(AppError):
    status, code = 422, "invalid"


class Unauthenticated(AppError):
    status, code = 401, "unauthenticated"


class Forbidden(AppError):
    status, code = 403, "forbidden"


class TooManyRequests(AppError):
    status, code = 429, "too_many_requests"


class Unavailable(AppError):
    status, code = 503, "unavailable"
