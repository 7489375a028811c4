"""Paginated lists, newest first. A cursor stays correct while rows are added."""

import base64
import binascii
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from mp4totext.kit.errors import Invalid

MAX_PAGE = 100
Item = TypeVar("Item")
Row = TypeVar("Row")


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = None


class PageQuery(BaseModel):
    limit: int = 20
    after: str | None = None  # last id of the previous page, decoded from the cursor


def fetch_page(
    session: Session,
    statement: Select[Row],
    *,
    by: InstrumentedAttribute[Any],  # a str or int column: unique, and increasing with time
    page: PageQuery,
) -> tuple[list[Row], str | None]:
    """One page of rows, newest first, and the cursor of the next one."""
    if page.after is not None:
        after: str | int = page.after
        if by.type.python_type is int:
            after = _as_int(page.after)
        statement = statement.where(by < after)
    # One more than requested shows whether there is another page, without counting all rows.
    rows = list(session.scalars(statement.order_by(by.desc()).limit(page.limit + 1)))
    if len(rows) <= page.limit:
        return rows, None
    rows = rows[: page.limit]
    return rows, _encode(str(getattr(rows[-1], by.key)))


def offset_of(page: PageQuery) -> int:
    """The first index of a page of a ranked list, whose cursor is a position as ranks change."""
    return 0 if page.after is None else _as_int(page.after)


def next_offset(page: PageQuery, *, count: int) -> str | None:
    """The cursor of the next page of a list with ``count`` items; None after the last one."""
    following = offset_of(page) + page.limit
    return None if following >= count else _encode(str(following))


def _encode(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decoded(cursor: str) -> str:
    """The last id of the previous page. Raises Invalid for an invalid cursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        decoded = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _not_a_cursor(cursor) from error
    if not decoded.replace("_", "").isalnum():
        raise _not_a_cursor(cursor)
    return decoded


def _as_int(value: str) -> int:
    if not value.isdecimal() or len(value) > 18:
        raise _not_a_cursor(value)
    return int(value)


def _not_a_cursor(cursor: str) -> Invalid:
    return Invalid(
        f"{cursor!r} is not a cursor: use next_cursor of the page before, or leave it out.",
        code="invalid_cursor",
    )
