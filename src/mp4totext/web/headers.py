"""Headers that every answer has, whoever makes it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), geolocation=(), microphone=(self), display-capture=(self)",
    ),
    # Of what is not the page, nothing runs in a browser: files of users, problems, JSON.
    (b"content-security-policy", b"sandbox; default-src 'none'; frame-ancestors 'none'"),
)


# What the API answers is somebody's, and is kept by nobody on the way.
PRIVATE = (b"cache-control", b"private, no-store")
_API = ("/api/", "/v1/")


class HeadersMiddleware:
    """Adds what an answer does not say itself."""

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
                said = {name.lower() for name, _ in own}
                own += (header for header in added if header[0] not in said)
                message["headers"] = own
            await send(message)

        await self._app(scope, receive, send_with_headers)
