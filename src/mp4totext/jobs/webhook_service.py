"""The webhooks of an account. Each function works in its caller's transaction."""

from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from mp4totext.jobs.errors import JobNotFound, TooManyWebhooks, WebhookNotFound
from mp4totext.jobs.models import ENDED, Job, WebhookTarget
from mp4totext.jobs.service import cancel, lock_active_jobs, submit_webhook
from mp4totext.jobs.webhook_schemas import WebhookChange, WebhookRequest
from mp4totext.jobs.webhooks import NAME, TEST_EVENT, WebhookParams
from mp4totext.kit.clock import now
from mp4totext.kit.db import lock_name
from mp4totext.kit.errors import WrongState
from mp4totext.kit.ids import new_id

TARGETS_MAX = 20  # of an account, as each ended job adds one job for each of them


def owned(user_id: str) -> Select[WebhookTarget]:
    return select(WebhookTarget).where(WebhookTarget.user_id == user_id)


def get(session: Session, *, user_id: str, webhook_id: str) -> WebhookTarget:
    target = session.scalar(owned(user_id).where(WebhookTarget.id == webhook_id))
    if target is None:
        raise WebhookNotFound(webhook_id)
    return target


def add(session: Session, *, user_id: str, request: WebhookRequest) -> WebhookTarget:
    """Raises TooManyWebhooks."""
    lock_name(session, f"webhooks of {user_id}")
    count = session.scalar(select(func.count()).select_from(owned(user_id).subquery())) or 0
    if count >= TARGETS_MAX:
        raise TooManyWebhooks(
            f"An account has at most {TARGETS_MAX} webhooks. Delete one that is not needed."
        )
    target = WebhookTarget(
        id=new_id("whk"),
        user_id=user_id,
        url=str(request.url),
        events=list(request.events),
        operations=list(request.operations),
        active=request.active,
        created_at=now(),
    )
    session.add(target)
    session.flush()
    return target


def change(target: WebhookTarget, request: WebhookChange) -> WebhookTarget:
    values: dict[str, Any] = request.model_dump(mode="json", exclude_unset=True)
    for name, value in values.items():
        setattr(target, name, value)
    return target


def remove(session: Session, target: WebhookTarget) -> None:
    """Remove a webhook. Waiting messages are cancelled; sent ones stay in /jobs."""
    for job in lock_active_jobs(session, [target.id], user_id=target.user_id):
        cancel(session, job)
    session.execute(delete(WebhookTarget).where(WebhookTarget.id == target.id))


def test(session: Session, target: WebhookTarget) -> Job:
    params = WebhookParams(job_id=None, url=target.url, target_id=target.id, event=TEST_EVENT)
    return submit_webhook(session, target.user_id, params, target.id)


def deliveries(target: WebhookTarget) -> Select[Job]:
    return select(Job).where(
        Job.user_id == target.user_id, Job.subject_id == target.id, Job.operation == NAME
    )


def replay(session: Session, target: WebhookTarget, delivery_id: str) -> Job:
    """Send the same message again, with the same id and a new signature.

    Raises JobNotFound, or WrongState while it is still being delivered.
    """
    delivery = session.scalar(deliveries(target).where(Job.id == delivery_id))
    if delivery is None:
        raise JobNotFound(delivery_id)
    if delivery.state not in ENDED:
        raise WrongState("This message is still being delivered. Wait for it.")
    params = WebhookParams.model_validate(delivery.params)
    # To the target's current address, which may have been corrected.
    same_message = params.model_copy(
        update={"url": target.url, "message_id": params.message_id or delivery.id}
    )
    return submit_webhook(session, target.user_id, same_message, target.id)
