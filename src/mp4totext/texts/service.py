"""Ask for texts, look at them, delete them. Every verb takes the session that commits it."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.models import ENDED, Job
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.queue import Priority
from mp4totext.runtime import Runtime
from mp4totext.texts import comparing, queries
from mp4totext.texts.errors import NothingToCompare, StillBeingWritten
from mp4totext.texts.models import TextSource, WrittenText
from mp4totext.texts.operations import WRITE_TEXT
from mp4totext.texts.orders import PlannedText, params_of, plan_request
from mp4totext.texts.planning import LOCAL
from mp4totext.texts.schemas import (
    TextAccepted,
    TextComparison,
    TextRequest,
    TextRerun,
    summary_out,
)
from mp4totext.writing.kinds.base import TextKind
from mp4totext.writing.prompts import RULES_VERSION, brief

log = get_logger()


def request(
    runtime: Runtime, session: Session, caller: Caller, transcription_id: str, body: TextRequest
) -> TextAccepted:
    """Raises AppError before anything is held."""

    def make() -> TextAccepted:
        text = plan_request(runtime, session, caller.user_id, transcription_id, body)
        return submit_text(session, caller, text, priority=body.priority)

    asked = ("text", transcription_id, body.model_dump(mode="json"))
    return accept(session, caller, asked, TextAccepted, make)


def rerun(
    runtime: Runtime,
    session: Session,
    caller: Caller,
    transcription_id: str,
    text_id: str,
    body: TextRerun,
) -> TextAccepted:
    """Another text beside the old one. Raises StillBeingWritten while that is not done."""
    text = queries.get(
        session,
        user_id=caller.user_id,
        text_id=text_id,
        transcription_id=transcription_id,
    )
    again = TextRequest(
        kind=text.kind,
        provider=body.provider or (None if body.model else text.provider),
        model=body.model or (None if body.provider else text.model),
        options=text.options,
        version=body.version,
        priority=body.priority,
    )
    job = None if text.job_id is None else session.get(Job, text.job_id)
    if job is not None and job.state not in ENDED:
        raise StillBeingWritten("This text is still being written. Wait for it, or cancel its job.")
    return request(runtime, session, caller, transcription_id, again)


def compare(session: Session, *, before: WrittenText, after: WrittenText) -> TextComparison:
    """Raises NothingToCompare."""
    if before.kind != after.kind:
        raise NothingToCompare(f"A {before.kind} and a {after.kind} have nothing to compare.")
    if before.body is None or after.body is None:
        raise NothingToCompare("One of the two texts is not written: see its status.")
    found, likeness = comparing.changes(before.body, after.body)
    jobs_known = queries.jobs_of(session, [before, after])
    return TextComparison(
        before=summary_out(before, jobs_known.get(before.job_id or "")),
        after=summary_out(after, jobs_known.get(after.job_id or "")),
        changed=comparing.changed_facts(before, after),
        likeness=likeness,
        changes=found,
    )


def submit_text(
    session: Session,
    caller: Caller,
    text: PlannedText,
    *,
    priority: Priority,
    webhook_url: str | None = None,
) -> TextAccepted:
    """Text and job and hold in the caller's transaction."""
    plan = text.plan
    text_id = new_id("txt")
    params = params_of(text, text_id=text_id, user_id=caller.user_id)
    job = submit(
        session,
        caller,
        WRITE_TEXT,
        params,
        subject_id=text.transcription_id,
        priority=priority,
        webhook_url=webhook_url,
    )
    session.add(
        WrittenText(
            id=text_id,
            user_id=caller.user_id,
            transcription_id=text.transcription_id,
            sources=len(text.recordings),
            job_id=job.id,
            kind=plan.kind.name,
            provider=plan.provider,
            model=plan.model,
            prompt_version=prompt_version(plan.kind),
            version=text.version,
            language=_language(text),
            options=params.options,
            warnings=[],
            citations=[],
            created_at=now(),
        )
    )
    session.flush()
    session.add_all(
        TextSource(text_id=text_id, transcription_id=chosen.transcription_id)
        for chosen in text.recordings
    )
    session.flush()
    return TextAccepted.of(
        job,
        id=text_id,
        transcription_id=text.transcription_id,
        kind=plan.kind.name,
        provider=plan.provider,
        model=plan.model,
    )


def remove(session: Session, text: WrittenText) -> None:
    """The text and what its job still says of it; a job that runs is cancelled."""
    job = None if text.job_id is None else session.get(Job, text.job_id)
    if job is not None:
        if job.state not in ENDED:
            jobs.cancel(session, job)
        jobs.erase_job(session, job)
    session.execute(delete(WrittenText).where(WrittenText.id == text.id))
    log.info("text.deleted", text_id=text.id)


def remove_answers_of_deleted(runtime: Runtime) -> None:
    """A chore of the sweeper: answers from several recordings, one of which was deleted."""
    with runtime.database.read() as session:
        ids = list(session.scalars(queries.bereft().limit(100)))
    for text_id in ids:
        with runtime.database.write() as session:
            text = session.get(WrittenText, text_id)
            if text is not None:
                remove(session, text)


def prompt_version(kind: TextKind) -> str:
    """Of the rules all kinds share, and of the kind's own words."""
    return f"{RULES_VERSION}.{kind.version}"


def _language(text: PlannedText) -> str | None:
    if text.plan.provider == LOCAL:
        return text.transcript.language
    return brief(text.transcript, text.plan.options).language
