"""The OpenAI-compatible door: the same services in another shape, for OpenAI's own clients.

A request waits for its job, as those clients expect; when the client goes away, the job is
cancelled and costs nothing.
"""

import asyncio
import math
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mp4totext.auth.dependencies import RuntimeDep, rate_limit, require_scope
from mp4totext.auth.identity import Identity
from mp4totext.events.hub import Hub, Subscription
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.registry import export_named
from mp4totext.exports.rendering import RENDERERS
from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.caller import caller_of
from mp4totext.jobs.errors import JobNotActive
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.kit.errors import AppError, Invalid, NotFound
from mp4totext.kit.http import problems
from mp4totext.kit.upload import ReceivedUpload, received_upload
from mp4totext.providers import registry
from mp4totext.providers.speech.languages import WHISPER_LANGUAGES, to_whisper
from mp4totext.providers.speech.table import SPEECH
from mp4totext.runtime import Runtime
from mp4totext.transcript import Segment, Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.schemas import TranscriptionOptions
from mp4totext.transcriptions.submission import Submission
from mp4totext.transcriptions.versions import transcript_of

PREFIX = "/v1/"
LOOK_EVERY_S = 2.0  # whether the client is still there, and whether an event was lost
AUTO = "auto"
# Names that programs written for OpenAI send; here they mean the best engine that is ready.
ALIASES = frozenset({"whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"})
DIARIZE = "gpt-4o-transcribe-diarize"

Format = Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"]
Task = Literal["transcribe", "translate"]

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

Writer = Annotated[Identity, require_scope("transcriptions:write")]
Reader = Annotated[Identity, require_scope("transcriptions:read")]


class UnknownModel(NotFound):
    code = "model_not_found"


class NotTranscribed(AppError):
    """The job ended without a transcript; the code and message are the job's."""

    status = 422


def error_member(problem: dict[str, Any]) -> dict[str, Any]:  # JSON values
    """A problem as OpenAI's clients read it, beside its own members."""
    kinds = {401: "authentication_error", 402: "insufficient_quota", 429: "rate_limit_error"}
    status = problem["status"]
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    detail = {"message": problem["detail"], "type": kind, "param": None, "code": problem["code"]}
    return {"error": detail}


@router.get("/models", responses=problems(401, 403), summary="Engines that are ready, as models")
def list_models(user: Reader, runtime: RuntimeDep) -> dict[str, Any]:  # noqa: ARG001  OpenAI's shape
    return {"object": "list", "data": [_model(name) for name in _models(runtime)]}


@router.get("/models/{model}", responses=problems(401, 403, 404), summary="One of them")
def get_model(
    model: Annotated[str, Path(max_length=200)],
    user: Reader,  # noqa: ARG001
    runtime: RuntimeDep,
) -> dict[str, Any]:
    if model not in _models(runtime):
        raise UnknownModel(f"There is no model {model!r}: see /v1/models.")
    return _model(model)


def _models(runtime: Runtime) -> list[str]:
    return [AUTO, *registry.available(SPEECH, runtime.settings)]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "mp4totext"}


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "model"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "model": {
                            "type": "string",
                            "description": "auto, an engine of /v1/models, or engine:model; "
                            "OpenAI's own names mean auto.",
                        },
                        "language": {"type": "string"},
                        "prompt": {
                            "type": "string",
                            "description": "Names and terms to listen for, with commas; left out "
                            "where the engine takes none.",
                        },
                        "response_format": {"type": "string", "enum": list(get_args(Format))},
                    },
                }
            }
        },
    }
}
_ANSWERS = problems(401, 402, 403, 404, 409, 413, 415, 507) | {
    200: {"description": "The text", "content": {"application/json": {}, "text/plain": {}}}
}


def _route(task: Task, path: str, summary: str) -> None:
    async def endpoint(request: Request, user: Writer, runtime: RuntimeDep) -> Response:
        return await _answer(request, user, runtime, task)

    router.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        response_class=JSONResponse,
        responses=_ANSWERS,
        openapi_extra=_BODY,
        dependencies=[rate_limit("expensive")],
        name=task,
        summary=summary,
    )


_route("transcribe", "/audio/transcriptions", "Transcribe, and wait for the text")
_route("translate", "/audio/translations", "Into English, and wait for the text")


async def _answer(request: Request, user: Identity, runtime: Runtime, task: Task) -> Response:
    caller = caller_of(request, user)
    submission = Submission.of(runtime, request.app.state.operations)
    state = request.app.state
    hub: Hub = state.hub
    async with hub.subscribed(user.user_id, None) as events:
        async with (
            state.receiving.place(user.user_id),
            received_upload(
                request,
                folder=runtime.scratch.folder("uploads"),
                max_bytes=runtime.settings.ingest.max_upload_bytes,
            ) as upload,
        ):
            wanted = _format(upload)
            options = _options(upload, task)
            accept = partial(submission.upload, caller, upload, options, title=None)
            accepted: Accepted = await state.intake.run(user.user_id, accept)
        await until_ended(request, runtime, accepted, events)
    transcript = await run_in_threadpool(_transcript, runtime, user, accepted)
    shape = partial(_SHAPES[wanted], transcript, task)
    answer: Response = await state.rendering.run(user.user_id, shape)
    return answer


