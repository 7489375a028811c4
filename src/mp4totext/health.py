"""Health, readiness, status and metrics of the service."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, FastAPI, Request, Response
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from mp4totext import __version__
from mp4totext.auth.dependencies import RuntimeDep
from mp4totext.catalogue.warnings import catalogue_warnings
from mp4totext.credits import ledger
from mp4totext.jobs import leases, queries
from mp4totext.jobs.models import JobState
from mp4totext.kit.clock import now
from mp4totext.kit.errors import NotFound
from mp4totext.kit.http import problems
from mp4totext.kit.metrics import vendor_latencies_ms, work_registry
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.providers import registry
from mp4totext.providers.kinds import entries
from mp4totext.runtime import Runtime

router = APIRouter(tags=["system"])


class PartStatus(BaseModel):
    ok: bool
    latency_ms: float
    detail: str | None = None


class Health(BaseModel):
    status: Literal["alive"] = "alive"
    version: str = __version__


class Status(BaseModel):
    """The state of the service.

    ``ready`` requires the database and the storage. Without broker or workers, jobs wait.
    """

    ready: bool
    version: str
    database: PartStatus
    broker: PartStatus
    storage: PartStatus
    workers: int
    queued: int
    running: int
    queue_latency_ms: int = Field(
        description="How long the oldest queued job has been waiting for a worker. 0 if none waits."
    )
    providers: dict[str, str]
    provider_latency_ms: dict[str, float] = Field(
        description="Mean duration of the calls to each provider, in milliseconds, since the "
        "workers were started by the service. Providers that were not called are left out, as are "
        "calls of workers that were started separately: those count in their own metrics."
    )
    warnings: list[str] = Field(
        description="Models in use that are retired or soon will be, and conflicts with providers' "
        "model lists."
    )


@router.get("/health", summary="Check whether the process is alive")
async def health() -> Health:
    return Health()


@router.get(
    "/ready",
    responses=problems(503) | {503: {"model": Status, "description": "Not ready"}},
    summary="Check whether the service can answer requests",
)
def ready(request: Request, runtime: RuntimeDep, response: Response) -> Status:
    status = _status(runtime, request.app.state.worker_metrics)
    if not status.ready:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return status


@router.get("/api/v1/status", summary="Get the state and latency of each part of the service")
def status(request: Request, runtime: RuntimeDep) -> Status:
    return _status(runtime, request.app.state.worker_metrics)


def _status(runtime: Runtime, worker_metrics: Path | None) -> Status:
    """Check each part. ``worker_metrics``: the folder to which this service's workers write."""
    database = _timed(runtime.database.ping)
    broker = _timed(runtime.worker_notifier.ping)
    storage = _timed(runtime.storage.ping)
    counts = {"workers": 0, "queued": 0, "running": 0, "queue_latency_ms": 0}
    warnings: list[str] = []
    if database.ok:
        counts = _counts(runtime)
        with runtime.database.read() as session:
            warnings = catalogue_warnings(session, runtime.settings)
    if broker.ok is False:
        broker.detail = "unreachable; accepted jobs wait in the database"
    return Status(
        ready=database.ok and storage.ok,
        version=__version__,
        database=database,
        broker=broker,
        storage=storage,
        providers={
            name: registry.missing(entry, runtime.settings) or "ready"
            for _kind, name, entry in entries()
        },
        provider_latency_ms=vendor_latencies_ms(work_registry(worker_metrics)),
        warnings=warnings,
        **counts,
    )


def _counts(runtime: Runtime) -> dict[str, int]:
    with runtime.database.read() as session:
        rows = queries.counts_by_queue(session)
        workers = leases.live_workers(session)
    jobs: Counter[str] = Counter()
    for row in rows:
        jobs[row.state] += row.jobs
    waiting_since = [row.oldest_queued_at for row in rows if row.state == JobState.QUEUED]
    waited = now() - min(waiting_since) if waiting_since else timedelta()
    return {
        "workers": workers,
        "queued": jobs[JobState.QUEUED],
        "running": jobs[JobState.RUNNING],
        "queue_latency_ms": max(0, round(waited.total_seconds() * 1000)),
    }


def _timed(check: Callable[[], None]) -> PartStatus:
    began = time.perf_counter()
    detail = None
    try:
        check()
    except (SQLAlchemyError, BrokerError, StorageUnavailable, OSError) as error:
        detail = type(error).__name__  # its message may have addresses, and this is public
    latency_ms = round((time.perf_counter() - began) * 1000, 2)
    return PartStatus(ok=detail is None, latency_ms=latency_ms, detail=detail)


@router.get(
    "/metrics",
    response_class=Response,
    responses=problems(404)
    | {200: {"content": {"text/plain": {}}, "description": "Prometheus text"}},
    summary="Get metrics for Prometheus",
)
def metrics(request: Request) -> Response:
    if request.app.state.runtime.settings.app.metrics_port is not None:
        raise NotFound("Metrics are at METRICS_PORT.")
    body = generate_latest(metrics_registry(request.app))
    return Response(body, media_type=CONTENT_TYPE_LATEST)


def metrics_registry(app: FastAPI) -> CollectorRegistry:
    """A registry of all metrics that this process reports, collected at each scrape."""
    registry = CollectorRegistry()
    registry.register(_All(app))
    return registry


class _All(Collector):
    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def collect(self) -> Iterator[Any]:  # prometheus_client's metric types
        state = self._app.state
        yield from REGISTRY.collect()
        yield from work_registry(state.worker_metrics).collect()
        yield from _of_database(state.runtime)
        listeners = GaugeMetricFamily(
            "mp4totext_live_listeners", "Open live streams of this process"
        )
        listeners.add_metric([], state.hub.listeners)
        yield listeners


def _of_database(runtime: Runtime) -> Iterator[Any]:
    """Metrics read from the database, which are the same in every process."""
    jobs = GaugeMetricFamily("mp4totext_jobs", "Jobs", labels=("queue", "state"))
    oldest = GaugeMetricFamily(
        "mp4totext_oldest_queued_seconds", "Age of the oldest queued job", labels=("queue",)
    )
    held = GaugeMetricFamily("mp4totext_credits_held", "Credits held for unfinished jobs")
    workers = GaugeMetricFamily("mp4totext_workers", "Workers that reported lately")
    with runtime.database.read() as session:
        for row in queries.counts_by_queue(session):
            jobs.add_metric([row.queue, row.state], row.jobs)
            if row.state == JobState.QUEUED:
                age_s = (now() - row.oldest_queued_at).total_seconds()
                oldest.add_metric([row.queue], age_s)
        held_uc = ledger.balance_of_all(session).held_uc
        workers.add_metric([], leases.live_workers(session))
    held.add_metric([], held_uc / 1_000_000)
    yield from (jobs, oldest, held, workers)
