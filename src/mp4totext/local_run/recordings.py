"""Transcribes recordings on this machine."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from mp4totext.credits.prices import defaults
from mp4totext.exports.findings import NOTHING_FOUND, Findings, understood
from mp4totext.jobs.models import Job, JobState
from mp4totext.local_run.service import LocalRuntime, OnProgress, local_caller, run_job
from mp4totext.operations import OPERATIONS, TRANSCRIBE
from mp4totext.providers.speech.base import LoadsEarly
from mp4totext.providers.speech.table import speech_engine
from mp4totext.texts.models import WrittenText
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.schemas import TranscriptionAccepted, TranscriptionOptions
from mp4totext.transcriptions.submission import Submission
from mp4totext.transcriptions.versions import details_of, transcript_of

OnTranscript = Callable[[str, Transcript], None]
"""Gets the title and the transcript of a recording whose texts are still being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextResult:
    """A text requested with a recording; ``body`` is None if it failed."""

    kind: str
    body: str | None  # Markdown
    data: dict[str, Any] | None  # of structured kinds
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of a recording's job; ``transcript`` is None if it failed."""

    transcription_id: str
    title: str
    transcript: Transcript | None
    understanding: dict[str, Any] | None
    texts: tuple[TextResult, ...] = ()
    findings: Findings = NOTHING_FOUND  # what exports show of both
    warnings: tuple[str, ...]
    error_code: str | None
    error_message: str | None


def transcribe_file(
    runtime: LocalRuntime,
    path: Path,
    options: TranscriptionOptions,
    *,
    name: str,
    on_progress: OnProgress,
    on_transcript: OnTranscript | None = None,
) -> Result:
    """Raises AppError for what is not a recording, and for options that no engine supports."""
    caller = local_caller(runtime)
    _load_engine(runtime, options)
    accepted = Submission.of(runtime, OPERATIONS).local_file(caller, path, options, name=name)
    return _transcribed(runtime, accepted, on_progress, on_transcript)


def _load_engine(runtime: LocalRuntime, options: TranscriptionOptions) -> None:
    """Loads the engine's models in a thread, while another process examines the recording.

    The job waits for those that it needs, but not for others. An error is not raised here: the job
    meets it again, and explains it.
    """
    planned = TRANSCRIBE.plan(options, runtime.settings, defaults(), duration_ms=None)
    engine = speech_engine(planned.plan.engine.engine, runtime.settings)
    if isinstance(engine, LoadsEarly):
        pool = ThreadPoolExecutor(1)
        pool.submit(engine.load_for, options.speech)
        pool.shutdown(wait=False)


def transcribe_url(
    runtime: LocalRuntime,
    url: str,
    options: TranscriptionOptions,
    *,
    on_progress: OnProgress,
    on_transcript: OnTranscript | None = None,
) -> Result:
    """Download a recording and transcribe it. Raises AppError for an invalid address."""
    caller = local_caller(runtime)
    accepted = Submission.of(runtime, OPERATIONS).url(caller, url=url, title=None, options=options)
    return _transcribed(runtime, accepted, on_progress, on_transcript)


def _transcribed(
    runtime: LocalRuntime,
    accepted: TranscriptionAccepted,
    on_progress: OnProgress,
    on_transcript: OnTranscript | None,
) -> Result:
    """Run the jobs of a recording one after the other: download, transcription, texts."""
    job = run_job(runtime, accepted.task_id, on_progress)
    with runtime.database.read() as session:
        following = session.get_one(Transcription, accepted.id).job_id
    if job.state == JobState.SUCCEEDED and following not in (None, job.id):
        job = run_job(runtime, following, on_progress)
    with runtime.database.read() as session:
        of_texts = select(WrittenText.job_id).where(WrittenText.transcription_id == accepted.id)
        text_jobs = [job_id for job_id in session.scalars(of_texts) if job_id is not None]
    if on_transcript is not None and text_jobs and job.state == JobState.SUCCEEDED:
        with runtime.database.read() as session:
            transcription = session.get_one(Transcription, accepted.id)
            transcript = transcript_of(session, queries.version(session, transcription))
        on_transcript(transcription.title, transcript)
    for job_id in text_jobs:
        run_job(runtime, job_id, on_progress)
    return _result(runtime, accepted.id, job, tuple(accepted.warnings))


def _result(
    runtime: LocalRuntime, transcription_id: str, job: Job, warnings: tuple[str, ...]
) -> Result:
    with runtime.database.read() as session:
        transcription = session.get_one(Transcription, transcription_id)
        if job.state != JobState.SUCCEEDED:
            return Result(
                transcription_id=transcription_id,
                title=transcription.title,
                transcript=None,
                understanding=None,
                warnings=warnings,
                error_code=job.error_code,
                error_message=job.error_message,
            )
        version = queries.version(session, transcription)
        transcript = transcript_of(session, version)
        understanding = details_of(session, version).understanding
        texts = _texts(session, transcription_id)
        findings = understood(understanding or {})
        if texts:
            # With what writes texts, which a transcription alone need not import.
            from mp4totext.downloads.documents import findings_of  # noqa: PLC0415

            findings = findings_of(session, version, transcript)
        return Result(
            transcription_id=transcription_id,
            title=transcription.title,
            transcript=transcript,
            understanding=understanding,
            texts=texts,
            findings=findings,
            warnings=(*warnings, *job.warnings, *transcript.warnings),
            error_code=None,
            error_message=None,
        )


def _texts(session: Session, transcription_id: str) -> tuple[TextResult, ...]:
    statement = (
        select(WrittenText, Job)
        .join(Job, Job.id == WrittenText.job_id)
        .where(WrittenText.transcription_id == transcription_id)
        .options(undefer(WrittenText.body), undefer(WrittenText.data))
        .order_by(WrittenText.id)
    )
    return tuple(
        TextResult(kind=text.kind, body=text.body, data=text.data, error=job.error_message)
        for text, job in session.execute(statement)
    )
