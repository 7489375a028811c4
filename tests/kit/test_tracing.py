"""Spans reach a collector that speaks OTLP over HTTP."""

import importlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from mp4totext.kit import tracing
from mp4totext.runtime import Runtime
from tests.conftest import app_for


class Collector(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.names: list[str] = []
        self.services: set[str] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = importlib.import_module("gzip").decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for attribute in resource.resource.attributes:
                if attribute.key == "service.name":
                    self.server.services.add(attribute.value.string_value)
            for scope in resource.scope_spans:
                self.server.names += [span.name for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    monkeypatch.setattr(tracing, "_state", tracing._State())
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def flush() -> None:
    tracing._state.tracer.span_processor.force_flush()


def test_requests_and_jobs_become_spans(collector: Collector, runtime: Runtime) -> None:
    tracing.configure(collector.address, service="test")
    client = TestClient(app_for(runtime))
    assert client.get("/health").status_code == 200
    with tracing.span("job toy", job_id="job_1", request_id=None):
        pass
    flush()
    assert collector.names == ["GET /health", "job toy"]
    assert collector.services == {"test"}


def test_without_an_endpoint_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_state", tracing._State())
    tracing.configure(None, service="test")
    with tracing.span("nothing"):
        assert tracing._state.tracer is None


def test_an_endpoint_without_the_packages_names_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tracing, "_state", tracing._State())
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(tracing.TracingMissing, match="pip install"):
        tracing.configure("http://127.0.0.1:1", service="test")
