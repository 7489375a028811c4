from mp4totext.kit.errors import AppError, NotFound, WrongState


class JobNotFound(NotFound):
    code = "job_not_found"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"There is no job {job_id!r}.")


class JobNotActive(WrongState):
    code = "job_not_active"


class JobNotRetryable(WrongState):
    code = "job_not_retryable"


class Interrupted(Exception):
    """The job is no longer this process's: cancelled, expired, or taken over. Stop working."""


class WebhookRefused(AppError):
    """The receiver says no for good, or is where nothing may be sent."""

    status, code = 422, "webhook_refused"


class WebhookUnanswered(AppError):
    """The receiver may take it later."""

    status, code = 503, "webhook_unanswered"
