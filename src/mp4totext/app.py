"""Builds the HTTP application: routers, middleware and lifespan."""

import asyncio
import gc
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from starlette.concurrency import run_in_threadpool

from mp4totext import (
    __version__,
    account_data,
    admin,
    admin_models,
    config,
    files,
    health,
)
from mp4totext.auth import endpoints as auth
from mp4totext.auth.sockets import Watch
from mp4totext.billing import endpoints as billing
from mp4totext.chores import CHORES
from mp4totext.downloads import endpoints as downloads
from mp4totext.events.hub import Hub
from mp4totext.images import endpoints as images
from mp4totext.jobs import endpoints as jobs
from mp4totext.jobs import webhook_endpoints
from mp4totext.jobs.sweeper import Sweeper
from mp4totext.kit import log, tracing
from mp4totext.kit.compression import CompressionMiddleware
from mp4totext.kit.conditional import etag, json_unless_known
from mp4totext.kit.counts import count_with
from mp4totext.kit.fair_slots import FairSlots
from mp4totext.kit.http import (
    LanguageMiddleware,
    Problem,
    RequestIdMiddleware,
    install_problem_handlers,
    operation_id,
)
from mp4totext.kit.known_parameters import refuse_unknown_parameters
from mp4totext.kit.metrics import Counted, MetricsMiddleware
from mp4totext.kit.packages import hide_paths
from mp4totext.kit.request_bodies import BodyLimits
from mp4totext.kit.scratch import remove_abandoned
from mp4totext.kit.tracing import TracingMiddleware
from mp4totext.live import endpoints as live
from mp4totext.openai_api import client_secrets as openai_client_secrets
from mp4totext.openai_api import endpoints as openai_audio
from mp4totext.openai_api import images as openai_images
from mp4totext.openai_api import models as openai_models
from mp4totext.openai_api import realtime as openai_realtime
from mp4totext.openai_api import speech as openai_speech
from mp4totext.openai_api.refusals import PREFIX as OPENAI_PREFIX
from mp4totext.openai_api.refusals import error_member
from mp4totext.openai_api.waiting import Waits
from mp4totext.openapi_words import describe
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.search import endpoints as search
from mp4totext.settings import Settings
from mp4totext.shares import endpoints as shares
from mp4totext.texts import endpoints as texts
from mp4totext.transcriptions import endpoints as transcriptions
from mp4totext.transcriptions.edits import endpoints as edits
from mp4totext.transcriptions.library import endpoints as library
from mp4totext.transcriptions.renditions import endpoints as renditions
from mp4totext.transcriptions.speaker_profiles import endpoints as speaker_profiles
from mp4totext.transcriptions.speakers import endpoints as speakers
from mp4totext.uploads import direct
from mp4totext.uploads import endpoints as uploads
from mp4totext.videos import endpoints as videos
from mp4totext.videos import video_endpoints as video_files
from mp4totext.videos.brands import endpoints as brands
from mp4totext.videos.clips import endpoints as video_clips
from mp4totext.videos.plans import endpoints as video_plans
from mp4totext.voices import endpoints as voices
from mp4totext.web import endpoints as web
from mp4totext.web.built import BuiltPage
from mp4totext.web.headers import HeadersMiddleware

# Of the service's own interface.
_ROUTERS = (
    config.router,
    auth.router,
    account_data.router,
    transcriptions.router,
    edits.router,
    speakers.router,
    speaker_profiles.router,
    renditions.router,
    library.router,
    downloads.router,
    search.router,
    shares.router,
    uploads.router,
    direct.router,
    live.router,
    texts.router,
    voices.router,
    images.router,
    videos.router,
    video_clips.router,
    video_plans.router,
    video_files.router,
    brands.router,
    files.router,
    jobs.router,
    webhook_endpoints.router,
    billing.router,
    billing.quote_router(OPERATIONS),
    admin.router,
    admin_models.router,
)
# OpenAI's interface, which ignores what it does not know, and the page.
_OTHER_ROUTERS = (
    openai_audio.router,
    openai_models.router,
    openai_speech.router,
    openai_images.router,
    openai_realtime.router,
    openai_client_secrets.router,
    web.router,
)


