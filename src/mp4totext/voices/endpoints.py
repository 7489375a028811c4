"""Routes for voices: the list, a text or a recording as speech, and its sound."""

from typing import Annotated

from fastapi import APIRouter, Path

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.jobs import queries as job_queries
from mp4totext.jobs.dependencies import LinksDep, Payer, Reader, Writer
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.request_fields import PageDep
from mp4totext.transcriptions.endpoints import Id
from mp4totext.voices import queries, service
from mp4totext.voices.models import Speech
from mp4totext.voices.schemas import (
    SayRequest,
    SpeechAccepted,
    SpeechOut,
    SpeechRequestBody,
    SpeechSummary,
    VoiceOut,
)

router = APIRouter(prefix="/api/v1", tags=["voices"])

SpeechId = Annotated[str, Path(pattern=r"^spk_[0-9a-z]{26}$", description="ID of a speech.")]


@router.get(
    "/voices", responses=problems(), summary="List all voices, and whether they are ready here"
)
def list_voices(runtime: RuntimeDep) -> list[VoiceOut]:
    return service.voices(runtime.settings)


@router.post(
    "/voices/say",
    status_code=202,
    responses=problems(400, 401, 402, 403, 409),
    dependencies=[rate_limit("expensive")],
    summary="Speak a text",
)
def say(
    body: SayRequest, caller: Payer, runtime: RuntimeDep, session: WriteSession
) -> SpeechAccepted:
    return service.say(runtime, session, caller, body)


@router.post(
    "/transcriptions/{transcription_id}/speech",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Speak a recording's transcript, or a text that belongs to it",
)
def say_recording(
    transcription_id: Id,
    body: SpeechRequestBody,
    caller: Payer,
    runtime: RuntimeDep,
    session: WriteSession,
) -> SpeechAccepted:
    return service.say_recording(runtime, session, caller, transcription_id, body)


@router.get("/speeches", responses=problems(401, 403), summary="List your speeches, newest first")
def list_speeches(user: Reader, session: ReadSession, page: PageDep) -> Page[SpeechSummary]:
    rows, cursor = fetch_page(session, queries.owned(user.user_id), by=Speech.id, page=page)
    jobs = job_queries.by_id(session, (row.job_id for row in rows))
    items = [service.summary_out(row, jobs.get(row.job_id)) for row in rows]
    return Page(items=items, next_cursor=cursor)


@router.get(
    "/speeches/{speech_id}",
    responses=problems(401, 403, 404),
    summary="Get a speech with its word times and links to its audio",
)
def get_speech(
    speech_id: SpeechId, user: Reader, links: LinksDep, session: ReadSession
) -> SpeechOut:
    speech = queries.get(session, user_id=user.user_id, speech_id=speech_id)
    return service.speech_out(links, session, speech)


@router.delete(
    "/speeches/{speech_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete a speech and its audio; cancels it if it is still being spoken",
)
def delete_speech(
    speech_id: SpeechId, user: Writer, runtime: RuntimeDep, session: WriteSession
) -> None:
    speech = queries.get(session, user_id=user.user_id, speech_id=speech_id)
    service.remove(session, runtime, speech)
