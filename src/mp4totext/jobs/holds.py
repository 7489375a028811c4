"""A job's hold of credits: the charge it belongs to, and raising it while the job runs."""

from sqlalchemy.orm import Session

from mp4totext.credits import ledger
from mp4totext.credits.ledger import Charge
from mp4totext.credits.quotes import Line, Quote, lines_from_json, lines_to_json
from mp4totext.jobs.models import Job


def charge_of(job: Job) -> Charge:
    return Charge(
        user_id=job.user_id,
        job_id=job.id,
        run=job.run,
        operation=job.operation,
        subject_id=job.subject_id,
    )


def raise_hold(session: Session, job: Job, offer: Quote) -> None:
    """Raise the hold to ``offer``, the job's new quote. Raises InsufficientCredits."""
    quote = offer if job.metered else offer.free()
    ledger.extend(session, charge_of(job), quote.total_uc - job.held_uc)
    job.quote, job.held_uc = lines_to_json(quote.lines), quote.total_uc


def quoted_lines(job: Job) -> tuple[Line, ...]:
    return lines_from_json(job.quote)
