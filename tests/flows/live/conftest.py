"""A service for three live sessions at once; the fixture ``worker`` runs a worker for it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.providers.speech.table import live_engine
from mp4totext.runtime import Runtime
from mp4totext.settings import EngineSettings, LiveSettings
from tests.conftest import app_for, settings_for
from tests.support.in_process_service import Harness
from tests.support.live_client import live_worker


@contextmanager
def live_service(
    folder: Path, empty_database: Path, models_dir: Path, *, keepalive_s: float = 15, **live: Any
) -> Iterator[Harness]:
    """A service with its event hub, but without a worker: see ``live_worker``."""
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    settings = settings_for(folder)
    settings = settings.model_copy(
        update={
            "app": settings.app.model_copy(update={"stream_keepalive_s": keepalive_s}),
            "engines": EngineSettings(models_dir=models_dir),
            "live": LiveSettings(**live),
        }
    )
    runtime = Runtime(settings)
    with TestClient(app_for(runtime)) as client:
        harness = Harness(runtime, client)
        live_engine("moonshine", settings).load()
        yield harness


@pytest.fixture(scope="session")
def harness(
    empty_database: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Harness]:
    folder = tmp_path_factory.mktemp("live")
    limits = {"live_sessions": 3, "live_hold_s": 10, "live_start_s": 60}
    with live_service(folder, empty_database, models_dir, **limits) as harness:
        yield harness


@pytest.fixture
def worker(harness: Harness) -> Iterator[None]:
    with live_worker(harness):
        yield
