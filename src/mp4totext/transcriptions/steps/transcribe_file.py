"""Engines that hear a whole recording: started once, collected, and forgotten at the vendor."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from mp4totext.editing.assign_speakers import assign
from mp4totext.jobs.context import Context
from mp4totext.jobs.errors import Interrupted
from mp4totext.media.decode import AudioReader
from mp4totext.providers import registry
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
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.steps import transcribe_windows

VENDOR = "vendor"  # the step that keeps the vendor's reference

_UNDERSTANDING = TypeAdapter(Understanding)
_GATEWAY = TypeAdapter(GatewayResult)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardFile:
    transcript: Transcript
    understanding: dict[str, Any] | None
    delivered: frozenset[str]  # price keys besides the transcription's own


def run(
    engine: FileSpeechToText,
    path: Path,
    request: Callable[[AudioReader], FileRequest],
    ctx: Context,
    *,
    name: str,
    weights: tuple[float, ...] | None,
) -> HeardFile:
    """``start`` is paid for: its answer is a checkpoint, so a killed job collects what it began."""
    with AudioReader(path, weights=weights) as reader:
        asked = request(reader)
        report = _report(ctx, asked.duration_ms)
        reference = _ordered(engine, asked, report, ctx)
        try:
            data = ctx.step(
                "answer",
                lambda: transcribe_windows.to_json(engine.collect(reference, asked, report)),
            )
        except ProviderError as error:
            if not error.retryable:
                _forget(engine, reference, ctx)
            raise
    _forget(engine, reference, ctx)
    heard = _heard(transcribe_windows.from_json(data), asked, name)
    for feature in sorted(asked.features):
        if f"feature.{feature}" not in heard.delivered:
            ctx.warnings.append(f"{name} did not deliver {feature}. It is not billed.")
    return heard


def _ordered(engine: FileSpeechToText, asked: FileRequest, report: Report, ctx: Context) -> str:
    """The vendor's reference. One that comes after the job was lost is of use to nobody."""
    fresh: list[str] = []

    def order() -> str:
        fresh.append(engine.start(asked, report))
        return fresh[0]

    try:
        return str(ctx.step(VENDOR, order))
    except Interrupted:
        for reference in fresh:
            _forget(engine, reference, ctx)
        raise


def _report(ctx: Context, duration_ms: int) -> Report:
    return lambda done_ms: ctx.progress("transcribe", done_ms, duration_ms)


def _forget(engine: FileSpeechToText, reference: str, ctx: Context) -> None:
    """Nothing of the recording stays at the vendor longer than the job needs it."""
    ctx.optional("deletion at the vendor", lambda: engine.forget(reference))


def let_go(name: str, ctx: Context) -> None:
    """The same when the vendor is given up; nothing was ordered from an engine of windows."""
    reference = ctx.kept(VENDOR)
    if reference is not None:
        engine = registry.file_speech_engine(name, ctx.runtime.settings)
        _forget(engine, str(reference), ctx)


def _heard(result: SpeechResult, asked: FileRequest, name: str) -> HeardFile:
    transcript = transcribe_windows.assembled([result], duration_ms=asked.duration_ms, engine=name)
    if asked.diarize and result.turns and not result.speakers:
        segments, speakers = assign(transcript.segments, result.turns)
        transcript = replace(transcript, segments=segments, speakers=speakers)
    delivered: set[str] = set()
    answer: dict[str, Any] = {"source": name}
    if result.understanding is not None:
        found = _in_its_languages(result.understanding, name, transcript.language)
        delivered |= {f"feature.{feature}" for feature in found.delivered}
        answer |= _present(_UNDERSTANDING.dump_python(found, mode="json"))
    if asked.diarize and transcript.speakers:
        delivered.add(f"diarization.{name}")
    if result.gateway is not None:
        delivered.add("llm_gateway")
        answer["llm_gateway"] = _present(_GATEWAY.dump_python(result.gateway, mode="json"))
    return HeardFile(
        transcript=transcript,
        understanding=answer if len(answer) > 1 else None,
        delivered=frozenset(delivered),
    )


def _in_its_languages(found: Understanding, name: str, language: str | None) -> Understanding:
    """Without what is not made for the language that was found: nobody should pay for that."""
    can = registry.speech_capabilities(name)
    wrong = [feature for feature in found.delivered if not delivers(can, feature, language)]
    return replace(found, **dict.fromkeys(wrong))


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}
