"""Webhooks: a POST to the user's own server when a job has ended.

It goes to the ``webhook_url`` of the job, and to each webhook of the account that selects it.

Each delivery is a job, so it is retried and its user sees it. The message is signed as the Standard
Webhooks specification says (HMAC-SHA256 over ``id.timestamp.body``), so its libraries verify it.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
from urllib.parse import urlsplit

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote
from mp4totext.jobs.context import Context
from mp4totext.jobs.errors import WebhookNotPublic, WebhookRefused
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job, WebhookTarget
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.schemas import job_out
from mp4totext.kit.clock import now
from mp4totext.kit.network_guard import is_public
from mp4totext.kit.queue_names import NETWORK_QUEUE
from mp4totext.settings import Settings

NAME = "webhook"
TEST_EVENT = "webhook.test"


class WebhookParams(BaseModel):
    job_id: str | None  # that ended; None: a test message
    url: str
    target_id: str | None = None  # of the account; None: the job's own webhook_url
    event: str = ""  # for lists of deliveries: the message has the job's state
    message_id: str | None = None  # of the delivery that this one repeats


class Webhook(Operation[WebhookParams, None]):
    """Free. The message has the id of this job, so a receiver can recognise a repeated delivery."""

    name = NAME
    params = WebhookParams

    def queue(self, params: WebhookParams) -> str | None:
        return NETWORK_QUEUE

    def time_limit_s(self, params: WebhookParams) -> int:
        return 120

    def quote(self, params: WebhookParams, prices: PriceList) -> Quote:
        return Quote(lines=())

    def run(self, params: WebhookParams, ctx: Context) -> None:
        settings = ctx.runtime.settings
        with ctx.runtime.database.read() as session:
            if (
                params.target_id is not None
                and session.get(WebhookTarget, params.target_id) is None
            ):
                raise WebhookRefused("The webhook was deleted before the message was sent.")
            job = None if params.job_id is None else session.get_one(Job, params.job_id)
            body = test_message(params) if job is None else message(job)
        headers = signature_headers(
            body,
            message_id=params.message_id or ctx.job.id,
            timestamp_s=int(now().timestamp()),
            secret=signing_secret(settings.secret_key, ctx.job.user_id),
        )
        from mp4totext.jobs.webhook_post import post  # noqa: PLC0415  # what posts is slow to import

        post(params.url, body, headers, allow_private=settings.jobs.webhook_allow_private)

    def save(self, session: Session, job: JobView, result: None) -> tuple[Line, ...]:
        return ()


WEBHOOK = Webhook()


def refuse_private(url: str, settings: Settings) -> None:
    """Raises WebhookNotPublic for an address that can never be called.

    Names may resolve to other addresses later, so those are checked when a message is sent.
    """
    host = (urlsplit(url).hostname or "").removesuffix(".")
    try:
        is_private = not is_public(ipaddress.ip_address(host))
    except ValueError:  # a name
        is_private = host == "localhost" or host.endswith(".localhost")
    if is_private and not settings.jobs.webhook_allow_private:
        raise WebhookNotPublic


def message(job: Job) -> bytes:
    """The JSON body. ``type`` is ``job.succeeded``, ``job.failed`` or ``job.cancelled``."""
    payload = {
        "type": f"job.{job.state}",
        "timestamp": (job.finished_at or now()).isoformat(),
        "data": job_out(job).model_dump(mode="json"),
    }
    return json.dumps(payload, ensure_ascii=False).encode()


def test_message(params: WebhookParams) -> bytes:
    """The JSON body of a test message."""
    payload = {
        "type": TEST_EVENT,
        "timestamp": now().isoformat(),
        "data": {"webhook_id": params.target_id},
    }
    return json.dumps(payload).encode()


def signing_secret(secret_key: str, user_id: str) -> str:
    """The user's signing secret, derived from SECRET_KEY; it is not stored."""
    key = hmac.new(secret_key.encode(), f"webhook:{user_id}".encode(), hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(key).decode()}"


def signature_headers(
    body: bytes, *, message_id: str, timestamp_s: int, secret: str
) -> dict[str, str]:
    """``timestamp_s``: seconds since 1970; receivers refuse old ones, against replayed messages."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    mac = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
