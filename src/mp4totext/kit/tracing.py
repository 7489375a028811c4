"""OpenTelemetry traces, if the extra `otel` is installed and an endpoint is set."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mp4totext.kit.packages import install_command

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

EXTRA = "mp4totext[otel]"


class TracingMissing(Exception):
    """An endpoint is set, but the packages are not installed."""


class _State:
    tracer: Any = None  # opentelemetry's Tracer; the package is optional


_state = _State()


def configure(endpoint: str | None, *, service: str) -> None:
    """Send spans to ``endpoint``/v1/traces. Raises TracingMissing with the install command."""
    if endpoint is None or _state.tracer is not None:
        return
    try:
        sdk = importlib.import_module("opentelemetry.sdk.trace")
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        resources = importlib.import_module("opentelemetry.sdk.resources")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError as error:
        raise TracingMissing(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: "
            f"{install_command(EXTRA)}"
        ) from error
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": service}))
    exporter = otlp.OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(export.BatchSpanProcessor(exporter))
    _state.tracer = provider.get_tracer("mp4totext")


@contextmanager
def span(name: str, **facts: str | int | float | bool | None) -> Iterator[None]:
    """A span, if tracing is on. ``facts`` must contain no transcripts and no secrets."""
    if _state.tracer is None:
        yield
        return
    # OpenTelemetry has no null: it would log a warning for each one.
    attributes = {key: value for key, value in facts.items() if value is not None}
    with _state.tracer.start_as_current_span(name, attributes=attributes):
        yield


class TracingMiddleware:
    """One span for each request, with the name of its route."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http" or _state.tracer is None:
            await self._app(scope, receive, send)
            return
        with _state.tracer.start_as_current_span(scope["method"]) as current:

            async def send_and_set_status(message: "Message") -> None:
                if message["type"] == "http.response.start":
                    current.set_attribute("http.response.status_code", message["status"])
                await send(message)

            request_id = scope.get("state", {}).get("request_id")
            current.set_attribute("request_id", str(request_id))
            await self._app(scope, receive, send_and_set_status)
            route = getattr(scope.get("route"), "path", "none")
            current.update_name(f"{scope['method']} {route}")
            current.set_attribute("http.route", route)
