"""The audio routes of OpenAI's API. A request waits for its job, as OpenAI's clients expect."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.auth.identity import Identity
from mp4totext.auth.sockets import stream_while_allowed
from mp4totext.catalogue import service as catalogue
from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.dependencies import Writer
from mp4totext.kit.http import problems
from mp4totext.kit.received_files import ReceivedUpload
from mp4totext.kit.request_fields import IdempotencyKey
from mp4totext.kit.upload import received_upload
from mp4totext.openai_api import shapes
from mp4totext.openai_api.fields import FORM_SCHEMA, LISTS
from mp4totext.openai_api.form import AudioRequest, Task, read_form
from mp4totext.openai_api.known_speakers import (
    REFERENCE_FIELD_BYTES_MAX,
    REFERENCES,
    voice_samples,
)
from mp4totext.openai_api.names import EnginesFor, named
from mp4totext.openai_api.refusals import NoResult, in_openai_shape
from mp4totext.openai_api.streaming import text_events
from mp4totext.openai_api.waiting import Wait, Waits, succeeded_job
from mp4totext.runtime import Runtime
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.engines import Engines
from mp4totext.transcriptions.submission import Submission
from mp4totext.transcriptions.versions import transcript_of

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

_BODY = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": FORM_SCHEMA}},
    }
}
_ANSWERS = problems(401, 402, 403, 404, 409, 413, 415, 507) | {
    200: {
        "description": "The text, or with stream=true events of it",
        "content": {"application/json": {}, "text/plain": {}, "text/event-stream": {}},
    }
}


def _route(task: Task, path: str, summary: str) -> None:
    async def endpoint(
        request: Request, user: Writer, runtime: RuntimeDep, key: IdempotencyKey = None
    ) -> Response:
        return await _answer(request, user, runtime, task, key)

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
_route("translate", "/audio/translations", "Translate into English, and wait for the text")


async def _answer(
    request: Request, user: Identity, runtime: Runtime, task: Task, key: str | None
) -> Response:
    state = request.app.state
    # Subscribed before the job is accepted, so that its end cannot be missed.
    async with state.hub.subscribed(user.user_id, None) as events:
        with in_openai_shape():
            audio, accepted, wait = await _accepted(request, user, runtime, task, key)
        headers = {"X-Transcription-Id": accepted.id, "X-Job-Id": accepted.task_id}
        read_transcript = partial(_transcript, runtime, user, accepted)
        if audio.stream:
            return _streamed(request, user, wait, audio, read_transcript, headers)
        if not await wait.until_ended(request, events):
            raise NoResult("The client has gone.", code="client_gone")
    transcript = await run_in_threadpool(read_transcript)
    response: Response = await state.export_slots.run(
        user.user_id, partial(shapes.answer, transcript, audio)
    )
    response.headers.update(headers)
    if await request.is_disconnected():
        wait.client_left()
    else:
        response.background = BackgroundTask(wait.delivered)
    return response


async def _accepted(
    request: Request, user: Identity, runtime: Runtime, task: Task, key: str | None
) -> tuple[AudioRequest, Accepted, Wait]:
    """Receive the form and submit its job. Raises AppError, in which case nothing is stored."""
    state = request.app.state
    submission = Submission.of(runtime, state.operations)

    def accept(upload: ReceivedUpload) -> tuple[AudioRequest, Accepted, Wait]:
        audio = read_form(upload.lists, task, partial(named, engines_for=_engines_for(runtime)))
        waits: Waits = state.openai_waits
        options = audio.options.model_dump(mode="json")
        with voice_samples(runtime, audio.known_names, audio.known_references) as voices:
            samples = [(voice.name, voice.sha256) for voice in voices]
            caller = waits.caller(request, user, key, "audio", upload.sha256, options, *samples)
            accepted = submission.upload(caller, upload, audio.options, title=None, voices=voices)
        wait = Wait(waits=waits, caller=caller, job_id=accepted.task_id, key_made_here=key is None)
        return audio, accepted, wait

    async with (
        state.upload_slots.slot(user.user_id),
        received_upload(
            request,
            folder=runtime.scratch.folder("uploads"),
            max_bytes=runtime.settings.ingest.max_upload_bytes,
            repeatable=LISTS,
            large={REFERENCES: REFERENCE_FIELD_BYTES_MAX},
        ) as upload,
    ):
        result: tuple[AudioRequest, Accepted, Wait] = await state.submission_slots.run(
            user.user_id, partial(accept, upload)
        )
    return result


def _engines_for(runtime: Runtime) -> EnginesFor:
    with runtime.database.read() as session:
        entries = catalogue.entries(session)
    return lambda model: Engines.of(runtime.settings, model=model, catalogue=entries)


def _streamed(
    request: Request,
    user: Identity,
    wait: Wait,
    audio: AudioRequest,
    read_transcript: Callable[[], Transcript],
    headers: dict[str, str],
) -> Response:
    state = request.app.state

    def events(is_over: Callable[[], bool]) -> AsyncGenerator[str]:
        return text_events(
            state.runtime,
            state.hub,
            wait,
            audio,
            read_transcript=read_transcript,
            is_over=is_over,
        )

    return StreamingResponse(
        stream_while_allowed(state.watch, user, events),
        media_type="text/event-stream",
        headers=headers | {"X-Accel-Buffering": "no"},
    )


def _transcript(runtime: Runtime, user: Identity, accepted: Accepted) -> Transcript:
    """The transcript of the finished job, with all warnings.

    Raises NoResult if the job failed, and NotFound if the recording has been deleted.
    """
    with runtime.database.read() as session:
        succeeded_job(session, user, accepted.task_id)
        row = queries.get(session, user_id=user.user_id, transcription_id=accepted.id)
        transcript = transcript_of(session, queries.version(session, row))
    return replace(transcript, warnings=(*accepted.warnings, *transcript.warnings))
