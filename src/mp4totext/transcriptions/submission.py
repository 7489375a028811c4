"""From a file or an address to an accepted job: validated and held before anything is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.auth.identity import Identity
from mp4totext.credits import ledger, prices
from mp4totext.credits.errors import InsufficientCredits
from mp4totext.credits.money import to_credits, to_uc
from mp4totext.credits.quotes import Quote
from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import Caller, lines_out
from mp4totext.jobs.holds import quoted_lines
from mp4totext.jobs.models import Job
from mp4totext.jobs.operation import AnyOperation
from mp4totext.kit.clock import now
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.errors import AppError, Unavailable
from mp4totext.kit.idempotency import earlier_answer, fingerprint, remember_answer
from mp4totext.kit.ids import new_id
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.kit.upload import ReceivedUpload, StorageFull, display_name
from mp4totext.media.download import check_url
from mp4totext.media.download_errors import DownloadError
from mp4totext.media.errors import EmptyFile, MediaError, NotMedia, TooLong
from mp4totext.media.probe import MediaInfo, ProbeLimits, probe
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.errors import (
    NotARecording,
    NotReady,
    UnusableRecording,
)
from mp4totext.transcriptions.files import media_key, recording_folder
from mp4totext.transcriptions.import_url import IMPORT, ImportParams
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.operations import TRANSCRIBE, TranscribeParams
from mp4totext.transcriptions.planning import Plan, plan, refuse_one_channel
from mp4totext.transcriptions.schemas import Accepted, QuoteOut, TextCostOut, TranscriptionOptions
from mp4totext.transcriptions.steps.engine_fallback import Fallback
from mp4totext.transcriptions.steps.fetch_url import note_media
from mp4totext.transcriptions.text_costs import text_costs, total_of
from mp4totext.uploads import service as uploads


def accept_parts(
    runtime: Runtime,
    caller: Caller,
    upload_id: str,
    options: TranscriptionOptions,
    *,
    title: str | None,
) -> Accepted:
    """A finished resumable upload goes the way of every other one."""
    request = fingerprint("parts", upload_id, options.model_dump(mode="json"), title)
    user_id = caller.user.user_id

    def accept() -> Accepted:
        with runtime.database.read() as session:
            done = uploads.complete(session, user_id=user_id, upload_id=upload_id)
        folder = runtime.scratch.folder("uploads")
        with uploads.assembled(runtime.storage, done, folder=folder) as upload:
            return _accept_file(
                runtime,
                caller,
                _received(runtime, upload, title),
                options,
                request=request,
                also=lambda session: uploads.end(
                    session, runtime.storage, user_id=user_id, upload_id=upload_id
                ),
            )

    return _once(runtime, caller, request, accept)


def accept_upload(
    runtime: Runtime,
    caller: Caller,
    upload: ReceivedUpload,
    options: TranscriptionOptions,
    *,
    title: str | None,
) -> Accepted:
    """Raises before anything is kept: not a recording, unsupported, not enough credits."""
    request = fingerprint("upload", upload.sha256, options.model_dump(mode="json"), title)
    file = _received(runtime, upload, title)
    return _once(
        runtime,
        caller,
        request,
        lambda: _accept_file(runtime, caller, file, options, request=request),
    )


def accept_local(
    runtime: Runtime, user: Identity, path: Path, options: TranscriptionOptions, *, name: str
) -> Accepted:
    """For the local command: the file stays where it is and whose it is."""
    file = _File(
        path=path, name=display_name(name), title=name, sha256=None, store=runtime.storage.borrow
    )
    return _accept_file(runtime, Caller(user=user), file, options, request="")


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: Path
    name: str
    title: str
    sha256: str | None  # None: not compared with other recordings
    store: Callable[[Path, str], None]


def _received(runtime: Runtime, upload: ReceivedUpload, title: str | None) -> _File:
    return _File(
        path=upload.path,
        name=upload.filename,
        title=title or upload.filename,
        sha256=upload.sha256,
        store=runtime.storage.adopt,
    )


def _accept_file(
    runtime: Runtime,
    caller: Caller,
    file: _File,
    options: TranscriptionOptions,
    *,
    request: str,
    also: Callable[[Session], None] = lambda _session: None,
) -> Accepted:
    info = examine(runtime, file.path)
    chosen = _planned(runtime, options, duration_ms=info.duration_ms)
    refuse_one_channel(chosen.diarizer, info.channels)
    transcription_id = new_id("trn")
    key = media_key(transcription_id)
    params = transcribe_params(transcription_id, key, info.duration_ms, options, chosen)
    with runtime.database.read() as session:
        _refuse_unaffordable(session, caller.user, TRANSCRIBE, params)
    _store(runtime, file, key)
    try:
        with runtime.database.write() as session:
            transcription = _recorded(transcription_id, caller.user, file.title, file.name, options)
            transcription.media_key = key
            transcription.sha256 = file.sha256
            note_media(transcription, info)
            session.add(transcription)
            job = _submit(session, caller, transcription, TRANSCRIBE, params, options)
            answer = _accepted(session, transcription, job, chosen)
            answer.warnings.extend(info.warnings)
            also(session)
            _remember(session, caller, request, answer)
    except DATABASE_AWAY:
        # Perhaps it was committed, and the job needs the file. If not, remove_orphans deletes it.
        raise
    except BaseException:
        runtime.storage.delete_prefix(recording_folder(transcription_id))
        raise
    return answer


def accept_url(
    runtime: Runtime,
    caller: Caller,
    *,
    url: str,
    title: str | None,
    options: TranscriptionOptions,
) -> Accepted:
    """The download is a job of its own; the transcription follows it."""
    request = fingerprint("from-url", url, options.model_dump(mode="json"), title)
    return _once(
        runtime,
        caller,
        request,
        lambda: _accept_url(runtime, caller, url, options, title=title, request=request),
    )


def _accept_url(
    runtime: Runtime,
    caller: Caller,
    url: str,
    options: TranscriptionOptions,
    *,
    title: str | None,
    request: str,
) -> Accepted:
    _check_address(url)
    chosen = _planned(runtime, options)
    transcription_id = new_id("trn")
    wanted = transcribe_params(transcription_id, "", 0, options, chosen)
    params = ImportParams(
        transcription_id=transcription_id, url=url, transcribe=wanted, priority=options.priority
    )
    with runtime.database.write() as session:
        transcription = _recorded(transcription_id, caller.user, title or url, url, options)
        transcription.source_url = url
        session.add(transcription)
        job = _submit(session, caller, transcription, IMPORT, params, options)
        answer = _accepted(session, transcription, job, chosen)
        _remember(session, caller, request, answer)
    return answer


def accept_rerun(
    runtime: Runtime,
    session: Session,
    caller: Caller,
    transcription_id: str,
    options: TranscriptionOptions | None,
) -> Accepted:
    """A new version beside the old ones. Raises StillRunning while a job is at it."""
    request = fingerprint("rerun", transcription_id, options and options.model_dump(mode="json"))
    found = earlier_answer(
        session, owner=caller.user.user_id, key=caller.idempotency_key, request=request
    )
    if found is not None:
        return Accepted.model_validate(found)
    transcription = queries.get(
        session, user_id=caller.user.user_id, transcription_id=transcription_id, lock=True
    )
    queries.refuse_while_running(session, transcription)
    if transcription.media_key is None or transcription.duration_ms is None:
        raise NotReady("The recording was never downloaded. Retry its job.")
    options = options or TranscriptionOptions.model_validate(transcription.options)
    chosen = _planned(runtime, options, duration_ms=transcription.duration_ms)
    refuse_one_channel(chosen.diarizer, transcription.channels)
    params = transcribe_params(
        transcription.id, transcription.media_key, transcription.duration_ms, options, chosen
    )
    job = _submit(session, caller, transcription, TRANSCRIBE, params, options)
    transcription.options = options.model_dump(mode="json")
    answer = _accepted(session, transcription, job, chosen)
    _remember(session, caller, request, answer)
    return answer


def estimate(
    runtime: Runtime,
    session: Session,
    user: Identity,
    *,
    duration_ms: int,
    options: TranscriptionOptions,
) -> QuoteOut:
    chosen = _planned(runtime, options, duration_ms=duration_ms)
    params = transcribe_params("", "", duration_ms, options, chosen)
    current = prices.current(session)
    texts = text_costs(chosen.texts, prices=current, duration_ms=duration_ms, metered=user.metered)
    quoted = quote_out(
        session, user, TRANSCRIBE, params, engine=chosen.engine, reason=chosen.reason, texts=texts
    )
    quoted.fallback, quoted.warnings = _name(chosen.fallback), list(chosen.warnings)
    return quoted


def quote_out(
    session: Session,
    user: Identity,
    operation: AnyOperation,
    params: BaseModel,
    *,
    engine: str,
    reason: str,
    texts: Sequence[TextCostOut] = (),
) -> QuoteOut:
    offer, _ = jobs.quote(session, operation, params, metered=user.metered)
    available_uc = ledger.balance(session, user.user_id).available_uc
    texts_total = total_of(texts) or 0
    return QuoteOut(
        lines=lines_out(offer.lines),
        total=to_credits(offer.total_uc),
        available=to_credits(available_uc),
        enough=available_uc >= offer.total_uc,
        enough_with_texts=available_uc >= offer.total_uc + to_uc(str(texts_total)),
        texts=list(texts),
        texts_total=texts_total,
        engine=engine,
        reason=reason,
    )


def _planned(
    runtime: Runtime, options: TranscriptionOptions, *, duration_ms: int | None = None
) -> Plan:
    if options.webhook_url is not None:
        _check_address(str(options.webhook_url))
    with runtime.database.read() as session:
        current = prices.current(session)
    return plan(options, runtime.settings, current, duration_ms=duration_ms)


def _name(fallback: Fallback | None) -> str | None:
    return None if fallback is None else fallback.engine


def _check_address(url: str) -> None:
    try:
        check_url(url)
    except DownloadError as error:
        raise UnusableRecording(error.message, code=error.code) from error


def examine(runtime: Runtime, path: Path) -> MediaInfo:
    """Raises AppError 413, 415 or 422 with the reason and what to do."""
    limits = runtime.settings.ingest
    try:
        return probe(
            path,
            limits=ProbeLimits(
                duration_ms_max=limits.max_duration_s * 1000, timeout_s=limits.probe_timeout_s
            ),
        )
    except NotMedia as error:
        raise NotARecording(error.message, code=error.code) from error
    except TooLong as error:
        raise AppError(error.message, status=413, code=error.code) from error
    except (EmptyFile, MediaError) as error:
        raise UnusableRecording(error.message, code=error.code) from error


def transcribe_params(
    transcription_id: str,
    key: str,
    duration_ms: int,
    options: TranscriptionOptions,
    chosen: Plan,
) -> TranscribeParams:
    return TranscribeParams(
        transcription_id=transcription_id,
        media_key=key,
        duration_ms=duration_ms,
        engine=chosen.engine,
        model=options.model,
        language=None if options.language == "auto" else options.language,
        diarizer=chosen.diarizer,
        speaker_labels=options.wants_speakers,
        min_speakers=options.min_speakers,
        max_speakers=options.max_speakers,
        vocabulary=options.vocabulary,
        translate_to_english=options.translate_to_english,
        features=chosen.features,
        gateway=options.features.llm_gateway if chosen.gateway else None,
        texts=chosen.texts,
        fallback=chosen.fallback,
        queue=chosen.queue,
    )


def _store(runtime: Runtime, file: _File, key: str) -> None:
    try:
        file.store(file.path, key)
    except StorageUnavailable as error:
        raise Unavailable(
            "Storage does not answer. Nothing was kept; try again in a minute.",
            code="storage_unavailable",
            retry_after_s=60,
        ) from error
    except OSError as error:
        runtime.storage.delete_prefix(key.rpartition("/")[0])
        raise StorageFull("The disk is full. Nothing was kept; try again later.") from error


def _refuse_unaffordable(
    session: Session, user: Identity, operation: AnyOperation, params: TranscribeParams
) -> None:
    """Before the file is stored; the hold itself decides again."""
    offer: Quote
    offer, _ = jobs.quote(session, operation, params, metered=user.metered)
    available_uc = ledger.balance(session, user.user_id).available_uc
    if available_uc < offer.total_uc:
        raise InsufficientCredits(required_uc=offer.total_uc, available_uc=available_uc)


def _recorded(
    transcription_id: str,
    user: Identity,
    title: str,
    filename: str,
    options: TranscriptionOptions,
) -> Transcription:
    at = now()
    return Transcription(
        id=transcription_id,
        user_id=user.user_id,
        title=title[:255],
        filename=filename[:255],
        options=options.model_dump(mode="json"),
        created_at=at,
        updated_at=at,
    )


def _submit(
    session: Session,
    caller: Caller,
    transcription: Transcription,
    operation: AnyOperation,
    params: Any,  # the operation's own model
    options: TranscriptionOptions,
) -> Job:
    job = jobs.submit(
        session,
        operation=operation,
        params=params,
        user_id=caller.user.user_id,
        metered=caller.user.metered,
        subject_id=transcription.id,
        priority=options.priority,
        request_id=caller.request_id,
    )
    job.webhook_url = None if options.webhook_url is None else str(options.webhook_url)
    transcription.job_id = job.id
    transcription.updated_at = now()
    return job


def _accepted(session: Session, transcription: Transcription, job: Job, chosen: Plan) -> Accepted:
    duplicates = []
    if transcription.sha256 is not None:
        duplicates = queries.same_file(
            session,
            user_id=transcription.user_id,
            sha256=transcription.sha256,
            besides=transcription.id,
        )
    texts = text_costs(
        chosen.texts,
        prices=prices.from_json(job.prices),
        duration_ms=transcription.duration_ms,
        metered=job.metered,
    )
    return Accepted(
        id=transcription.id,
        task_id=job.id,
        quote=lines_out(quoted_lines(job)),
        held=to_credits(job.held_uc),
        texts=texts,
        texts_total=total_of(texts),
        engine=chosen.engine,
        reason=chosen.reason,
        fallback=_name(chosen.fallback),
        warnings=list(chosen.warnings),
        duplicates=duplicates,
    )


def _answered(runtime: Runtime, caller: Caller, request: str) -> Accepted | None:
    with runtime.database.read() as session:
        found = earlier_answer(
            session, owner=caller.user.user_id, key=caller.idempotency_key, request=request
        )
    return None if found is None else Accepted.model_validate(found)


def _once(
    runtime: Runtime, caller: Caller, request: str, accept: Callable[[], Accepted]
) -> Accepted:
    """A repeat is answered as before, also while its twin is being accepted."""
    if (answer := _answered(runtime, caller, request)) is not None:
        return answer
    try:
        return accept()
    except AppError:  # the twin's row, or that it took the last credits or the upload
        if (answer := _answered(runtime, caller, request)) is not None:
            return answer
        raise


def _remember(session: Session, caller: Caller, request: str, answer: Accepted) -> None:
    remember_answer(
        session,
        owner=caller.user.user_id,
        key=caller.idempotency_key,
        request=request,
        answer=answer.model_dump(mode="json"),
    )
