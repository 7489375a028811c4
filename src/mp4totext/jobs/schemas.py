"""Answers of the routes of jobs, and the events that are sent to clients."""

from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel
from sqlalchemy.orm import defer

from mp4totext.credits.money import to_credits
from mp4totext.events.log import Event
from mp4totext.jobs.failure import in_words, message_of
from mp4totext.jobs.models import Job, Unit

# Lists omit columns that they do not show: the prices alone are pages of JSON for each job.
SUMMARY_COLUMNS = tuple(defer(column) for column in (Job.params, Job.prices, Job.quote))


class ProgressOut(BaseModel):
    """``done`` of ``total``, counted in ``unit``: milliseconds of audio, bytes, items or frames."""

    stage: str | None
    done: int
    total: int
    unit: Unit
    percent: float
    eta_ms: int | None


class JobError(BaseModel):
    """``message`` is in the language that the request asks for, where it is translated."""

    code: str
    message: str


class JobOut(BaseModel):
    id: str
    operation: str
    subject_id: str | None
    state: str
    priority: int
    queue: str
    progress: ProgressOut
    error: JobError | None
    warnings: list[str]
    held: float
    charged: float | None
    attempt: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class WebhookSecret(BaseModel):
    """The secret in the format of Standard Webhooks, for any library of that specification."""

    secret: str


def progress_out(job: Job) -> ProgressOut:
    percent = 100.0 * job.done / job.total if job.total else 0.0
    return ProgressOut(
        stage=job.stage,
        done=job.done,
        total=job.total,
        unit=cast("Unit", job.unit),
        percent=round(min(percent, 100.0), 1),
        eta_ms=job.eta_ms,
    )


def error_out(job: Job) -> JobError | None:
    """Why it failed, in the language of the request."""
    if job.error_code is None:
        return None
    return JobError(code=job.error_code, message=message_of(job) or "")


def job_out(job: Job) -> JobOut:
    return JobOut(
        id=job.id,
        operation=job.operation,
        subject_id=job.subject_id,
        state=job.state,
        priority=job.priority,
        queue=job.queue,
        progress=progress_out(job),
        error=error_out(job),
        warnings=job.warnings,
        held=to_credits(job.held_uc),
        charged=None if job.charged_uc is None else to_credits(job.charged_uc),
        attempt=job.attempt,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def event_out(event: Event) -> dict[str, Any]:
    """An event as sent over the WebSocket and, as ``data``, over SSE."""
    body = event.body
    if event.type == "error":
        code, english = body.get("code") or "", body.get("message") or ""
        message = in_words(code, english, body.get("sentence"))
        body = {name: value for name, value in body.items() if name != "sentence"}
        body["message"] = message
    return {
        "seq": event.seq,
        "type": event.type,
        "job_id": event.job_id,
        "at": event.created_at.isoformat(),
        **body,
    }
