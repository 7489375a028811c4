"""FastAPI dependencies of routes: the user or caller with a scope, and the operations."""

from typing import Annotated, Any

from fastapi import Depends, Request

from mp4totext.auth.dependencies import CurrentUser, RuntimeDep, require_scope
from mp4totext.auth.identity import Identity, Scope
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.operation import Operations
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.kit.request_fields import IdempotencyKey
from mp4totext.runtime import Runtime


def _operations(request: Request) -> Operations:
    operations: Operations = request.app.state.operations
    return operations


OperationsDep = Annotated[Operations, Depends(_operations)]


def links_of(runtime: Runtime, user: Identity) -> FileLinks:
    """Links that end with the user's login or key."""
    return FileLinks(runtime, {"credential": user.credential_id})


async def _links(runtime: RuntimeDep, user: CurrentUser) -> FileLinks:
    return links_of(runtime, user)


LinksDep = Annotated[FileLinks, Depends(_links)]


def caller_of(request: Request, user: Identity, key: str | None = None) -> Caller:
    return Caller(
        user_id=user.user_id,
        metered=user.metered,
        may_hurry=user.is_admin,
        request_id=getattr(request.state, "request_id", None),
        idempotency_key=key,
    )


def caller_with(scope: Scope) -> Any:  # FastAPI's marker
    """Makes a dependency: the caller, whose login or key needs ``scope``."""

    async def caller(
        request: Request,
        user: Annotated[Identity, require_scope(scope)],
        key: IdempotencyKey = None,
    ) -> Caller:
        return caller_of(request, user, key)

    return Depends(caller)


def caller_without_key(scope: Scope) -> Any:  # FastAPI's marker
    """``caller_with`` without an ``Idempotency-Key``: for routes that may be called repeatedly."""

    async def caller(request: Request, user: Annotated[Identity, require_scope(scope)]) -> Caller:
        return caller_of(request, user)

    return Depends(caller)


# Users of recordings, and of all that is made from them.
Reader = Annotated[Identity, require_scope("transcriptions:read")]
Writer = Annotated[Identity, require_scope("transcriptions:write")]
Payer = Annotated[Caller, caller_with("transcriptions:write")]
PayerWithoutKey = Annotated[Caller, caller_without_key("transcriptions:write")]

# Users of jobs and webhooks.
JobReader = Annotated[Identity, require_scope("jobs:read")]
JobWriter = Annotated[Identity, require_scope("jobs:write")]
JobCaller = Annotated[Caller, caller_with("jobs:write")]
