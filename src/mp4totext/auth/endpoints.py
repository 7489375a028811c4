"""Routes of accounts, logins, API keys and WebSocket tickets."""

from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from mp4totext.auth import account_closing, cookies, invitations, keys, service, sessions
from mp4totext.auth.dependencies import LoginUser, RuntimeDep, rate_limit, require_scope
from mp4totext.auth.errors import SessionEnded
from mp4totext.auth.identity import Identity, reading_as
from mp4totext.auth.models import Login, User
from mp4totext.auth.schemas import (
    CodeRequest,
    CurrentSession,
    EndedAccount,
    EndOfAccount,
    KeyOut,
    KeyRequest,
    LoginRequest,
    NewKeyOut,
    PasswordChange,
    PasswordCodeRequest,
    ProfileChange,
    RefreshRequest,
    RegisterRequest,
    SessionOut,
    TicketOut,
    TokensOut,
    UserOut,
)
from mp4totext.auth.tokens import hashed
from mp4totext.kit.errors import AppError
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.pagination import Page
from mp4totext.kit.ratelimit import rate_limit_by_address
from mp4totext.kit.request_fields import IdempotencyKey, PageDep

_LOGIN_FORM_FIELDS = ("email", "username", "password")
MAX_LOGIN_BYTES = 16 * 1024  # the longest address and password have 1,320 characters


router = APIRouter(tags=["auth"])

Account = Annotated[Identity, require_scope("account")]
KeyId = Annotated[str, Path(pattern=r"^key_[0-9a-z]{26}$")]
SessionId = Annotated[str, Path(pattern=r"^lgn_[0-9a-z]{26}$")]


@router.post(
    "/api/v1/auth/register",
    status_code=201,
    response_model=UserOut,
    responses=problems(400, 403, 409),
    dependencies=[rate_limit_by_address("register")],
    summary="Create an account; it gets the sign-up gift",
)
def register(body: RegisterRequest, runtime: RuntimeDep) -> User:
    return service.register(
        runtime,
        email=body.email,
        password=body.password,
        full_name=body.full_name,
        language=body.language,
    )


async def _login_request(request: Request) -> LoginRequest:
    """From JSON, or from the form that OAuth2 clients and the Authorize button of /docs send."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_LOGIN_BYTES:
            raise AppError("The login is too large.", status=413, code="too_large")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            fields = dict(parse_qsl(body.decode("ascii", "replace")))
            # OAuth2 clients also send grant_type, scope and the like (RFC 6749, 3.2: ignore).
            known = {name: fields[name] for name in _LOGIN_FORM_FIELDS if name in fields}
            return LoginRequest.model_validate(known)
        return LoginRequest.model_validate_json(body)
    except ValidationError as error:
        errors = [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        raise RequestValidationError(errors) from error


_TEXT = {"type": "string"}
_LOGIN_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": LoginRequest.model_json_schema()},
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["username", "password"],
                    "properties": {"username": _TEXT, "password": _TEXT, "grant_type": _TEXT},
                }
            },
        },
    }
}


@router.post(
    "/api/v1/auth/login",
    response_model=TokensOut,
    responses=problems(401, 413),
    dependencies=[rate_limit_by_address("login")],
    openapi_extra=_LOGIN_BODY,
    summary="Log in, with JSON or the OAuth2 password form",
)
def log_in(
    body: Annotated[LoginRequest, Depends(_login_request)], runtime: RuntimeDep
) -> service.Tokens:
    runtime.limiter.check("login", "name", hashed(service.registered_email(body.email)))
    return service.log_in(runtime, email=body.email, password=body.password)


@router.post(
    "/api/v1/auth/refresh",
    response_model=TokensOut,
    responses=problems(400, 401),
    summary="Get new tokens for a refresh token, which works once",
)
def refresh(body: RefreshRequest, runtime: RuntimeDep) -> service.Tokens:
    return service.refresh(runtime, body.refresh_token)


@router.post(
    "/api/v1/auth/logout",
    status_code=204,
    responses=problems(400),
    summary="End the login of a refresh token",
)
def log_out(body: RefreshRequest, session: WriteSession) -> None:
    service.log_out(session, body.refresh_token)


def _from_own_page(request: Request, runtime: RuntimeDep) -> None:
    """Refuses other pages, which could sign a visitor in to an attacker's account."""
    cookies.refuse_unknown_host(request, runtime.settings)
    cookies.refuse_foreign_page(request)


