"""Adds security headers to all responses."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), geolocation=(), microphone=(self), display-capture=(self)",
    ),
    # Nothing but the page may run in a browser: no files of users, problems or JSON.
    (b"content-security-policy", b"sandbox; default-src 'none'; frame-ancestors 'none'"),
)


# Responses of the API are private, so no proxy or browser may store them: not on the disk of a
# shared computer either. Media too: players seek by range requests, without a cache.
PRIVATE = (b"cache-control", b"private, no-store")
_API = ("/api/", "/v1/")


class HeadersMiddleware:
    """Adds each header that a response does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        path = scope["path"].removeprefix(scope.get("root_path", ""))
        added = (*HEADERS, PRIVATE) if path.startswith(_API) else HEADERS

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", []))
                present = {name.lower() for name, _ in own}
                own += (header for header in added if header[0] not in present)
                message["headers"] = own
            await send(message)

        await self._app(scope, receive, send_with_headers)
