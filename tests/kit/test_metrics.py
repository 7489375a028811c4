"""Metrics for Prometheus: latency without the client's time, vendors, a separate port."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.types import Message, Receive, Scope, Send

from mp4totext.commands.worker import _counted
from mp4totext.kit.counts import count_with, vendor_call
from mp4totext.kit.metrics import (
    ANSWER_SECONDS,
    WORK,
    Counted,
    MetricsMiddleware,
    serve_metrics,
    work_registry,
)
from mp4totext.settings import AppSettings, Settings
from tests.support.servers import free_port

PAUSE_S = 0.4


def seconds(method: str) -> float:
    (metric,) = ANSWER_SECONDS.collect()
    found = [
        sample.value
        for sample in metric.samples
        if sample.name.endswith("_sum") and sample.labels["method"] == method
    ]
    return sum(found)


async def read_all(_scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 201})
    await asyncio.sleep(PAUSE_S)  # a long download of the answer
    await send({"type": "http.response.body"})


def test_a_slow_upload_and_a_slow_download_are_not_our_slowness() -> None:
    parts: list[Message] = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "body": b"b"},
    ]

    async def receive() -> Message:
        await asyncio.sleep(PAUSE_S)
        return parts.pop(0)

    async def send(_message: Message) -> None: ...

    scope: dict[str, Any] = {"type": "http", "method": "SLOW"}
    asyncio.run(MetricsMiddleware(read_all)(scope, receive, send))
    assert 0 < seconds("SLOW") < PAUSE_S


def test_an_answer_that_never_began_counts_as_ours() -> None:
    async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(PAUSE_S)
        raise OSError("a bug")

    async def nothing(*_: Any) -> Any: ...

    scope: dict[str, Any] = {"type": "http", "method": "BROKEN"}
    with pytest.raises(OSError, match="a bug"):
        asyncio.run(MetricsMiddleware(fails)(scope, nothing, nothing))
    assert seconds("BROKEN") >= PAUSE_S


def test_calls_to_a_vendor_are_timed_by_how_they_end() -> None:
    def count(outcome: str) -> float | None:
        labels = {"vendor": "toy", "outcome": outcome}
        return WORK.get_sample_value("mp4totext_vendor_seconds_count", labels)

    count_with(Counted())
    with vendor_call("toy"):
        pass
    with pytest.raises(ValueError, match="busy"), vendor_call("toy"):
        raise ValueError("busy")
    assert (count("ok"), count("ValueError")) == (1, 1)


def test_metrics_have_a_port_of_their_own() -> None:
    registry = CollectorRegistry()
    Counter("toys_total", "Toys", registry=registry).inc(3)
    port = free_port()
    stop = serve_metrics(registry, host="127.0.0.1", port=port)
    try:
        assert "toys_total 3.0" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
    finally:
        stop()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            serve_metrics(registry, host="127.0.0.1", port=taken.getsockname()[1])


def test_without_children_the_process_itself_is_read(tmp_path: Path) -> None:
    assert work_registry(None) is WORK
    assert list(work_registry(tmp_path).collect()) == []


def test_a_worker_counts_in_an_empty_folder_and_removes_those_of_the_dead(tmp_path: Path) -> None:
    settings = Settings(app=AppSettings(app_env="test", data_dir=tmp_path))
    dead = settings.work_dir / "metrics-4194304"  # above the largest process id of Linux
    dead.mkdir(parents=True)
    own = _counted(settings)
    (own / "counter_1.db").touch()
    assert not dead.exists()
    assert list(_counted(settings).iterdir()) == []


def test_a_command_on_one_machine_loads_nothing_to_count_with() -> None:
    program = """
import sys
import mp4totext.jobs.runner, mp4totext.providers.http_client
from mp4totext.kit.counts import counts, vendor_call
counts().job_ended("transcribe", "succeeded", "", took_s=1.0)
counts().transcribed("moonshine", length_s=1.0)
with vendor_call("toy"):
    pass
assert "prometheus_client" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_jobs_and_audio_are_counted_where_somebody_reads_it() -> None:
    counted = Counted()
    # Names of their own: other tests of this process count their toys.
    counted.job_ended("counted", "failed", "internal", took_s=2.0)
    counted.transcribed("counted", length_s=3.5)
    labels = {"operation": "counted", "outcome": "failed"}
    ended = WORK.get_sample_value("mp4totext_jobs_ended_total", {**labels, "code": "internal"})
    took = WORK.get_sample_value("mp4totext_job_seconds_sum", labels)
    audio = WORK.get_sample_value("mp4totext_audio_seconds_total", {"engine": "counted"})
    assert (ended, took, audio) == (1, 2, 3.5)
