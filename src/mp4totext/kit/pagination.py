"""Paginated lists, newest first unless sorted. A cursor stays correct while rows are added."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from mp4totext.kit.errors import Invalid

MAX_PAGE = 100
MAX_CURSOR = 1500  # holds a title of 255 characters
Item = TypeVar("Item")
Row = TypeVar("Row")


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = None


class PageQuery(BaseModel):
    limit: int = 20
    after: str | None = None  # last id of the previous page, decoded from the cursor
    after_key: str | None = None  # with what it was sorted by, in a list that is sorted


@dataclass(frozen=True)
class SortOrder:
    """How a list is sorted: by ``key``, a text or an integer that is never NULL, then by id."""

    key: ColumnElement[Any] | None = None
    ascending: bool = False


NEWEST_FIRST = SortOrder()


def fetch_page(
    session: Session,
    statement: Select[Row],
    *,
    by: InstrumentedAttribute[Any],  # a str or int column: unique, and increasing with time
    page: PageQuery,
    order: SortOrder = NEWEST_FIRST,
) -> tuple[list[Row], str | None]:
    """One page of rows, and the cursor of the next one."""
    columns: list[Any] = [by] if order.key is None else [order.key, by]
    if page.after is not None:
        last = tuple_(*_position(columns, page))
        position = tuple_(*columns)
        statement = statement.where(position > last if order.ascending else position < last)
    ordered = [column.asc() if order.ascending else column.desc() for column in columns]
    # One more than requested shows whether there is another page, without counting all rows.
    with_keys = statement.add_columns(*columns).order_by(*ordered).limit(page.limit + 1)
    found: list[Any] = list(session.execute(with_keys))
    rows = [row[0] for row in found[: page.limit]]
    if len(found) <= page.limit:
        return rows, None
    *key, last_id = found[page.limit - 1][1:]
    return rows, _encode(":".join(str(part) for part in (last_id, *key)))


def _position(columns: list[Any], page: PageQuery) -> list[str | int]:
    """The last values of the previous page. Raises Invalid for a cursor of another order."""
    given = [page.after] if page.after_key is None else [page.after_key, page.after]
    if len(given) != len(columns):
        raise _not_a_cursor(":".join(str(part) for part in reversed(given)))
    return [
        _as_int(str(value)) if column.type.python_type is int else str(value)
        for column, value in zip(columns, given, strict=True)
    ]


def offset_of(page: PageQuery) -> int:
    """The first index of a page of a ranked list, whose cursor is a position as ranks change."""
    return 0 if page.after is None else _as_int(page.after)


def next_offset(page: PageQuery, *, count: int) -> str | None:
    """The cursor of the next page of a list with ``count`` items; None after the last one."""
    following = offset_of(page) + page.limit
    return None if following >= count else _encode(str(following))


def _encode(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def page_after(cursor: str | None, *, limit: int) -> PageQuery:
    """The page after a cursor; without one, the first. Raises Invalid for an invalid cursor."""
    if cursor is None:
        return PageQuery(limit=limit)
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _not_a_cursor(cursor) from error
    last_id, separator, key = text.partition(":")
    plain = last_id.replace("_", "")
    if not (plain.isascii() and plain.isalnum()) or "\0" in key:
        raise _not_a_cursor(cursor)
    return PageQuery(limit=limit, after=last_id, after_key=key if separator else None)


def _as_int(value: str) -> int:
    if not value.isdecimal() or len(value) > 18:
        raise _not_a_cursor(value)
    return int(value)


def _not_a_cursor(cursor: str) -> Invalid:
    return Invalid(
        f"{cursor!r} is not a cursor: use next_cursor of the page before, or leave it out.",
        code="invalid_cursor",
    )
