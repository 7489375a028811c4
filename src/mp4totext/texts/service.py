"""Request, rerun, compare and delete texts. Each function works in its caller's transaction."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mp4totext.jobs import queries as job_queries
from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.models import ENDED, Job
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.queue_names import Priority
from mp4totext.runtime import Runtime
from mp4totext.texts import comparing, queries
from mp4totext.texts.errors import NothingToCompare, StillBeingWritten
from mp4totext.texts.html import html_of
from mp4totext.texts.model_choice import LOCAL
from mp4totext.texts.models import TextSource, WrittenText
from mp4totext.texts.operations import WRITE_TEXT
from mp4totext.texts.orders import PlannedText, plan_request, write_params
from mp4totext.texts.schemas import (
    TextAccepted,
    TextComparison,
    TextRequest,
    TextRerun,
    summary_out,
)
from mp4totext.writing import chinese
from mp4totext.writing.kinds.base import TextKind
from mp4totext.writing.prompts import RULES_VERSION, brief

log = get_logger()


def request(
    runtime: Runtime, session: Session, caller: Caller, transcription_id: str, body: TextRequest
) -> TextAccepted:
    """Plan a text and submit its job. Raises AppError before anything is held."""

    def make() -> TextAccepted:
        text = plan_request(runtime, session, caller.user_id, transcription_id, body)
        return submit_text(session, caller, text, priority=body.priority)

    identity = ("text", transcription_id, body.model_dump(mode="json"))
    return accept(session, caller, identity, TextAccepted, make)


def as_html(session: Session, text: WrittenText) -> str:
    """The text as HTML; if it is still being written, as much as there is."""
    body = queries.written_so_far(session, text) if text.body is None else text.body
    return html_of(body, text.citations, transcription_id=text.transcription_id)


def rerun(
    runtime: Runtime,
    session: Session,
    caller: Caller,
    transcription_id: str,
    text_id: str,
    body: TextRerun,
) -> TextAccepted:
    """Write a text again; the old one stays. Raises StillBeingWritten until it is done."""
    text = queries.get(
        session,
        user_id=caller.user_id,
        text_id=text_id,
        transcription_id=transcription_id,
    )
    # Another provider has other models, and a model may belong to another provider: choose again.
    repeated = TextRequest(
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
    return request(runtime, session, caller, transcription_id, repeated)


def compare(session: Session, *, before: WrittenText, after: WrittenText) -> TextComparison:
    """The differences between two texts. Raises NothingToCompare."""
    if before.kind != after.kind:
        raise NothingToCompare(
            f"Texts of different kinds cannot be compared: {before.kind!r} and {after.kind!r}."
        )
    if before.body is None or after.body is None:
        raise NothingToCompare("One of the two texts has not been written yet: check its status.")
    changes, likeness = comparing.changes(before.body, after.body)
    jobs_by_id = job_queries.by_id(session, (before.job_id, after.job_id))
    return TextComparison(
        before=summary_out(before, jobs_by_id.get(before.job_id or "")),
        after=summary_out(after, jobs_by_id.get(after.job_id or "")),
        changed=comparing.changed_facts(before, after),
        likeness=likeness,
        changes=changes,
    )


def submit_text(
    session: Session,
    caller: Caller,
    text: PlannedText,
    *,
    priority: Priority,
    webhook_url: str | None = None,
) -> TextAccepted:
    """Store the text and its job, and take the hold. Raises InsufficientCredits."""
    plan = text.plan
    text_id = new_id("txt")
    params = write_params(text, text_id=text_id, user_id=caller.user_id)
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
    session.flush()  # the sources refer to its row
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
    """Delete a text and its contents in its job; a running job is cancelled."""
    jobs.discard(session, text.job_id)
    session.execute(delete(WrittenText).where(WrittenText.id == text.id))
    log.info("text.deleted", text_id=text.id)


def remove_answers_of_deleted(runtime: Runtime) -> None:
    """A chore of the sweeper: delete answers from several recordings if one was deleted."""
    with runtime.database.read() as session:
        ids = list(session.scalars(queries.answers_of_deleted().limit(100)))
    for text_id in ids:
        with runtime.database.write() as session:
            text = session.get(WrittenText, text_id)
            if text is not None:
                remove(session, text)


def prompt_version(kind: TextKind) -> str:
    """The version of the rules common to all kinds, and that of the kind's own prompt."""
    return f"{RULES_VERSION}.{kind.version}"


def _language(text: PlannedText) -> str | None:
    if text.plan.provider == LOCAL:  # it quotes the recording, whatever language was requested
        return chinese.tag_of(text.transcript.language, text.plan.options.language)
    return brief(text.transcript, text.plan.options).language