def create_app(
    settings: Settings | None = None,
    *,
    runtime: Runtime | None = None,
    hub: Hub | None = None,
    page: BuiltPage = BuiltPage(),  # noqa: B008  it holds a path
) -> FastAPI:
    """Create the application. Raises SettingsError in production if a secret is weak."""
    settings = settings or (runtime.settings if runtime else Settings())
    settings.refuse_weak_secrets()
    count_with(Counted())
    log.configure(log_format=settings.app.log_format, debug=settings.app.debug)
    # Before the paths are hidden: what it says is for whoever starts the service.
    tracing.configure(settings.app.otel_exporter_otlp_endpoint, service="mp4totext-api")
    hide_paths()
    app = FastAPI(
        title="MP4toText",
        version=__version__,
        summary="A recording in, text people can use out.",
        lifespan=_lifespan,
        openapi_url=None,  # a route of our own, which encodes the document once
        docs_url=None,  # the page has its own, without files from other hosts
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    app.root_path = settings.app.root_path  # whichever server runs it; the proxy strips the path
    app.state.runtime = runtime or Runtime(settings)
    app.state.watch = Watch(
        app.state.runtime.database, per_user=app.state.runtime.settings.app.streams_per_user
    )
    app.state.hub = hub or Hub(app.state.runtime)
    app.state.hub.before_delivery = app.state.watch.check_users
    app.state.operations = OPERATIONS
    app.state.worker_metrics = None  # the folder that workers which `serve` started write into
    app.state.openai_waits = Waits(app.state.runtime)
    _add_slots(app)
    app.state.page = page
    app.include_router(health.router)
    strict = [Depends(refuse_unknown_parameters)]
    for router in _ROUTERS:
        app.include_router(router, dependencies=strict)
    for router in _OTHER_ROUTERS:
        app.include_router(router)
    app.router.default = web.UnknownAddress(app.router.default)
    install_problem_handlers(app, extra_members={OPENAI_PREFIX: error_member})
    app.add_middleware(BodyLimits, is_upload=_is_upload)
    app.add_middleware(HeadersMiddleware)
    app.add_middleware(CompressionMiddleware)
    app.add_middleware(MetricsMiddleware)
    app.add_middleware(TracingMiddleware)
    app.add_middleware(LanguageMiddleware)
    app.add_middleware(RequestIdMiddleware)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # the documented way
    app.state.openapi_json = None
    app.state.openapi_lock = asyncio.Lock()
    app.add_api_route("/openapi.json", _openapi_json, include_in_schema=False)
    return app


def _add_slots(app: FastAPI) -> None:
    """Limit concurrent expensive requests, so that no account uses all of an API process."""
    # A recording is probed in a process and stored, which takes seconds of a core and a thread.
    app.state.submission_slots = FairSlots("recordings", total=8, per_user=2, wait_s=120)
    app.state.preview_slots = FairSlots("previews", total=4, per_user=2, wait_s=60)
    app.state.export_slots = FairSlots("exports", total=4, per_user=2, wait_s=60)
    app.state.reading_slots = FairSlots("long transcripts", total=4, per_user=2, wait_s=60)
    app.state.upload_slots = FairSlots("uploads", total=200, per_user=8, wait_s=120)


# Routes whose body is a file: they stream it, and limit it by the upload's own size.
_UPLOADS = frozenset(
    {
        ("POST", "/api/v1/transcriptions"),
        ("POST", "/api/v1/transcriptions/upload"),
        ("POST", "/api/v1/uploads"),
        ("POST", "/api/v1/images"),
        ("POST", "/v1/audio/transcriptions"),
        ("POST", "/v1/audio/translations"),
    }
)
# And those under these addresses: parts of an upload, and a brand's font, intro and outro.
_UPLOADS_UNDER = {"PATCH": "/api/v1/uploads/", "PUT": "/api/v1/brands/"}


def _is_upload(method: str, path: str) -> bool:
    under = _UPLOADS_UNDER.get(method)
    return (method, path) in _UPLOADS or (under is not None and path.startswith(under))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # By default Python looks for cycles after every 700 new objects. A long transcript has 200,000,
    # none of them in a cycle, and half of the time to read it went into the search.
    gc.set_threshold(50_000, 20, 20)
    runtime: Runtime = app.state.runtime
    remove_abandoned(runtime.settings.work_dir)
    sweeper = Sweeper(runtime, holder=f"api:{socket.gethostname()}:{os.getpid()}", chores=CHORES)
    sweeper.start()
    log.get_logger().info("api.ready", version=__version__)
    state = app.state
    async with state.hub.running(), state.watch.running(), state.openai_waits.running():
        yield
    sweeper.stop()
    runtime.close()


async def _openapi_json(request: Request) -> Response:
    """Serve the OpenAPI document. Its half megabyte is encoded once, in a thread."""
    app: FastAPI = request.app
    async with app.state.openapi_lock:
        if app.state.openapi_json is None:
            app.state.openapi_json = await run_in_threadpool(_encoded, app)
    content: bytes = app.state.openapi_json
    response = json_unless_known(request, etag(__version__, app.root_path), lambda: content)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _encoded(app: FastAPI) -> bytes:
    document = app.openapi()
    if prefix := app.root_path.rstrip("/"):
        document = {**document, "servers": [{"url": prefix}]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _openapi(app: FastAPI) -> dict[str, object]:
    """FastAPI's document with the schema ``Problem``, which all error responses refer to."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            routes=app.routes,
            servers=app.servers or None,
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        app.openapi_schema = describe(document)
    return app.openapi_schema
