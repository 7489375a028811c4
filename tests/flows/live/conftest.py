"""A service with room for three live sessions; workers come with ``worker``."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.providers import registry
from mp4totext.runtime import Runtime
from mp4totext.settings import EngineSettings, LiveSettings
from tests.conftest import app_for, settings_for
from tests.support.in_process_service import Harness
from tests.support.live_speaker import live_worker


@contextmanager
def made_world(
    folder: Path, empty_database: Path, models_dir: Path, **live: Any
) -> Iterator[Harness]:
    """With the hub that delivers events; workers come with ``listening``."""
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    settings = settings_for(folder).model_copy(
        update={
            "engines": EngineSettings(models_dir=models_dir),
            "live": LiveSettings(**live),
        }
    )
    runtime = Runtime(settings)
    with TestClient(app_for(runtime)) as client:
        harness = Harness(runtime, client)
        registry.live_engine("moonshine", settings).load()
        yield harness


@pytest.fixture(scope="session")
def harness(
    empty_database: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Harness]:
    folder = tmp_path_factory.mktemp("live")
    limits = {"live_sessions": 3, "live_hold_s": 10, "live_start_s": 2}
    with made_world(folder, empty_database, models_dir, **limits) as harness:
        yield harness


@pytest.fixture
def worker(harness: Harness) -> Iterator[None]:
    with live_worker(harness):
        yield
