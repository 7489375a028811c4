"""Routes of speaker profiles: consent, learning from a named speaker, listing, deletion."""

from typing import Annotated

from fastapi import APIRouter, Path

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.dependencies import Payer, Reader, Writer
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.request_fields import PageDep
from mp4totext.transcriptions.speaker_profiles import queries, service
from mp4totext.transcriptions.speaker_profiles.models import SpeakerProfile
from mp4totext.transcriptions.speaker_profiles.schemas import (
    ConsentChange,
    ConsentOut,
    SpeakerProfileOut,
    SpeakerProfileRequest,
)

router = APIRouter(prefix="/api/v1/speaker-profiles", tags=["speaker profiles"])

ProfileId = Annotated[
    str, Path(pattern=r"^voc_[0-9a-z]{26}$", description="ID of a speaker profile.")
]


@router.get(
    "/consent",
    responses=problems(401, 403),
    summary="Get whether speaker recognition is on for your account",
)
def consent(user: Reader, session: ReadSession) -> ConsentOut:
    return service.consent_of(session, user.user_id)


@router.put(
    "/consent",
    responses=problems(401, 403),
    summary="Switch speaker recognition on, or off, which deletes all profiles",
)
def change_consent(
    body: ConsentChange, user: Writer, runtime: RuntimeDep, session: WriteSession
) -> ConsentOut:
    if body.given:
        service.give_consent(session, user.user_id)
    else:
        service.withdraw_consent(session, runtime, user.user_id)
    return service.consent_of(session, user.user_id)


@router.get("", responses=problems(401, 403), summary="List your speaker profiles")
def list_profiles(user: Reader, session: ReadSession, page: PageDep) -> Page[SpeakerProfileOut]:
    rows, cursor = fetch_page(session, queries.owned(user.user_id), by=SpeakerProfile.id, page=page)
    return Page(items=[SpeakerProfileOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.post(
    "",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Learn a profile from a named speaker",
)
def learn_profile(
    body: SpeakerProfileRequest,
    caller: Payer,
    session: WriteSession,
) -> Accepted:
    return service.learn(session, caller, body)


@router.delete(
    "/{profile_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete a profile and every trace of it",
)
def delete_profile(
    profile_id: ProfileId, user: Writer, runtime: RuntimeDep, session: WriteSession
) -> None:
    profile = queries.get(session, user_id=user.user_id, profile_id=profile_id)
    service.remove(session, runtime, profile)
