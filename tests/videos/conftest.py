import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mp4totext.runtime import Runtime
from mp4totext.settings import EngineSettings
from tests.conftest import app_for, settings_for
from tests.support.in_process_service import ApiUser, Harness
from tests.support.kokoro import MODELS
from tests.support.studios import Studio, studio_in


@pytest.fixture(scope="session")
def harness(
    empty_database: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Harness]:
    """One service for all tests of videos in a process, so that the engine is loaded once."""
    models = tmp_path_factory.mktemp("models")
    shutil.copytree(models_dir, models, symlinks=True, dirs_exist_ok=True)
    if (MODELS / "kokoro").is_dir():
        (models / "kokoro").symlink_to(MODELS / "kokoro")
    folder = tmp_path_factory.mktemp("data")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    settings = settings_for(folder).model_copy(
        update={"engines": EngineSettings(models_dir=models)}
    )
    runtime = Runtime(settings)
    yield Harness(runtime, TestClient(app_for(runtime)))
    runtime.close()


@pytest.fixture
def user(harness: Harness) -> Iterator[ApiUser]:
    """Someone new; whatever they did, the ledger adds up afterwards."""
    yield harness.new_user()
    assert harness.audit() == []


@pytest.fixture(scope="module")
def open_studio(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with studio_in(tmp_path_factory.mktemp("studio"), empty_database) as studio:
        yield studio


@pytest.fixture
def studio(open_studio: Studio) -> Studio:
    open_studio.reset()
    return open_studio
