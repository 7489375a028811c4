"""Ask for texts, look at them, delete them. Every verb takes the session that commits it."""

from dataclasses import dataclass
from typing import cast

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mp4totext.credits import ledger, prices
from mp4totext.credits.money import to_credits
from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import Caller, lines_out
from mp4totext.jobs.holds import quoted_lines
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import ENDED, Job
from mp4totext.kit.clock import now
from mp4totext.kit.errors import AppError
from mp4totext.kit.idempotency import earlier_answer, fingerprint, remember_answer
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.queue import PRIORITIES, Priority
from mp4totext.runtime import Runtime
from mp4totext.texts import comparing, queries
from mp4totext.texts.errors import EmptyTranscript, NothingToCompare, StillBeingWritten, TooShort
from mp4totext.texts.models import TextSource, WrittenText
from mp4totext.texts.operations import WRITE_TEXT, Chosen, WriteTextParams
from mp4totext.texts.schemas import (
    TextAccepted,
    TextComparison,
    TextEstimate,
    TextQuoteOut,
    TextRequest,
    TextRerun,
    summary_out,
)
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.schemas import TextWish
from mp4totext.transcriptions.text_plans import LOCAL, TextPlan, must_run_locally, plan_text
from mp4totext.transcriptions.versions import transcript_of
from mp4totext.writing.generate.source import characters_of
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.kinds.base import Options, TextKind
from mp4totext.writing.prompts import RULES_VERSION, brief

CHARACTERS_A_WORD = 6  # with its space; only to count recordings in scripts without spaces

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A text that can be written: everything that is refused is refused by then."""

    plan: TextPlan
    transcript: Transcript
    recordings: tuple[Chosen, ...]
    transcription_id: str | None  # None: from several recordings
    version: int | None

    @property
    def characters(self) -> int:
        return characters_of(self.transcript)


def request(
    runtime: Runtime, session: Session, caller: Caller, transcription_id: str, wanted: TextRequest
) -> TextAccepted:
    """Raises AppError before anything is held."""
    asked = fingerprint("text", transcription_id, wanted.model_dump(mode="json"))
    owner, key = caller.user.user_id, caller.idempotency_key
    if (found := earlier_answer(session, owner=owner, key=key, request=asked)) is not None:
        return TextAccepted.model_validate(found)
    placed = order(runtime, session, owner, transcription_id, wanted)
    answer = submit(
        session,
        placed,
        user_id=owner,
        metered=caller.user.metered,
        priority=wanted.priority,
        request_id=caller.request_id,
    )
    remember_answer(
        session, owner=owner, key=key, request=asked, answer=answer.model_dump(mode="json")
    )
    return answer


def rerun(
    runtime: Runtime,
    session: Session,
    caller: Caller,
    transcription_id: str,
    text_id: str,
    wanted: TextRerun,
) -> TextAccepted:
    """Another text beside the old one. Raises StillBeingWritten while that is not done."""
    text = queries.get(
        session,
        user_id=caller.user.user_id,
        text_id=text_id,
        transcription_id=transcription_id,
    )
    again = TextRequest(
        kind=text.kind,
        provider=wanted.provider or (None if wanted.model else text.provider),
        model=wanted.model or (None if wanted.provider else text.model),
        options=text.options,
        version=wanted.version,
        priority=wanted.priority,
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


def estimate(
    runtime: Runtime, session: Session, caller: Caller, transcription_id: str, wanted: TextEstimate
) -> TextQuoteOut:
    user = caller.user
    placed = order(runtime, session, user.user_id, transcription_id, wanted)
    params = _params(placed, text_id="", user_id=user.user_id)
    offer, _ = jobs.quote(session, WRITE_TEXT, params, metered=user.metered)
    available_uc = ledger.balance(session, user.user_id).available_uc
    return TextQuoteOut(
        kind=params.kind,
        provider=params.provider,
        model=params.model,
        characters=params.characters,
        lines=lines_out(offer.lines),
        total=to_credits(offer.total_uc),
        available=to_credits(available_uc),
        enough=available_uc >= offer.total_uc,
    )


def order(
    runtime: Runtime, session: Session, user_id: str, transcription_id: str, wanted: TextEstimate
) -> Order:
    transcription = transcriptions.get(session, user_id=user_id, transcription_id=transcription_id)
    version = transcriptions.version(session, transcription, wanted.version)
    plan = plan_text(wanted, prices=prices.current(session), settings=runtime.settings)
    transcript = transcript_of(version)
    refuse_unusable(plan.kind, plan.provider, transcript)
    chosen = Chosen(transcription_id=transcription.id, version=version.number)
    return Order(
        plan=plan,
        transcript=transcript,
        recordings=(chosen,),
        transcription_id=transcription.id,
        version=version.number,
    )


def refuse_unusable(kind: TextKind, provider: str, transcript: Transcript) -> None:
    """Raises EmptyTranscript, TooShort or NeedsModel."""
    words = sum(len(one.words) or len(one.text.split()) for one in transcript.segments)
    if not any(one.text.strip() for one in transcript.segments):
        raise EmptyTranscript("Nothing was said in this recording, so there is nothing to write.")
    # Scripts without spaces have no words to count.
    words = max(words, characters_of(transcript) // CHARACTERS_A_WORD)
    if words < kind.min_words:
        raise TooShort(
            f"{kind.title} needs a recording of at least {kind.min_words} words; this one has "
            f"{words}.",
            needed=kind.min_words,
            words=words,
        )
    if provider == LOCAL:
        must_run_locally(kind, transcript.language)


def submit(
    session: Session,
    placed: Order,
    *,
    user_id: str,
    metered: bool,
    priority: Priority,
    request_id: str | None,
    webhook_url: str | None = None,
) -> TextAccepted:
    """Text and job and hold in the caller's transaction."""
    plan = placed.plan
    text_id = new_id("txt")
    params = _params(placed, text_id=text_id, user_id=user_id)
    job = jobs.submit(
        session,
        operation=WRITE_TEXT,
        params=params,
        user_id=user_id,
        metered=metered,
        subject_id=placed.transcription_id,
        priority=priority,
        request_id=request_id,
    )
    job.webhook_url = webhook_url
    session.add(
        WrittenText(
            id=text_id,
            user_id=user_id,
            transcription_id=placed.transcription_id,
            sources=len(placed.recordings),
            job_id=job.id,
            kind=plan.kind.name,
            provider=plan.provider,
            model=plan.model,
            prompt_version=prompt_version(plan.kind),
            version=placed.version,
            language=_language(placed),
            options=params.options,
            warnings=[],
            citations=[],
            created_at=now(),
        )
    )
    session.flush()
    session.add_all(
        TextSource(text_id=text_id, transcription_id=one.transcription_id)
        for one in placed.recordings
    )
    session.flush()
    return TextAccepted(
        id=text_id,
        task_id=job.id,
        transcription_id=placed.transcription_id,
        kind=plan.kind.name,
        provider=plan.provider,
        model=plan.model,
        quote=lines_out(quoted_lines(job)),
        held=to_credits(job.held_uc),
    )


