"""``mp4totext mcp``: a Model Context Protocol server that calls the service's HTTP API."""

import importlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from mp4totext.auth import keys
from mp4totext.auth import service as auth
from mp4totext.auth.schemas import KeyRequest
from mp4totext.client import AsyncClient
from mp4totext.commands.messages import note
from mp4totext.commands.open_page import address_of
from mp4totext.commands.output import open_runtime, quiet_logs, settings_for
from mp4totext.kit.errors import Unauthenticated, Unavailable
from mp4totext.kit.http_server import raise_open_files_limit, server_config
from mp4totext.kit.packages import install_command
from mp4totext.kit.request_bodies import BodyLimits

SCOPES = ["transcriptions:read", "transcriptions:write", "jobs:read", "jobs:write"]
KEY_DAYS = (
    30  # lifetime of the key if the command is killed; otherwise it revokes the key when it ends
)


def mcp(
    url: str | None,
    key: str | None,
    over_http: bool,  # noqa: FBT001  click passes names
    host: str,
    port: int,
    data: Path | None,
) -> None:
    quiet_logs()
    settings = settings_for(data)
    server = _server_module()
    service = url or address_of(settings, settings.app.host, settings.app.port)
    if over_http:
        note(f"MCP on http://{host}:{port}/mcp, for the service at {service}. Ctrl-C stops it.")
        made = server.make_server(_by_callers_key(service), local_files=False)
        _serve(made.streamable_http_app(stateless_http=True, host=host), host, port)
        return
    if key is not None:
        server.make_server(_by_key(service, key), local_files=True).run("stdio")
        return
    with _own_key(data) as own:
        server.make_server(_by_key(service, own), local_files=True).run("stdio")


def _server_module() -> Any:  # mp4totext.mcp_server
    try:
        return importlib.import_module("mp4totext.mcp_server")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        command = install_command("mp4totext[mcp]")
        raise Unavailable(
            f"The package mcp is not installed: run `{command}`.", code="package_missing"
        ) from error


def _serve(app: Any, host: str, port: int) -> None:  # a Starlette application
    """Serve over HTTP with the same limits on headers, bodies and connections as the API."""
    app.state.problem_members = {}
    app.add_middleware(BodyLimits, is_upload=lambda _method, _path: False)
    config = server_config(app, trusted_proxies="")
    config.host, config.port = host, port
    raise_open_files_limit()
    uvicorn.Server(config).run()


def _by_key(service: str, key: str) -> Any:  # mcp_server.Connect, which needs the package
    @asynccontextmanager
    async def connect(_ctx: Any) -> AsyncIterator[AsyncClient]:
        async with AsyncClient(service, key=key) as client:
            yield client

    return connect


def _by_callers_key(service: str) -> Any:
    @asynccontextmanager
    async def connect(ctx: Any) -> AsyncIterator[AsyncClient]:
        headers = ctx.headers or {}
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        if not key:
            raise Unauthenticated("Send an API key of the service: Authorization: Bearer KEY.")
        async with AsyncClient(service, key=key) as client:
            yield client

    return connect


@contextmanager
def _own_key(data: Path | None) -> Iterator[str]:
    """An API key of the local account, revoked when the command ends."""
    request = KeyRequest(name="MCP on this machine", scopes=SCOPES, expires_in_days=KEY_DAYS)
    with open_runtime(data) as runtime:
        with runtime.database.write() as session:
            owner = auth.local_account(session)
            secret_key = runtime.settings.secret_key
            row, secret = keys.create_key(
                session, owner=owner, request=request, server_secret=secret_key
            )
            key_id = row.id
        try:
            yield secret
        finally:
            with runtime.database.write() as session:
                keys.revoke_key(session, owner.user_id, key_id)