@router.post(
    "/api/v1/auth/session",
    response_model=UserOut,
    responses=problems(401, 403),
    dependencies=[Depends(_from_own_page), rate_limit_by_address("login")],
    summary="Sign a browser in with a cookie that expires after 30 days unused, or 90 days",
)
def sign_in(body: LoginRequest, request: Request, response: Response, runtime: RuntimeDep) -> User:
    runtime.limiter.check("login", "name", hashed(service.registered_email(body.email)))
    opened = sessions.sign_in(
        runtime, email=body.email, password=body.password, device=_device(request)
    )
    cookies.set_cookie(response, request, opened.secret)
    return opened.user


@router.post(
    "/api/v1/auth/session/code",
    response_model=UserOut,
    responses=problems(401, 403),
    dependencies=[Depends(_from_own_page), rate_limit_by_address("login")],
    summary="Sign in a browser on the service's own machine with the code of a printed link",
)
def sign_in_with_code(
    body: CodeRequest, request: Request, response: Response, session: WriteSession
) -> User:
    cookies.refuse_other_machines(request)
    opened = sessions.sign_in_with_code(session, body.code, device=_device(request))
    cookies.set_cookie(response, request, opened.secret)
    return opened.user


@router.post(
    "/api/v1/auth/session/password-code",
    response_model=UserOut,
    responses=problems(401, 403),
    dependencies=[Depends(_from_own_page), rate_limit_by_address("login")],
    summary="Set a password with an administrator's link, and sign in; ends all other logins",
)
def set_password_with_code(
    body: PasswordCodeRequest, request: Request, response: Response, runtime: RuntimeDep
) -> User:
    opened = invitations.set_password(
        runtime, code=body.code, new=body.new_password, device=_device(request)
    )
    cookies.set_cookie(response, request, opened.secret)
    return opened.user


@router.get(
    "/api/v1/auth/session",
    responses=problems(403),
    summary="Get the user this browser is signed in as; `user` is null if none is",
)
def current_session(request: Request, runtime: RuntimeDep) -> CurrentSession:
    """No error for a browser without a session: a page asks this when it opens."""
    secret = cookies.session_secret(request, runtime.settings)
    if secret is None:
        return CurrentSession(user=None)
    try:
        with reading_as(runtime, secret) as (session, identity):
            user = session.get_one(User, identity.user_id)
            return CurrentSession(user=UserOut.model_validate(user))
    except SessionEnded:
        return CurrentSession(user=None)


@router.delete(
    "/api/v1/auth/session",
    status_code=204,
    responses=problems(401, 403),
    summary="Sign out: ends the current session or login",
)
def sign_out(user: LoginUser, request: Request, response: Response, session: WriteSession) -> None:
    assert user.login_id is not None  # only a key and a ticket have none
    sessions.end_session(session, user.user_id, user.login_id)
    cookies.remove_cookie(response, request)


@router.post(
    "/api/v1/auth/session/password",
    status_code=204,
    responses=problems(400, 401, 403),
    summary="Change your password; ends all logins except the current one",
)
def change_password_in_session(body: PasswordChange, user: LoginUser, runtime: RuntimeDep) -> None:
    runtime.limiter.check("login", "password", user.user_id)
    service.change_password_in_session(
        runtime,
        user.user_id,
        current=body.current_password,
        new=body.new_password,
        login_id=user.login_id,
    )


@router.post(
    "/api/v1/auth/me/end",
    responses=problems(401, 403, 409),
    summary="Delete your account: signed out now, erased after BIN_DAYS",
)
def end_account(
    body: EndOfAccount, user: LoginUser, request: Request, response: Response, runtime: RuntimeDep
) -> EndedAccount:
    """Its recordings and everything made from them go with it. Running jobs are stopped."""
    runtime.limiter.check("login", "password", user.user_id)
    delete_at = account_closing.end_account(runtime, user.user_id, password=body.password)
    cookies.remove_cookie(response, request)
    return EndedAccount(delete_at=delete_at)


@router.get(
    "/api/v1/auth/sessions",
    response_model=Page[SessionOut],
    responses=problems(401, 403),
    summary="List where you are signed in, newest first",
)
def list_sessions(user: LoginUser, page: PageDep, session: ReadSession) -> Page[SessionOut]:
    rows, cursor = sessions.list_sessions(session, user.user_id, page)
    items = [_session_out(row, current=row.id == user.login_id) for row in rows]
    return Page(items=items, next_cursor=cursor)


