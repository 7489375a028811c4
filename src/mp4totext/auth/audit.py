"""The audit log: a row for each change by an administrator, of a password, or of an API key."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mp4totext.auth.models import AuditEntry
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.kit.pagination import PageQuery, fetch_page

COMMAND = "command"  # the actor of changes by the command on the machine


def record(
    session: Session,
    *,
    actor_id: str,  # a user's id, or COMMAND
    action: str,  # dotted and past tense, e.g. "user.deactivated"
    target: str,  # the id of what was changed
    facts: dict[str, Any] | None = None,  # JSON values, no secrets
) -> None:
    """Call it in the transaction of the change."""
    session.add(
        AuditEntry(
            id=new_id("aud"),
            actor_id=actor_id,
            action=action,
            target=target,
            facts=facts or {},
            created_at=now(),
        )
    )


def page_of_entries(session: Session, *, page: PageQuery) -> tuple[list[AuditEntry], str | None]:
    return fetch_page(session, select(AuditEntry), by=AuditEntry.id, page=page)
