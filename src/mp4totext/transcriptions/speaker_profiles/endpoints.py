"""Routes of voices: agree, learn one from a named speaker, list, forget."""

from typing import Annotated

from fastapi import APIRouter, Path

from mp4totext.auth.dependencies import RuntimeDep, rate_limit, require_scope
from mp4totext.auth.identity import Identity
from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.caller import Caller, caller_with
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.pagination import Page, PageDep, fetch_page
from mp4totext.transcriptions.speaker_profiles import queries, service
from mp4totext.transcriptions.speaker_profiles.models import Voice
from mp4totext.transcriptions.speaker_profiles.schemas import (
    ConsentChange,
    ConsentOut,
    VoiceOut,
    VoiceRequest,
)

router = APIRouter(prefix="/api/v1/voices", tags=["voices"])

Reader = Annotated[Identity, require_scope("transcriptions:read")]
Writer = Annotated[Identity, require_scope("transcriptions:write")]
VoiceId = Annotated[str, Path(pattern=r"^voc_[0-9a-z]{26}$", description="A voice's id.")]


@router.get(
    "/consent", responses=problems(401, 403), summary="Whether voices are recognised for you"
)
def consent(user: Reader, session: ReadSession) -> ConsentOut:
    return service.consent_of(session, user.user_id)


@router.put(
    "/consent",
    responses=problems(401, 403),
    summary="Switch voice recognition on, or off with every voice forgotten",
)
def change_consent(
    body: ConsentChange, user: Writer, runtime: RuntimeDep, session: WriteSession
) -> ConsentOut:
    if body.given:
        service.give_consent(session, user.user_id)
    else:
        service.withdraw_consent(session, runtime, user.user_id)
    return service.consent_of(session, user.user_id)


@router.get("", responses=problems(401, 403), summary="The voices you had learned")
def list_voices(user: Reader, session: ReadSession, page: PageDep) -> Page[VoiceOut]:
    rows, cursor = fetch_page(session, queries.owned(user.user_id), by=Voice.id, page=page)
    return Page(items=[VoiceOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.post(
    "",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Learn the voice of a named speaker",
)
def enrol(
    body: VoiceRequest,
    caller: Annotated[Caller, caller_with("transcriptions:write")],
    session: WriteSession,
) -> Accepted:
    return service.enrol(session, caller, body)


@router.delete(
    "/{voice_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Forget a voice and every trace of it",
)
def forget(voice_id: VoiceId, user: Writer, runtime: RuntimeDep, session: WriteSession) -> None:
    voice = queries.get(session, user_id=user.user_id, voice_id=voice_id)
    service.forget(session, runtime, voice)