@router.delete(
    "/api/v1/auth/sessions",
    status_code=204,
    responses=problems(401, 403),
    summary="End all sessions and logins except the current one",
)
def end_other_sessions(user: LoginUser, session: WriteSession) -> None:
    service.end_logins(session, user.user_id, excluding=user.login_id)


@router.delete(
    "/api/v1/auth/sessions/{session_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="End one session or login",
)
def end_session(session_id: SessionId, user: LoginUser, session: WriteSession) -> None:
    sessions.end_session(session, user.user_id, session_id)


def _device(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _session_out(login: Login, *, current: bool) -> SessionOut:
    return SessionOut(
        id=login.id,
        kind="tokens" if login.secret_hash is None else "browser",
        device=login.device,
        created_at=login.created_at,
        last_used_at=login.last_used_at,
        expires_at=login.expires_at,
        current=current,
    )


@router.get(
    "/api/v1/auth/me",
    response_model=UserOut,
    responses=problems(401, 403),
    summary="Get your account",
)
def me(user: Account, session: ReadSession) -> User:
    return service.get_user(session, user.user_id)


@router.patch(
    "/api/v1/auth/me",
    response_model=UserOut,
    responses=problems(400, 401, 403),
    summary="Change your name or language",
)
def change_me(body: ProfileChange, user: Account, session: WriteSession) -> User:
    return service.change_profile(session, user.user_id, body.model_dump(exclude_unset=True))


@router.get(
    "/api/v1/auth/me/preferences",
    responses=problems(401, 403),
    summary="Get your preferences of the web page",
)
def get_preferences(user: Account, session: ReadSession) -> dict[str, Any]:
    return service.preferences(session, user.user_id)


@router.put(
    "/api/v1/auth/me/preferences",
    status_code=204,
    responses=problems(401, 403, 413),
    summary="Replace your preferences of the web page: up to 64 kB of JSON",
)
def keep_preferences(body: dict[str, Any], user: Account, session: WriteSession) -> None:
    service.keep_preferences(session, user.user_id, body)


@router.post(
    "/api/v1/auth/password",
    response_model=TokensOut,
    responses=problems(400, 401, 403),
    summary="Change your password; ends all logins and returns a new one",
)
def change_password(body: PasswordChange, user: LoginUser, runtime: RuntimeDep) -> service.Tokens:
    runtime.limiter.check("login", "password", user.user_id)
    return service.change_password(
        runtime, user.user_id, current=body.current_password, new=body.new_password
    )


@router.get(
    "/api/v1/auth/keys",
    response_model=Page[KeyOut],
    responses=problems(401, 403),
    summary="List your API keys, newest first",
)
def list_keys(user: Account, page: PageDep, session: ReadSession) -> Page[KeyOut]:
    rows, cursor = keys.list_keys(session, user.user_id, page)
    return Page(items=[KeyOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.post(
    "/api/v1/auth/keys",
    status_code=201,
    response_model=NewKeyOut,
    responses=problems(400, 401, 403, 409),
    summary="Create an API key; it is shown once",
)
def create_key(
    body: KeyRequest,
    user: LoginUser,
    runtime: RuntimeDep,
    session: WriteSession,
    idempotency_key: IdempotencyKey = None,
) -> NewKeyOut:
    row, secret = keys.create_key(
        session,
        owner=user,
        request=body,
        server_secret=runtime.settings.secret_key,
        idempotency_key=idempotency_key,
    )
    return NewKeyOut(**KeyOut.model_validate(row).model_dump(), key=secret)


@router.delete(
    "/api/v1/auth/keys/{key_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Revoke an API key",
)
def revoke_key(key_id: KeyId, user: Account, session: WriteSession) -> None:
    keys.revoke_key(session, user.user_id, key_id)


@router.post(
    "/api/v1/ws/ticket",
    status_code=201,
    response_model=TicketOut,
    responses=problems(401, 403),
    dependencies=[rate_limit("expensive")],
    summary="Get a ticket that opens one WebSocket within 30 seconds",
)
def ticket(
    user: Annotated[Identity, require_scope("jobs:read")], session: WriteSession
) -> TicketOut:
    ticket = service.issue_ticket(session, user)
    return TicketOut(ticket=ticket, expires_in=service.TICKET_LIFETIME_S)
