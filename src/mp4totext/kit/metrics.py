"""Metrics for Prometheus. Requests are counted by route, as paths with ids are unlimited.

Jobs are counted in a separate registry: the child processes of a worker write to a folder that
its parent, or the service that started it, reads (PROMETHEUS_MULTIPROC_DIR).
"""

import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHILDREN_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it when it is imported

REQUESTS = Counter("mp4totext_http_requests_total", "Requests", ("method", "route", "status"))
ANSWER_SECONDS = Histogram(
    "mp4totext_http_answer_seconds",
    "From the last byte of a request to the first of its answer",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)

WORK = CollectorRegistry()
JOBS_ENDED = Counter(
    "mp4totext_jobs_ended_total",
    "Attempts of jobs, by how they ended; a postponed one is tried again",
    ("operation", "outcome", "code"),
    registry=WORK,
)
JOB_SECONDS = Histogram(
    "mp4totext_job_seconds",
    "Time a worker spent on an attempt of a job",
    ("operation", "outcome"),
    buckets=(0.5, 1, 2.5, 5, 15, 30, 60, 300, 900, 3600, 4 * 3600),
    registry=WORK,
)
AUDIO_SECONDS = Counter(
    "mp4totext_audio_seconds_total", "Length of what was transcribed", ("engine",), registry=WORK
)
VENDOR_SECONDS = Histogram(
    "mp4totext_vendor_seconds",
    "Time of a call to a vendor; the outcome is the kind of failure, or ok",
    ("vendor", "outcome"),
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
    registry=WORK,
)


def work_registry(folder: Path | None) -> CollectorRegistry:
    """The registry of jobs: of the processes that write to ``folder``; None: of this process."""
    if folder is None:
        return WORK
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    return registry


def vendor_latencies_ms(registry: CollectorRegistry) -> dict[str, float]:
    """The mean duration of the calls to each vendor, whatever their outcome, in milliseconds."""
    seconds: defaultdict[str, float] = defaultdict(float)
    calls: defaultdict[str, float] = defaultdict(float)
    for metric in registry.collect():
        for sample in metric.samples:
            if sample.name == "mp4totext_vendor_seconds_sum":
                seconds[sample.labels["vendor"]] += sample.value
            elif sample.name == "mp4totext_vendor_seconds_count":
                calls[sample.labels["vendor"]] += sample.value
    return {
        vendor: round(seconds[vendor] / count * 1000, 2)
        for vendor, count in sorted(calls.items())
        if count
    }


def serve_metrics(registry: CollectorRegistry, *, host: str, port: int) -> Callable[[], None]:
    """Serve /metrics on a separate port in a thread. Returns the function that stops it.

    Raises OSError if it cannot listen.
    """
    server, thread = start_http_server(port, addr=host, registry=registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


class Counted:
    """Counts jobs and vendor calls of this process (kit.counts) in the registry WORK."""

    def job_ended(self, operation: str, outcome: str, code: str, *, took_s: float) -> None:
        JOBS_ENDED.labels(operation, outcome, code).inc()
        JOB_SECONDS.labels(operation, outcome).observe(took_s)

    def transcribed(self, engine: str, *, length_s: float) -> None:
        AUDIO_SECONDS.labels(engine).inc(length_s)

    def vendor_called(self, vendor: str, outcome: str, *, took_s: float) -> None:
        VENDOR_SECONDS.labels(vendor, outcome).observe(took_s)


class MetricsMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        # The client's time does not count: an upload takes as long as its network is slow.
        arrived = time.perf_counter()
        answered: float | None = None

        async def receive_and_note_end() -> Message:
            nonlocal arrived
            message = await receive()
            if message["type"] == "http.request" and answered is None:
                arrived = time.perf_counter()
            return message

        async def send_and_keep_status(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], time.perf_counter()
            await send(message)

        try:
            await self._app(scope, receive_and_note_end, send_and_keep_status)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            REQUESTS.labels(scope["method"], route, str(status)).inc()
            ended = time.perf_counter() if answered is None else answered
            ANSWER_SECONDS.labels(scope["method"], route).observe(ended - arrived)
