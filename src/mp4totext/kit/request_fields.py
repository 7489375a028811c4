"""Parameters of many routes: a page of a list, and the key that makes repetition harmless."""

from typing import Annotated

from fastapi import Depends, Header, Query

from mp4totext.kit.pagination import MAX_CURSOR, MAX_PAGE, PageQuery, page_after

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Unique key of the request. A repeated request with the same key has no "
        "further effect for 24 hours.",
    ),
]


async def page_query(
    limit: Annotated[
        int, Query(ge=1, le=MAX_PAGE, description="Maximum number of items per page.")
    ] = 20,
    cursor: Annotated[
        str | None,
        Query(
            max_length=MAX_CURSOR,
            description="Value of `next_cursor` of the previous page. If omitted, the first page.",
        ),
    ] = None,
) -> PageQuery:
    return page_after(cursor, limit=limit)


PageDep = Annotated[PageQuery, Depends(page_query)]
