"""Conditional requests (RFC 9110, section 13): a response that the client has is not sent again."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from fastapi import Request, Response

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged"}}
"""For ``responses=`` of a route."""


def etag(*facts: Any) -> str:  # JSON values
    """A strong validator, which changes if one of the facts behind the response does."""
    digest = hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()
    return f'"{digest[:32]}"'


def lists(header: str | None, tag: str) -> bool:
    """Whether an If-None-Match header contains a tag."""
    if header is None:
        return False
    # If-None-Match compares weakly: W/ is ignored (RFC 9110, 13.1.2).
    listed = (item.strip().removeprefix("W/") for item in header.split(","))
    return any(item in (tag, "*") for item in listed)


def json_unless_known(request: Request, tag: str, body: Callable[[], bytes]) -> Response:
    """304 if the client has this version; otherwise ``body`` is called for the JSON."""
    return unless_known(request, tag, body, media_type="application/json")


def unless_known(
    request: Request, tag: str, body: Callable[[], bytes], *, media_type: str
) -> Response:
    """Like ``json_unless_known``, for other media types."""
    headers = {"ETag": tag}
    if lists(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body(), media_type=media_type, headers=headers)
