"""The errors that users see: a status, a stable code, a message that says what to do, facts."""

from typing import Any


class AppError(Exception):
    """Becomes application/problem+json over HTTP and a red line in the terminal."""

    status = 400
    code = "bad_request"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after_s: int | None = None,
        **facts: Any,  # JSON values that belong in the answer
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status or type(self).status
        self.code = code or type(self).code
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
