"""A job for its operation: a value without a session."""

from dataclasses import dataclass

from mp4totext.credits.prices import PriceList, from_json
from mp4totext.credits.quotes import Line, lines_from_json
from mp4totext.jobs.models import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """The fields of a job that its operation needs, at the time of the claim."""

    id: str
    user_id: str
    metered: bool
    operation: str
    subject_id: str | None
    request_id: str | None
    attempt: int
    run: int
    queue: str
    time_limit_s: int
    may_retry: bool
    prices: PriceList
    quote: tuple[Line, ...]


def view(job: Job, *, max_retries: int) -> JobView:
    return JobView(
        id=job.id,
        user_id=job.user_id,
        metered=job.metered,
        operation=job.operation,
        subject_id=job.subject_id,
        request_id=job.request_id,
        attempt=job.attempt,
        run=job.run,
        queue=job.queue,
        time_limit_s=job.time_limit_s,
        may_retry=job.retries < max_retries,
        prices=from_json(job.prices),
        quote=lines_from_json(job.quote),
    )
