"""Routes of the page and its assets, and a notice if the page is not built."""

import base64
import hashlib
import re
from html import escape
from itertools import starmap

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from mp4totext.kit.error_codes import ERROR_CODES, explained
from mp4totext.media.sample import sample_file
from mp4totext.web.built import BuiltPage

# The routes of the page's own router (web/src/routes.ts); a test compares the two.
ADDRESSES = (
    "/",
    "/r/{id}",
    "/r/{id}/texts",
    "/r/{id}/texts/{text}",
    "/r/{id}/pictures",
    "/r/{id}/video",
    "/search",
    "/live",
    "/ask",
    "/shares",
    "/s/{token}",
    "/jobs",
    "/account",
    "/keys",
    "/credits",
    "/admin",
    "/admin/{part}",
)

POLICY = (
    "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# Only two sources of HTML are trusted: templates of the page's framework, and Markdown that the
# service rendered (web/src/text/trusted.ts).
PAGE_POLICY = (
    f"{POLICY}; require-trusted-types-for 'script'; trusted-types svelte-trusted-html service-html"
)
# Swagger's own stylesheet has its pictures inside.
DOCS_POLICY = POLICY.replace("img-src 'self'", "img-src 'self' data:")

_A_YEAR = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


def page(request: Request) -> Response:
    """The page's document, which is the same at each address; its scripts do the routing."""
    return _document(request, "index.html", policy=PAGE_POLICY)


for _address in ADDRESSES:
    router.add_api_route(_address, page, methods=["GET", "HEAD"])


@router.get("/docs")
def docs(request: Request) -> Response:
    """Swagger UI for the HTTP API, without files from other hosts."""
    return _document(request, "docs.html", policy=DOCS_POLICY)


@router.get("/docs/errors")
def errors() -> Response:
    """The list of error codes, to which the ``type`` of a problem links."""
    parts = (
        f"<h2>{escape(title)}</h2><dl>{''.join(starmap(_explained, codes.items()))}</dl>"
        for title, codes in ERROR_CODES.items()
    )
    text = _ERRORS.format(style=_STYLE, parts="\n".join(parts))
    headers = {"Content-Security-Policy": _PLAIN_POLICY, "X-Robots-Tag": "noindex"}
    return HTMLResponse(text, headers=headers)


def _explained(code: str, sentence: str) -> str:
    shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(explained(sentence), quote=False))
    return f'<dt id="{code}"><code>{code}</code></dt><dd>{shown}</dd>'


@router.api_route("/assets/{name}", methods=["GET", "HEAD"])
def asset(name: str, request: Request) -> Response:
    found = _built(request).asset(name, request.headers.get("accept-encoding", ""))
    if found is None:
        raise HTTPException(404)
    headers = {"Cache-Control": _A_YEAR, "Content-Security-Policy": POLICY}
    if found.in_encodings:
        headers["Vary"] = "Accept-Encoding"
    if found.encoding:
        headers["Content-Encoding"] = found.encoding
    return FileResponse(found.path, media_type=found.media_type, headers=headers)


@router.get("/sample.wav")
def sample() -> Response:
    """A sample recording for a first try."""
    return FileResponse(sample_file(), media_type="audio/wav")


@router.get("/licences.txt")
def licences(request: Request) -> Response:
    """The licences of the libraries in the page."""
    path = _built(request).licences()
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, media_type="text/plain; charset=utf-8")


class UnknownAddress:
    """Answers requests for unknown addresses.

    A browser that opens one gets the page, which shows that nothing was found; every other client
    gets a problem document.
    """

    def __init__(self, otherwise: ASGIApp) -> None:
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _opens_an_address(scope):
            await self._otherwise(scope, receive, send)
            return
        response = _document(Request(scope), "index.html", policy=PAGE_POLICY, status=404)
        await response(scope, receive, send)


def _opens_an_address(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


def _built(request: Request) -> BuiltPage:
    page: BuiltPage = request.app.state.page
    return page


def _document(request: Request, name: str, *, policy: str, status: int = 200) -> Response:
    root_path = request.app.state.runtime.settings.app.root_path
    text = _built(request).document(name, root_path=root_path)
    if text is None:
        text, policy, status = _NOT_BUILT, _PLAIN_POLICY, 503
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy,
        "X-Robots-Tag": "noindex",
    }
    return HTMLResponse(text, status, headers=headers)


_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }
body { max-width: 36rem; margin: 12vh auto; padding: 0 1.25rem }
h1 { font-size: 1.375rem }
code { font-size: 1.0625rem }
dt:target { background: Mark; color: MarkText }
"""
_NOT_BUILT = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>MP4toText: the page is not built</title>
<style>{_STYLE}</style>
<h1>The service runs, but its page is not built</h1>
<p>This address shows the page once it is built. The build needs a network connection for a minute
to download npm packages; Node.js is included. In the project's folder, run</p>
<p><code>make web</code></p>
<p>then reload this page; the service need not be restarted. Everything else works: the HTTP
interface, described in <a href="openapi.json">openapi.json</a>, and the command
<code>mp4totext</code>.</p>
"""
_ERRORS = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>MP4toText: error codes</title>
<style>{style}</style>
<h1>Error codes</h1>
<p>An error has a stable <code>code</code>, and a <code>detail</code> that says what happened
and what to do. Codes that are not listed are a vendor's own.</p>
{parts}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PLAIN_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
