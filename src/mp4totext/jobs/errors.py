from mp4totext.kit.errors import NotFound, WrongState


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