def accept_wishes(
    session: Session, job: JobView, transcription: Transcription, wishes: tuple[TextWish, ...]
) -> None:
    """Texts asked for with a recording, now that its transcript is stored.

    What cannot be written or paid is a warning of the transcription, which stands.
    """
    row = session.get_one(Job, job.id)
    version = transcriptions.version(session, transcription)
    transcript = transcript_of(version)
    for wish in wishes:
        kind = KINDS[wish.kind]
        plan = TextPlan(
            kind=kind,
            options=kind.options.model_validate(wish.options),
            provider=wish.provider or LOCAL,
            model=wish.model,
        )
        chosen = Chosen(transcription_id=transcription.id, version=version.number)
        placed = Order(
            plan=plan,
            transcript=transcript,
            recordings=(chosen,),
            transcription_id=transcription.id,
            version=version.number,
        )
        try:
            refuse_unusable(kind, plan.provider, transcript)
            with session.begin_nested():
                submit(
                    session,
                    placed,
                    user_id=job.user_id,
                    metered=row.metered,
                    priority=cast("Priority", PRIORITIES[row.priority]),
                    request_id=job.request_id,
                    webhook_url=row.webhook_url,
                )
        except AppError as error:
            row.warnings = [*row.warnings, f"No {kind.title.lower()}: {error.message}"]


def remove(session: Session, text: WrittenText) -> None:
    """The text and what its job still says of it; a job that runs is cancelled."""
    job = None if text.job_id is None else session.get(Job, text.job_id)
    if job is not None:
        if job.state not in ENDED:
            jobs.cancel(session, job)
        jobs.forget_job(session, job)
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


def _params(placed: Order, *, text_id: str, user_id: str) -> WriteTextParams:
    return WriteTextParams(
        text_id=text_id,
        user_id=user_id,
        recordings=placed.recordings,
        kind=placed.plan.kind.name,
        options=_options_json(placed.plan.options),
        provider=placed.plan.provider,
        model=placed.plan.model,
        characters=placed.characters,
    )


def _options_json(options: Options) -> dict[str, object]:
    dumped: dict[str, object] = options.model_dump(mode="json", exclude_none=True)
    return dumped


def _language(placed: Order) -> str | None:
    if placed.plan.provider == LOCAL:
        return placed.transcript.language
    return brief(placed.transcript, placed.plan.options).language
