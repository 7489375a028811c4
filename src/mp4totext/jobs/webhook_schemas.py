"""The bodies of requests and answers about an account's webhooks."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator
from pydantic.json_schema import SkipJsonSchema

from mp4totext.jobs.models import Job, WebhookTarget
from mp4totext.jobs.schemas import JobError, error_out
from mp4totext.kit.text import CleanStr

JobEvent = Literal["job.succeeded", "job.failed", "job.cancelled"]
OperationName = Annotated[CleanStr, Field(min_length=1, max_length=64)]
Address = Annotated[
    HttpUrl, Field(max_length=2000, description="URL on your server that receives POST requests.")
]
Events = Annotated[
    tuple[JobEvent, ...], Field(max_length=3, description="Events to send. If empty, all.")
]
OperationNames = Annotated[
    tuple[OperationName, ...],
    Field(
        max_length=20,
        description="Operations, such as transcribe or write_text, whose jobs send events. If "
        "empty, all.",
    ),
]


class WebhookRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: Address
    events: Events = ()
    operations: OperationNames = ()
    active: bool = True


class WebhookChange(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: Address | SkipJsonSchema[None] = None
    events: Events | SkipJsonSchema[None] = None
    operations: OperationNames | SkipJsonSchema[None] = None
    active: bool | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if any(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError("omit fields that do not change; null is not a value")
        return self


class WebhookOut(BaseModel):
    id: str
    url: str
    events: list[str]
    operations: list[str]
    active: bool
    created_at: datetime


class DeliveryOut(BaseModel):
    """One message to a webhook. It is a job, so `/jobs/{id}` has the rest."""

    id: str
    message_id: str = Field(
        description="Value of the `webhook-id` header. A replay has the same value."
    )
    event: str
    about: str | None = Field(description="ID of the finished job. null for a test message.")
    state: str
    attempts: int
    error: JobError | None
    created_at: datetime
    finished_at: datetime | None


def webhook_out(target: WebhookTarget) -> WebhookOut:
    return WebhookOut(
        id=target.id,
        url=target.url,
        events=target.events,
        operations=target.operations,
        active=target.active,
        created_at=target.created_at,
    )


def delivery_out(job: Job) -> DeliveryOut:
    """``job``: of the operation ``webhook``."""
    return DeliveryOut(
        id=job.id,
        message_id=job.params.get("message_id") or job.id,
        event=job.params["event"],
        about=job.params["job_id"],
        state=job.state,
        attempts=job.retries + 1,
        error=error_out(job),
        created_at=job.created_at,
        finished_at=job.finished_at,
    )
