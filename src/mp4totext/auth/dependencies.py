"""FastAPI dependencies: the current user, scopes of API keys, rate limits per user."""

from collections.abc import AsyncIterator, Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.security import APIKeyHeader, OAuth2PasswordBearer
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.cookies import session_secret
from mp4totext.auth.errors import AdminNeeded, LoginNeeded, NoCredentials
from mp4totext.auth.identity import Identity, Scope, authenticate, reading_as
from mp4totext.kit.ratelimit import LimitName
from mp4totext.runtime import Runtime

# Relative, so that it is also right behind a proxy with a path prefix.
_bearer = OAuth2PasswordBearer(tokenUrl="api/v1/auth/login", auto_error=False)
_api_key = APIKeyHeader(name="X-API-Key", auto_error=False)


# Async where nothing blocks, as each sync dependency is another call in the thread pool.
async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeDep = Annotated[Runtime, Depends(_runtime)]


async def _credential(
    request: Request,
    runtime: RuntimeDep,
    bearer: Annotated[str | None, Depends(_bearer)],
    api_key: Annotated[str | None, Depends(_api_key)],
) -> tuple[Runtime, str]:
    """The unverified credential of the request: from a header, or else from the cookie."""
    credential = bearer or api_key or session_secret(request, runtime.settings)
    if not credential:
        raise NoCredentials
    return runtime, credential


_Caller = Annotated[tuple[Runtime, str], Depends(_credential)]


def _current_user(caller: _Caller) -> Identity:
    return authenticate(*caller)


# Sync, so it runs in the thread pool. It opens its own short read session, so that the
# request's write transaction begins later.
CurrentUser = Annotated[Identity, Depends(_current_user)]


async def _admin_user(user: CurrentUser) -> Identity:
    if not user.is_admin:
        raise AdminNeeded
    user.require("admin")
    return user


async def _login_user(user: CurrentUser) -> Identity:
    if user.scopes is not None:
        raise LoginNeeded
    return user


AdminUser = Annotated[Identity, Depends(_admin_user)]
LoginUser = Annotated[Identity, Depends(_login_user)]  # not an API key


def require_scope(scope: Scope) -> Any:  # FastAPI's marker, for Annotated[Identity, ...]
    """``user: Annotated[Identity, require_scope("jobs:read")]``. Logins have every scope."""

    async def check(user: CurrentUser) -> Identity:
        user.require(scope)
        return user

    return Depends(check)


def reads(
    scope: Scope,
) -> Callable[[Callable[..., BaseModel | Response]], Callable[..., Response]]:
    """For a route that only reads: ``def endpoint(session, user, ...)``.

    Authentication, the reads and the JSON of the answer happen in one session and one call in the
    thread pool. With a dependency for each of them, a read takes several calls. An endpoint that
    returns a Response has made the JSON itself.
    """

    def decorate(endpoint: Callable[..., BaseModel | Response]) -> Callable[..., Response]:
        @wraps(endpoint)
        def read(caller: _Caller, **parameters: Any) -> Response:  # what the endpoint declares
            runtime, credential = caller
            with reading_as(runtime, credential) as (session, user):
                user.require(scope)
                answer = endpoint(session=session, user=user, **parameters)
                if isinstance(answer, Response):
                    return answer
                body = answer.model_dump_json().encode()
            return Response(body, media_type="application/json")

        # FastAPI takes a route's parameters from its signature: those of the endpoint, with the
        # caller in place of the session and the user.
        declared = signature(endpoint)
        parameters = [
            parameter.replace(kind=Parameter.KEYWORD_ONLY)
            for parameter in declared.parameters.values()
            if parameter.name not in ("session", "user")
        ]
        caller = Parameter("caller", Parameter.KEYWORD_ONLY, annotation=_Caller)
        read.__signature__ = declared.replace(parameters=[caller, *parameters])  # type: ignore[attr-defined]
        return read

    return decorate


async def _reading_slot(
    request: Request,
    caller: _Caller,
    words: Annotated[bool, Query()] = False,  # noqa: FBT002  a query parameter
) -> AsyncIterator[None]:
    if not words:
        yield
        return
    # ``reads`` authenticates again: the login may end while the request waits for its place.
    user = await run_in_threadpool(authenticate, *caller)
    async with request.app.state.reading_slots.slot(user.user_id):
        yield


# For routes with ``words``: those of a long day take the better part of a second, and 40 requests
# at once would block all other users.
words_slot = Depends(_reading_slot, scope="function")


def rate_limit(name: LimitName) -> Any:  # FastAPI's marker, for dependencies=[...]
    """``dependencies=[rate_limit("expensive")]``, counted per user."""

    def check(runtime: RuntimeDep, user: CurrentUser) -> None:
        runtime.limiter.check(name, "user", user.user_id)

    return Depends(check)
