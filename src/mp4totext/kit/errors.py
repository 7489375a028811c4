"""The errors that users see: a status, a stable code, a message that says what to do, facts."""

from collections.abc import Mapping
from typing import Any, ClassVar


class AppError(Exception):
    """Becomes application/problem+json over HTTP and a red line in the terminal.

    ``sentence`` is what each error of the code means, in English; ``messages/`` has it in other
    languages. It is the message where none is given, with ``values`` in its placeholders.
    """

    status = 400
    code = "bad_request"
    sentence: ClassVar[str] = "The request cannot be understood."

    def __init__(
        self,
        message: str | None = None,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after_s: int | None = None,
        values: Mapping[str, object] | None = None,
        **facts: Any,  # JSON values that belong in the answer
    ) -> None:
        self.values = values or {}
        self.says_its_sentence = message is None
        self.message = self.sentence.format(**self.values) if message is None else message
        super().__init__(self.message)
        self.status = status or type(self).status
        self.code = code or type(self).code
        self.retry_after_s = retry_after_s
        self.facts = facts


class NotFound(AppError):
    status, code = 404, "not_found"
    sentence = "There is nothing at this address."


class WrongState(AppError):
    status, code = 409, "wrong_state"
    sentence = "This is not possible in the present state."


class Invalid(AppError):
    status, code = 422, "invalid"
    sentence = "Something in the request is not accepted."


class Unauthenticated(AppError):
    status, code = 401, "unauthenticated"
    sentence = (
        "This needs a login or an API key: send `Authorization: Bearer <token>` or "
        "`X-API-Key: <key>`."
    )


class Forbidden(AppError):
    status, code = 403, "forbidden"
    sentence = "This is not allowed."


class TooManyRequests(AppError):
    status, code = 429, "too_many_requests"
    sentence = "There were too many requests: wait a little."


class Unavailable(AppError):
    status, code = 503, "unavailable"
    sentence = "This is not available now: try again later."
