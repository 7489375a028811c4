"""Errors of jobs and webhooks, and how an operation ends early without an error."""

from mp4totext.kit.errors import AppError, Invalid, NotFound, WrongState


class JobNotFound(NotFound):
    code = "job_not_found"

    def __init__(self, job_id: str) -> None:
        super().__init__(values={"job_id": job_id})


class JobNotActive(WrongState):
    code = "job_not_active"


class JobNotRetryable(WrongState):
    code = "job_not_retryable"


class WebhookNotFound(NotFound):
    code = "webhook_not_found"

    def __init__(self, webhook_id: str) -> None:
        super().__init__(values={"webhook_id": webhook_id})


class TooManyWebhooks(WrongState):
    code = "too_many_webhooks"


class WebhookNotPublic(Invalid):
    code = "webhook_not_public"


class Interrupted(Exception):
    """This attempt no longer runs the job: it was cancelled, ended or taken over. Stop working."""


class StepAside(Exception):
    """Raised by background work that has run for a while.

    The job returns to the queue, other jobs go first, and it continues from what it has stored.
    """


class WebhookRefused(AppError):
    """The receiver refused for good, or its address is not on the public internet."""

    status, code = 422, "webhook_refused"


class WebhookUnanswered(AppError):
    """The receiver did not answer, or answered that it cannot take the message now."""

    status, code = 503, "webhook_unanswered"
