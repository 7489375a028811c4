"""``mp4totext serve``: starts and stops the HTTP service together with its workers."""

import gc
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import uvicorn
from fastapi import FastAPI

from mp4totext.app import create_app
from mp4totext.commands import checks, open_page
from mp4totext.commands.messages import note
from mp4totext.commands.output import is_debug, settings_for
from mp4totext.commands.worker import pool, processes, threaded_worker
from mp4totext.commands.worker_process import WorkerProcess, celery_arguments, run_celery
from mp4totext.health import metrics_registry
from mp4totext.kit import log
from mp4totext.kit.http_server import raise_open_files_limit, server_config
from mp4totext.kit.metrics import CHILDREN_FOLDER, serve_metrics
from mp4totext.kit.private_files import keep_new_files_private
from mp4totext.kit.queue_names import BATCH_QUEUES, LIVE_QUEUE, NETWORK_QUEUE
from mp4totext.runtime import Runtime
from mp4totext.settings import AppSettings, Settings, SettingsError, environment

OPEN_STREAMS_S = 3  # seconds that open streams may delay the shutdown
STOP_S = 10  # seconds that a worker has to end, in addition to JOB_DRAIN_S


def serve(
    host: str | None,
    port: int | None,
    data: Path | None,
    workers: int | None,
    no_worker: bool,  # noqa: FBT001  click passes names
) -> None:
    context = click.get_current_context()
    settings = settings_for(data, host=host, port=port)
    log.configure(log_format=settings.app.log_format, debug=settings.app.debug or is_debug())
    settings.refuse_weak_secrets()
    keep_new_files_private()
    runtime = Runtime(settings)
    checks.refuse_broken(runtime)
    raise_open_files_limit()
    listener = _listen(settings.app.host, settings.app.port)
    _announce(runtime, listener)
    service = _Service(runtime, listener)
    if not no_worker and workers != 0:
        counted = runtime.scratch.folder("metrics")
        service.app.state.worker_metrics = counted
        service.workers = _workers(settings, workers, counted=counted, on_given_up=service.give_up)
    with _metrics(service.app, settings.app):
        service.run()
    context.exit(1 if service.gave_up else 0)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Replaces uvicorn's handling, which raises the signal again before the workers stop."""
        yield


class _Service:
    """uvicorn in this process, and the worker processes."""

    def __init__(self, runtime: Runtime, listener: socket.socket) -> None:
        self.app = create_app(runtime=runtime)
        config = server_config(
            self.app,
            trusted_proxies=runtime.settings.app.forwarded_allow_ips,
            access_log=is_debug(),
            graceful_s=OPEN_STREAMS_S,
        )
        self.workers: list[WorkerProcess] = []
        self.gave_up = False
        self._server = _Server(config)
        self._listener = listener
        self._grace_s = runtime.settings.jobs.job_drain_s + STOP_S

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._server.handle_exit)
        for worker in self.workers:
            worker.start()
        _collect_garbage_rarely()
        try:
            self._server.run(sockets=[self._listener])
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)  # a second one stops at once
            for worker in self.workers:
                worker.ask_to_stop()
            for worker in self.workers:
                worker.stop(grace_s=self._grace_s)
            self._listener.close()

    def give_up(self) -> None:
        self.gave_up = True
        self._server.should_exit = True


def _collect_garbage_rarely() -> None:
    """Make full garbage collections rare, as each pauses all streams.

    With 1,000 streams one takes 0.3 s, half of it for modules. Modules are never freed, so they are
    excluded; the oldest generation is collected 30 times less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 10)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise SettingsError(f"Cannot listen on {host}:{port} (HOST, PORT): {reason}.") from error
    return listener


@contextmanager
def _metrics(app: FastAPI, settings: AppSettings) -> Iterator[None]:
    """Serve metrics at METRICS_PORT, if it is set. Otherwise the app itself serves them."""
    if settings.metrics_port is None:
        yield
        return
    host, port = settings.host, settings.metrics_port
    try:
        stop = serve_metrics(metrics_registry(app), host=host, port=port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(
            f"Cannot listen on {host}:{port} (HOST, METRICS_PORT): {reason}."
        ) from error
    try:
        yield
    finally:
        stop()


def _announce(runtime: Runtime, listener: socket.socket) -> None:
    settings = runtime.settings
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}{settings.app.root_path}/"
    note(f"MP4toText on {address}, data in {settings.data_dir}. Ctrl-C stops it.")
    if open_page.is_loopback(host):
        link = open_page.sign_in_link(runtime, address)
        note(f"Open it, signed in, within ten minutes: {link}")
        open_page.show(link, settings)


def _workers(
    settings: Settings,
    workers: int | None,
    *,
    counted: Path,
    on_given_up: Callable[[], None],
) -> list[WorkerProcess]:
    """Workers for recordings, for jobs that wait for other servers, and for live sessions.

    They are separate so that none waits for another. ``counted``: the folder of their metrics.
    """
    arguments = celery_arguments(
        concurrency=workers or processes(settings),
        pool=pool(settings),
        queues=BATCH_QUEUES,
        debug=is_debug(),
    )
    started = [(arguments, environment(DATA_DIR=str(settings.data_dir)))]
    threaded = [NETWORK_QUEUE, *([LIVE_QUEUE] if settings.live.live_sessions else [])]
    for queue in threaded:
        started.append(threaded_worker(settings, queue, debug=is_debug()))
    counts = {CHILDREN_FOLDER: str(counted)}
    return [
        WorkerProcess(run_celery, arguments, child | counts, on_given_up=on_given_up)
        for arguments, child in started
    ]
