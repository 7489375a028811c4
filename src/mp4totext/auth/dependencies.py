"""Who is asking: CurrentUser, AdminUser, scopes of API keys, limits per user."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, OAuth2PasswordBearer

from mp4totext.auth.errors import AdminNeeded, LoginNeeded, NoCredentials
from mp4totext.auth.identity import Identity, Scope, authenticate
from mp4totext.kit.ratelimit import LimitName
from mp4totext.runtime import Runtime

# Relative, so that it holds behind a proxy's path prefix too.
_bearer = OAuth2PasswordBearer(tokenUrl="api/v1/auth/login", auto_error=False)
_api_key = APIKeyHeader(name="X-API-Key", auto_error=False)


# Async where nothing blocks: a sync dependency costs a trip to the thread pool.
async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeDep = Annotated[Runtime, Depends(_runtime)]


def _current_user(
    runtime: RuntimeDep,
    bearer: Annotated[str | None, Depends(_bearer)],
    api_key: Annotated[str | None, Depends(_api_key)],
) -> Identity:
    credential = bearer or api_key
    if not credential:
        raise NoCredentials
    return authenticate(runtime, credential)


# Sync, so it runs in the thread pool; its own short read session, never the request's writer.
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
    """``user: Annotated[Identity, require_scope("jobs:read")]``; logins have every scope."""

    async def check(user: CurrentUser) -> Identity:
        user.require(scope)
        return user

    return Depends(check)


def rate_limit(name: LimitName) -> Any:  # FastAPI's marker, for dependencies=[...]
    """``dependencies=[rate_limit("expensive")]``: per user."""

    def check(runtime: RuntimeDep, user: CurrentUser) -> None:
        runtime.limiter.check(name, "user", user.user_id)

    return Depends(check)
