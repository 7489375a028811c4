"""Conditional requests (RFC 9110, section 13): what a client has already is not sent again."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from fastapi import Request, Response

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged"}}
"""Among the ``responses=`` of a route."""


def etag(*facts: Any) -> str:  # JSON values
    """A strong validator: it changes when one of the facts does that the answer is made of."""
    digest = hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()
    return f'"{digest[:32]}"'


def lists(header: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names a tag."""
    if header is None:
        return False
    # If-None-Match compares weakly: W/ does not count (RFC 9110, 13.1.2).
    listed = (item.strip().removeprefix("W/") for item in header.split(","))
    return any(item in (tag, "*") for item in listed)


def json_unless_known(request: Request, tag: str, body: Callable[[], bytes]) -> Response:
    """304 for a client that has this version; the body is made only for others."""
    return unless_known(request, tag, body, media_type="application/json")


def unless_known(
    request: Request, tag: str, body: Callable[[], bytes], *, media_type: str
) -> Response:
    """The same for answers that are not JSON."""
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if lists(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body(), media_type=media_type, headers=headers)
