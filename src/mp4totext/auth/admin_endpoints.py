"""What administrators do with accounts; every change leaves a row in the audit log."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from mp4totext.auth import audit, service
from mp4totext.auth.dependencies import AdminUser
from mp4totext.auth.models import Role, User
from mp4totext.auth.schemas import AuditOut, UserChange, UserOut
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.pagination import Page, PageDep
from mp4totext.kit.text import CleanStr

router = APIRouter(prefix="/api/v1/admin", tags=["admin"])

UserId = Annotated[str, Path(pattern=r"^usr_[0-9a-z]{26}$")]
SearchWord = Annotated[
    CleanStr | None,
    Query(max_length=200, description="A part of the address or the name, or the id."),
]


@router.get(
    "/users",
    response_model=Page[UserOut],
    responses=problems(401, 403),
    summary="Accounts, newest first",
)
def list_users(
    _admin: AdminUser,
    *,
    page: PageDep,
    session: ReadSession,
    search: SearchWord = None,
    role: Role | None = None,
    active: bool | None = None,
) -> Page[UserOut]:
    rows, cursor = service.list_users(session, page=page, search=search, role=role, active=active)
    return Page(items=[UserOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.get(
    "/users/{user_id}",
    response_model=UserOut,
    responses=problems(401, 403, 404),
    summary="One account",
)
def get_user(user_id: UserId, _admin: AdminUser, session: ReadSession) -> User:
    return service.get_user(session, user_id)


@router.patch(
    "/users/{user_id}",
    response_model=UserOut,
    responses=problems(400, 401, 403, 404, 409),
    summary="Activate, deactivate, or change the role of an account",
)
def change_user(user_id: UserId, body: UserChange, admin: AdminUser, session: WriteSession) -> User:
    return service.change_user(
        session, actor_id=admin.user_id, user_id=user_id, active=body.active, role=body.role
    )


@router.get(
    "/audit",
    response_model=Page[AuditOut],
    responses=problems(401, 403),
    summary="The audit log, newest first",
)
def list_audit_entries(
    _admin: AdminUser,
    page: PageDep,
    session: ReadSession,
    target: Annotated[
        CleanStr | None, Query(max_length=80, description="The id of what was changed.")
    ] = None,
) -> Page[AuditOut]:
    rows, cursor = audit.page_of_entries(session, page=page, target=target)
    return Page(items=[AuditOut.model_validate(row) for row in rows], next_cursor=cursor)
