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
from mp4totext.kit.languages import AUTO
from mp4totext.local_run.service import LocalRuntime, OnProgress, local_caller, run_job
from mp4totext.operations import OPERATIONS, TRANSCRIBE
from mp4totext.providers.speech.base import LoadsEarly, SpeechResult
from mp4totext.providers.speech.table import speech_engine
from mp4totext.texts.models import WrittenText
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.finished_windows import finished_windows
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.schemas import TranscriptionAccepted
from mp4totext.transcriptions.steps.transcribe_windows import assembled
from mp4totext.transcriptions.submission import Submission
from mp4totext.transcriptions.versions import details_of, transcript_of


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


OnTranscript = Callable[[Result, Transcript], None]
"""Gets a recording's transcript; its texts are written after that."""

OnWords = Callable[[str, Transcript], None]
"""Gets a recording's title, and what was transcribed so far, from the beginning."""


def transcribe_file(
    runtime: LocalRuntime,
    path: Path,
    options: TranscriptionOptions,
    *,
    name: str,
    on_progress: OnProgress,
    on_transcript: OnTranscript | None = None,
    on_words: OnWords | None = None,
) -> Result:
    """Raises AppError for what is not a recording, and for options that no engine supports."""
    caller = local_caller(runtime)
    _load_engine(runtime, options)
    accepted = Submission.of(runtime, OPERATIONS).local_file(caller, path, options, name=name)
    return _transcribed(
        runtime, accepted, _reporting(runtime, on_progress, on_words), on_transcript
    )


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
    on_words: OnWords | None = None,
) -> Result:
    """Download a recording and transcribe it. Raises AppError for an invalid address."""
    caller = local_caller(runtime)
    accepted = Submission.of(runtime, OPERATIONS).url(caller, url=url, title=None, options=options)
    return _transcribed(
        runtime, accepted, _reporting(runtime, on_progress, on_words), on_transcript
    )


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
    warnings = tuple(accepted.warnings)
    result = _result(runtime, accepted.id, job, warnings)
    if on_transcript is not None and result.transcript is not None:
        on_transcript(result, result.transcript)
    with runtime.database.read() as session:
        of_texts = select(WrittenText.job_id).where(WrittenText.transcription_id == accepted.id)
        text_jobs = [job_id for job_id in session.scalars(of_texts) if job_id is not None]
    for job_id in text_jobs:
        run_job(runtime, job_id, on_progress)
    return _result(runtime, accepted.id, job, warnings) if text_jobs else result


def _reporting(
    runtime: LocalRuntime, on_progress: OnProgress, on_words: OnWords | None
) -> OnProgress:
    """``on_progress`` that also reports the words of each window that is complete."""
    if on_words is None:
        return on_progress
    results: dict[str, list[SpeechResult]] = {}  # of each job

    def report(job: Job) -> None:
        on_progress(job)
        if job.operation != TRANSCRIBE.name or job.state != JobState.RUNNING:
            return
        known = results.setdefault(job.id, [])
        with runtime.database.read() as session:
            new = finished_windows(session, job.id, after=len(known))
            if not new:
                return
            known += new
            transcription = session.get_one(Transcription, job.subject_id)
        options = TranscriptionOptions.model_validate(transcription.options)
        transcript = assembled(
            known,
            duration_ms=transcription.duration_ms or 0,
            engine="",
            requested_language=None if options.language == AUTO else options.language,
        )
        on_words(transcription.title, transcript)

    return report


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