def _options(upload: ReceivedUpload, task: Task) -> TranscriptionOptions:
    engine, _, model = upload.fields.get("model", AUTO).partition(":")
    diarize = engine == DIARIZE or _format(upload) == "diarized_json"
    if engine in ALIASES or engine == DIARIZE:
        engine = AUTO
    if engine != AUTO and engine not in SPEECH:
        raise UnknownModel(f"There is no model {engine!r}: see /v1/models.")
    terms = [term.strip()[:80] for term in upload.fields.get("prompt", "").split(",")]
    try:
        return TranscriptionOptions(
            engine=engine,
            model=model or None,
            language=upload.fields.get("language") or AUTO,
            vocabulary=tuple(term for term in terms if term)[:200],
            translate_to_english=task == "translate",
            diarize=diarize,
            strict=False,  # OpenAI's own service leaves out what a model does not take
        )
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error


def _format(upload: ReceivedUpload) -> str:
    wanted = upload.fields.get("response_format", "json")
    if wanted not in get_args(Format):
        known = ", ".join(get_args(Format))
        raise Invalid(f"There is no response_format {wanted!r}. Formats: {known}.")
    return wanted


async def until_ended(
    request: Request, runtime: Runtime, accepted: Accepted, events: Subscription
) -> None:
    """Until the job has ended. Cancels it when nobody waits for it any more."""
    while True:
        event = None
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                event = await events.take()
        if event is not None and event.job_id != accepted.task_id:
            continue
        if event is None or event.type in ("job_complete", "error"):
            if await run_in_threadpool(_has_ended, runtime, accepted.task_id):
                return
            if await request.is_disconnected():
                await run_in_threadpool(_cancel, runtime, accepted.task_id)
                return


def _has_ended(runtime: Runtime, job_id: str) -> bool:
    with runtime.database.read() as session:
        return session.get_one(Job, job_id).state in ENDED


def _cancel(runtime: Runtime, job_id: str) -> None:
    with runtime.database.write() as session:
        job = session.get_one(Job, job_id)
        try:
            jobs.cancel(session, job)
        except JobNotActive:
            return  # it ended meanwhile


def _transcript(runtime: Runtime, user: Identity, accepted: Accepted) -> Transcript:
    with runtime.database.read() as session:
        job = jobs.get(session, user_id=user.user_id, job_id=accepted.task_id)
        if job.state != JobState.SUCCEEDED:
            raise NotTranscribed(job.error_message or "It failed.", code=job.error_code)
        found = queries.get(session, user_id=user.user_id, transcription_id=accepted.id)
        return transcript_of(session, queries.version(session, found))


def _json(transcript: Transcript, task: Task) -> Response:  # noqa: ARG001
    usage = {"type": "duration", "seconds": math.ceil(transcript.duration_ms / 1000)}
    return JSONResponse({"text": transcript.text, "usage": usage})


def _text(transcript: Transcript, task: Task) -> Response:  # noqa: ARG001
    return Response(transcript.text + "\n", media_type="text/plain")


def _captions(name: str) -> Callable[[Transcript, Task], Response]:
    def shape(transcript: Transcript, task: Task) -> Response:  # noqa: ARG001
        export = export_named(name)
        body = RENDERERS.render(export, transcript, ExportOptions())
        return Response(body, media_type=export.media_type)

    return shape


def _verbose(transcript: Transcript, task: Task) -> Response:
    segments = [_segment(n, segment) for n, segment in enumerate(transcript.segments)]
    words = [
        {"word": word.text, "start": word.start_ms / 1000, "end": word.end_ms / 1000}
        for word in transcript.words
    ]
    body = {
        "task": task,
        "language": _language(transcript),
        "duration": transcript.duration_ms / 1000,
        "text": transcript.text,
        "segments": segments,
        "words": words,
    }
    return JSONResponse(body)


def _language(transcript: Transcript) -> str:
    """Its English name, as Whisper's API answers."""
    tag = transcript.language or "en"
    return WHISPER_LANGUAGES.get(to_whisper(tag), tag)


def _segment(number: int, segment: Segment) -> dict[str, Any]:
    """``avg_logprob`` and ``compression_ratio`` mean what they mean in Whisper; tokens and the
    rest are not known of every engine, and empty."""
    text = segment.text.encode()
    return {
        "id": number,
        "seek": segment.start_ms // 10,
        "start": segment.start_ms / 1000,
        "end": segment.end_ms / 1000,
        "text": f" {segment.text}",
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": math.log(max(segment.confidence or 1.0, 1e-6)),
        "compression_ratio": round(len(text) / len(zlib.compress(text)), 3),
        "no_speech_prob": 0.0,
    }


def _diarized(transcript: Transcript, task: Task) -> Response:
    segments = [
        {
            "type": "transcript.text.segment",
            "id": segment.id,
            "start": segment.start_ms / 1000,
            "end": segment.end_ms / 1000,
            "text": segment.text,
            "speaker": transcript.speaker_label(segment.speaker) or "",
        }
        for segment in transcript.segments
    ]
    body = {
        "task": task,
        "duration": transcript.duration_ms / 1000,
        "text": transcript.text,
        "segments": segments,
    }
    return JSONResponse(body)


_SHAPES: dict[str, Callable[[Transcript, Task], Response]] = {
    "json": _json,
    "text": _text,
    "srt": _captions("srt"),
    "vtt": _captions("vtt"),
    "verbose_json": _verbose,
    "diarized_json": _diarized,
}
