"""Engines that take a whole recording: started once, collected, and deleted at the vendor."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mp4totext.editing.assign_speakers import assign
from mp4totext.jobs.context import Context
from mp4totext.jobs.errors import Interrupted
from mp4totext.kit import typed_json
from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import Report
from mp4totext.providers.errors import ProviderError
from mp4totext.providers.speech.base import (
    FileRequest,
    FileSpeechToText,
    GatewayResult,
    SpeechResult,
    Understanding,
)
from mp4totext.providers.speech.choice import delivers
from mp4totext.providers.speech.table import file_speech_engine, speech_capabilities
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.steps import transcribe_windows
from mp4totext.transcriptions.steps.prepare import Prepared
from mp4totext.writing import chinese

VENDOR = "vendor"  # the step with the vendor's reference


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    transcript: Transcript
    understanding: dict[str, Any] | None
    delivered: frozenset[str]  # price keys in addition to the transcription's own


def run(
    engine: FileSpeechToText,
    path: Path,
    request: Callable[[AudioReader], FileRequest],
    ctx: Context,
    *,
    name: str,
    prepared: Prepared,
) -> FileResult:
    """``start`` is paid, so its result is a checkpoint: a restarted job only collects."""
    with prepared.open(path) as reader:
        file_request = request(reader)
        report = _report(ctx, file_request.duration_ms)
        reference = _start(engine, file_request, report, ctx)
        try:
            answer = ctx.step(
                "answer",
                lambda: engine.collect(reference, file_request, report),
                returns=SpeechResult,
            )
        except ProviderError as error:
            if not error.retryable and _delete_at_vendor(engine, reference, ctx):
                ctx.forget([VENDOR])  # a job that is run again starts from the beginning
            raise
    _delete_at_vendor(engine, reference, ctx)
    result = _result(answer, file_request, name)
    for feature in sorted(file_request.features):
        if f"feature.{feature}" not in result.delivered:
            ctx.warnings.append(f"{name} did not deliver {feature}. It is not billed.")
    return result


def _start(
    engine: FileSpeechToText, file_request: FileRequest, report: Report, ctx: Context
) -> str:
    """The vendor's reference. If the job was lost in the meantime, the vendor's is deleted."""
    started: list[str] = []

    def order() -> str:
        started.append(engine.start(file_request, report))
        return started[0]

    try:
        return ctx.step(VENDOR, order, returns=str)
    except Interrupted:
        for reference in started:
            _delete_at_vendor(engine, reference, ctx)
        raise


def _report(ctx: Context, duration_ms: int) -> Report:
    return lambda done_ms: ctx.progress("transcribe", done_ms, duration_ms)


def _delete_at_vendor(engine: FileSpeechToText, reference: str, ctx: Context) -> bool:
    """Deletes the recording at the vendor as soon as the job does not need it."""

    def delete() -> bool:
        engine.discard(reference)
        return True

    return ctx.optional("deletion at the vendor", delete) or False


def discard_vendor_job(name: str, ctx: Context) -> None:
    """Delete the vendor's job when another engine takes over; does nothing without such a job."""
    reference = ctx.step_result(VENDOR, returns=str)
    if reference is not None:
        engine = file_speech_engine(name, ctx.runtime.settings)
        _delete_at_vendor(engine, reference, ctx)


def _result(result: SpeechResult, file_request: FileRequest, name: str) -> FileResult:
    transcript = transcribe_windows.assembled(
        [result],
        duration_ms=file_request.duration_ms,
        engine=name,
        requested_language=file_request.options.language,
    )
    if file_request.speakers is not None and result.turns and not result.speakers:
        segments, speakers = assign(transcript.segments, result.turns)
        transcript = replace(transcript, segments=segments, speakers=speakers)
    delivered: set[str] = set()
    answer: dict[str, Any] = {"source": name}
    if result.understanding is not None:
        understanding = _in_script_of(result.understanding, transcript.language)
        understanding = _without_unsupported(understanding, name, transcript.language)
        delivered |= {f"feature.{feature}" for feature in understanding.delivered}
        answer |= _present(typed_json.dump(Understanding, understanding))
    if file_request.speakers is not None and transcript.speakers:
        delivered.add(f"diarization.{name}")
    if result.gateway is not None:
        delivered.add("llm_gateway")
        answer["llm_gateway"] = _present(typed_json.dump(GatewayResult, result.gateway))
    return FileResult(
        transcript=transcript,
        understanding=answer if len(answer) > 1 else None,
        delivered=frozenset(delivered),
    )


def _in_script_of(understanding: Understanding, language: str | None) -> Understanding:
    """Convert Chinese entities to the script of the transcript."""
    if understanding.entity_detection is None or chinese.conversion(language) is None:
        return understanding
    entities = (
        replace(entity, text=chinese.written(entity.text, language))
        for entity in understanding.entity_detection
    )
    return replace(understanding, entity_detection=tuple(entities))


def _without_unsupported(
    understanding: Understanding, engine: str, language: str | None
) -> Understanding:
    """Remove features that do not support the detected language; they are not billed."""
    can = speech_capabilities(engine)
    unsupported = [name for name in understanding.delivered if not delivers(can, name, language)]
    return replace(understanding, **dict.fromkeys(unsupported))


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}
