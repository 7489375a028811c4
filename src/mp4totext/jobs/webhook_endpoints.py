"""Routes for the webhooks of an account."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy.orm import Session

from mp4totext.auth.dependencies import RuntimeDep, rate_limit, reads
from mp4totext.auth.identity import Identity
from mp4totext.jobs import webhook_service as service
from mp4totext.jobs.acceptance import accept
from mp4totext.jobs.dependencies import JobCaller, JobWriter
from mp4totext.jobs.models import Job, WebhookTarget
from mp4totext.jobs.webhook_schemas import (
    DeliveryOut,
    WebhookChange,
    WebhookOut,
    WebhookRequest,
    delivery_out,
    webhook_out,
)
from mp4totext.jobs.webhooks import refuse_private
from mp4totext.kit.http import WriteSession, problems
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.request_fields import PageDep

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

Id = Annotated[str, Path(pattern=r"^whk_[0-9a-z]{26}$")]
DeliveryId = Annotated[str, Path(pattern=r"^job_[0-9a-z]{26}$")]


@router.get("", responses=problems(401, 403), summary="List your webhooks, newest first")
@reads("jobs:read")
def list_webhooks(session: Session, user: Identity, page: PageDep) -> Page[WebhookOut]:
    statement = service.owned(user.user_id)
    rows, cursor = fetch_page(session, statement, by=WebhookTarget.id, page=page)
    return Page(items=[webhook_out(row) for row in rows], next_cursor=cursor)


@router.post(
    "",
    status_code=201,
    responses=problems(401, 403, 409),
    summary="Create a webhook for jobs of your account",
)
def add_webhook(
    body: WebhookRequest,
    caller: JobCaller,
    runtime: RuntimeDep,
    session: WriteSession,
) -> WebhookOut:
    def make() -> WebhookOut:
        refuse_private(str(body.url), runtime.settings)
        return webhook_out(service.add(session, user_id=caller.user_id, request=body))

    request = ("webhook", body.model_dump(mode="json"))
    return accept(session, caller, request, WebhookOut, make)


@router.get("/{webhook_id}", responses=problems(401, 403, 404), summary="Get a webhook")
@reads("jobs:read")
def get_webhook(session: Session, user: Identity, webhook_id: Id) -> WebhookOut:
    return webhook_out(service.get(session, user_id=user.user_id, webhook_id=webhook_id))


@router.patch(
    "/{webhook_id}",
    responses=problems(401, 403, 404),
    summary="Change a webhook, or switch it off",
)
def change_webhook(
    webhook_id: Id,
    body: WebhookChange,
    user: JobWriter,
    runtime: RuntimeDep,
    session: WriteSession,
) -> WebhookOut:
    target = service.get(session, user_id=user.user_id, webhook_id=webhook_id)
    if body.url is not None:
        refuse_private(str(body.url), runtime.settings)
    return webhook_out(service.change(target, body))


@router.delete(
    "/{webhook_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete a webhook; cancels its queued messages",
)
def remove_webhook(webhook_id: Id, user: JobWriter, session: WriteSession) -> None:
    service.remove(session, service.get(session, user_id=user.user_id, webhook_id=webhook_id))


@router.post(
    "/{webhook_id}/test",
    status_code=202,
    responses=problems(401, 403, 404),
    dependencies=[rate_limit("expensive")],
    summary="Send a test message",
)
def test_webhook(webhook_id: Id, user: JobWriter, session: WriteSession) -> DeliveryOut:
    target = service.get(session, user_id=user.user_id, webhook_id=webhook_id)
    return delivery_out(service.test(session, target))


@router.get(
    "/{webhook_id}/deliveries",
    responses=problems(401, 403, 404),
    summary="List messages to a webhook, newest first",
)
@reads("jobs:read")
def list_deliveries(
    session: Session, user: Identity, page: PageDep, webhook_id: Id
) -> Page[DeliveryOut]:
    target = service.get(session, user_id=user.user_id, webhook_id=webhook_id)
    rows, cursor = fetch_page(session, service.deliveries(target), by=Job.id, page=page)
    return Page(items=[delivery_out(row) for row in rows], next_cursor=cursor)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    responses=problems(401, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Send a message again, with the same id",
)
def replay_delivery(
    webhook_id: Id, delivery_id: DeliveryId, user: JobWriter, session: WriteSession
) -> DeliveryOut:
    target = service.get(session, user_id=user.user_id, webhook_id=webhook_id)
    return delivery_out(service.replay(session, target, delivery_id))
