"""The route of searches."""

from typing import Annotated

from fastapi import APIRouter, Query

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.jobs.dependencies import Reader
from mp4totext.kit.http import problems
from mp4totext.kit.request_fields import PageDep
from mp4totext.search import service
from mp4totext.search.schemas import SearchOut, SearchQuery

router = APIRouter(prefix="/api/v1", tags=["search"])


@router.get(
    "/search",
    responses=problems(401, 403),
    dependencies=[rate_limit("expensive")],
    summary="Search the transcripts of your recordings",
)
def search_everything(
    user: Reader,
    runtime: RuntimeDep,
    page: PageDep,
    query: Annotated[SearchQuery, Query()],
) -> SearchOut:
    return service.search(runtime, user.user_id, query, page)
