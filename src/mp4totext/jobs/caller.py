"""The user and request behind paid work, and the key that identifies a repeated request."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from mp4totext.auth.dependencies import require_scope
from mp4totext.auth.identity import Identity, Scope
from mp4totext.kit.idempotency import IdempotencyKey
from mp4totext.kit.queue_names import DEFAULT_PRIORITY, PRIORITIES, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    user_id: str
    metered: bool  # False: nothing is held or charged
    may_hurry: bool = False  # may ask for a priority above the default
    request_id: str | None = None
    idempotency_key: str | None = None

    def priority(self, requested: Priority) -> Priority:
        """The requested priority, or the default where the caller may not ask for a higher one."""
        is_above = PRIORITIES.index(requested) > PRIORITIES.index(DEFAULT_PRIORITY)
        return DEFAULT_PRIORITY if is_above and not self.may_hurry else requested


def caller_of(request: Request, user: Identity, key: str | None = None) -> Caller:
    return Caller(
        user_id=user.user_id,
        metered=user.metered,
        may_hurry=user.is_admin,
        request_id=getattr(request.state, "request_id", None),
        idempotency_key=key,
    )


def caller_with(scope: Scope) -> Any:  # FastAPI's marker
    """A dependency for routes that cost credits.

    Usage: ``caller: Annotated[Caller, caller_with("jobs:write")]``.
    """

    async def caller(
        request: Request,
        user: Annotated[Identity, require_scope(scope)],
        key: IdempotencyKey = None,
    ) -> Caller:
        return caller_of(request, user, key)

    return Depends(caller)
