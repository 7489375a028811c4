"""What a running job has transcribed so far: the windows from the beginning."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mp4totext.jobs.models import JobStep, PartState
from mp4totext.kit import typed_json
from mp4totext.providers.speech.base import SpeechResult

PARTS = "transcribe"  # the windows of a job
PARTS_AGAIN = "transcribe again"  # windows of the fallback engine


def finished_windows(session: Session, job_id: str, *, after: int) -> list[SpeechResult]:
    """Results of the windows from number ``after`` up to the first unfinished one.

    Without speakers of the whole recording, which are known only at the end.
    """
    rows = session.execute(
        select(JobStep.position, JobStep.result)
        .where(
            JobStep.job_id == job_id,
            JobStep.state == PartState.DONE,
            JobStep.position >= after,
            or_(JobStep.name.startswith(f"{PARTS}:"), JobStep.name.startswith(f"{PARTS_AGAIN}:")),
        )
        .order_by(JobStep.position)
    ).all()
    results: list[SpeechResult] = []
    for position, result in rows:
        if position != after + len(results):
            break
        results.append(typed_json.load(SpeechResult, result))
    return results
