"""The service on a real port with a worker, and requests of OpenAI's client."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI
from openai import OpenAI

from mp4totext.jobs.models import Job
from mp4totext.runtime import Runtime
from tests.conftest import app_for
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.waiting import until

SPOKEN = "I think that America"  # in FOUR_SECONDS


@dataclass(frozen=True, kw_only=True)
class Served:
    harness: Harness
    app: FastAPI
    url: str  # without a path


@contextmanager
def served_on_a_port(runtime: Runtime) -> Iterator[Served]:
    """Serve the API on a port, with a worker that runs the jobs of waiting requests."""
    app = app_for(runtime)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    harness = Harness(runtime, client=None)  # type: ignore[arg-type]
    yield Served(harness=harness, app=app, url=f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join(timeout=10)


@contextmanager
def worker(harness: Harness) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            if not harness.work():
                stop.wait(0.02)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=30)


def jobs_of(harness: Harness, user: ApiUser) -> list[Job]:
    with harness.runtime.database.read() as session:
        return list(session.query(Job).filter(Job.user_id == user.account.id))


def key_of(user: ApiUser) -> str:
    return user.account.headers["Authorization"].removeprefix("Bearer ")


def transcribe(client: OpenAI, **more: Any) -> Any:
    more = {"model": "whisper-1", **more}
    with recording(FOUR_SECONDS).open("rb") as file:
        return client.audio.transcriptions.create(file=file, **more)
