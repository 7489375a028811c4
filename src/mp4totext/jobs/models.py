"""Tables for jobs. The job row is the truth; broker messages and live events are hints."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


Unit = Literal["ms", "bytes", "items", "frames"]
"""What progress counts: milliseconds of audio, bytes of a download, items, frames of a video."""

ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class Job(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_priority_user_id_id", "state", "priority", "user_id", "id"),
        Index("ix_jobs_user_id_state", "user_id", "state"),
        Index("ix_jobs_user_id_started_at", "user_id", "started_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"))
    operation: Mapped[str] = mapped_column(String(64))
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    subject_id: Mapped[str | None] = mapped_column(String(40), index=True)
    request_id: Mapped[str | None] = mapped_column(String(64))
    webhook_url: Mapped[str | None] = mapped_column(Text)  # notified when the job ends
    metered: Mapped[bool]  # False: credits are neither held nor charged
    makes_version: Mapped[bool] = mapped_column(default=False)  # Operation.makes_version
    queue: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int] = mapped_column(Integer)

    state: Mapped[str] = mapped_column(String(16), default=JobState.QUEUED)
    # The fencing token: each claim and each return to the queue raises it, and only the attempt
    # with this number may write the result.
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    # Counts acceptances: 1, and one more for each retry by the user. Each run has its own hold.
    run: Mapped[int] = mapped_column(Integer, default=1)
    crashes: Mapped[int] = mapped_column(Integer, default=0)  # workers that died while running it
    retries: Mapped[int] = mapped_column(Integer, default=0)  # after errors that may pass
    worker: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    woken_at: Mapped[datetime | None]  # when a wake-up was last sent
    time_limit_s: Mapped[int] = mapped_column(Integer)

    prices: Mapped[dict[str, Any]] = mapped_column(JSON)
    quote: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    held_uc: Mapped[int] = mapped_column(BigInteger)
    charged_uc: Mapped[int | None] = mapped_column(BigInteger)
    # Line items that the user received before the end, charged even if the job is cancelled.
    delivered: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))

    stage: Mapped[str | None] = mapped_column(String(24))
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    unit: Mapped[str] = mapped_column(String(8), default="ms")  # a Unit, of done and total
    eta_ms: Mapped[int | None] = mapped_column(BigInteger)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)  # in English
    # Failure.stored(): the message for users of other languages.
    error_sentence: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)

    created_at: Mapped[datetime]
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class PartState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"


class JobStep(Base):
    """A finished step of a job, or a part of it. A restarted job reads finished ones from here."""

    __tablename__ = "job_steps"
    __table_args__ = (Index("ix_job_steps_state_job_id", "state", "job_id"),)

    job_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(16), default=PartState.DONE)
    params: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    result: Mapped[Any] = mapped_column(JSON, nullable=True)
    worker: Mapped[str | None] = mapped_column(String(120))
    # The fencing token of a part, like Job.attempt.
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(BigInteger, default=0)


class WebhookTarget(Base):
    """A server of the user that gets a message when jobs of the account have ended."""

    __tablename__ = "webhook_targets"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), ForeignKey("users.id"), index=True)
    url: Mapped[str] = mapped_column(Text)
    events: Mapped[list[str]] = mapped_column(JSON)  # empty: all
    operations: Mapped[list[str]] = mapped_column(JSON)  # empty: all
    active: Mapped[bool]
    created_at: Mapped[datetime]


class Lease(Base):
    """The right of one process to do something alone for a while, such as the sweep."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120))
    until: Mapped[datetime]
