"""Webhooks: a POST to the user's own server when a job has ended.

It goes to the ``webhook_url`` of the job, and to each webhook of the account that selects it.

Each delivery is a job, so it is retried and its user sees it. The message is signed as the Standard
Webhooks specification says (HMAC-SHA256 over ``id.timestamp.body``), so its libraries verify it.
Redirects are not followed. Only public addresses are reached, and the connection goes to the very
address that was checked, so a name that later resolves to another one (DNS rebinding) is harmless.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote
from mp4totext.jobs.context import Context
from mp4totext.jobs.errors import WebhookRefused, WebhookUnanswered
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job, WebhookTarget
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.schemas import job_out
from mp4totext.kit.clock import now
from mp4totext.kit.network_guard import is_public
from mp4totext.kit.queue_names import NETWORK_QUEUE

NAME = "webhook"
TEST_EVENT = "webhook.test"
TIMEOUT_S = 15.0  # for all of a delivery: a receiver that drips is as slow as a silent one
_RETRY_STATUSES = frozenset({408, 409, 425, 429})  # and 5xx; any other answer is final


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
        post(params.url, body, headers, allow_private=settings.jobs.webhook_allow_private)

    def save(self, session: Session, job: JobView, result: None) -> tuple[Line, ...]:
        return ()


WEBHOOK = Webhook()


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


def post(
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    allow_private: bool,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Raises WebhookUnanswered, which is retried, or WebhookRefused, which is not."""
    fixed = {"content-type": "application/json", "user-agent": "MP4toText"}
    backend = _PublicOnly(allow_private=allow_private, timeout_s=timeout_s)
    try:
        with (
            httpcore.ConnectionPool(network_backend=backend) as pool,
            pool.stream(
                "POST", url, headers=list((fixed | headers).items()), content=body
            ) as answer,
        ):
            status = answer.status  # the body is not read: it says nothing, and may be endless
    except httpcore.TimeoutException as error:
        reason = f"{url!r} did not answer within {timeout_s:g} seconds."
        raise WebhookUnanswered(reason, retry_after_s=0) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        reason = f"{url!r} could not be reached, or does not answer in HTTP."
        raise WebhookUnanswered(reason, retry_after_s=0) from error
    if status in _RETRY_STATUSES or status >= 500:
        raise WebhookUnanswered(f"{url!r} answered {status}.", retry_after_s=0)
    if not 200 <= status < 300:
        raise WebhookRefused(
            f"{url!r} answered {status}. Only 2xx means that the message was received."
        )


class _PublicOnly(httpcore.NetworkBackend):
    """Resolves a host itself, and connects to the address it has checked, until its time is up."""

    def __init__(self, *, allow_private: bool, timeout_s: float) -> None:
        self._sockets = httpcore.SyncBackend()
        self._allow_private = allow_private
        self._until = time.monotonic() + timeout_s

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # httpcore's own union
    ) -> httpcore.NetworkStream:
        address = self._address(host, port)
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.ConnectTimeout
        stream = self._sockets.connect_tcp(address, port, left_s, local_address, socket_options)
        return _TimedStream(stream, until=self._until)

    def _address(self, host: str, port: int) -> str:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host!r} was not found") from error
        addresses = [str(entry[4][0]) for entry in entries]
        # All of them, though only the first is used: a name with one private address is suspect.
        if not self._allow_private:
            for address in addresses:
                if not is_public(ipaddress.ip_address(address.partition("%")[0])):  # %: IPv6 zone
                    raise WebhookRefused(f"{host!r} is not on the public internet.")
        return addresses[0]


class _TimedStream(httpcore.NetworkStream):
    """A connection with one time limit for everything on it: httpcore's are for each read."""

    def __init__(self, stream: httpcore.NetworkStream, *, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout
        return self._stream.read(max_bytes, left_s)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.WriteTimeout
        self._stream.write(buffer, left_s)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.ConnectTimeout
        stream = self._stream.start_tls(ssl_context, server_hostname, left_s)
        return _TimedStream(stream, until=self._until)

    def get_extra_info(self, info: str) -> Any:  # httpcore's own
        return self._stream.get_extra_info(info)
