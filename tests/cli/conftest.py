"""An empty folder with a recording, and settings of its own, for each test."""

import logging
import shutil
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.support.command_line import BECKETT


@pytest.fixture(scope="session")
def models(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    return shutil.copytree(models_dir, folder, symlinks=True, dirs_exist_ok=True)


@pytest.fixture(autouse=True)
def here(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch, restored_logs: None
) -> Path:
    """An empty current folder, and settings of this test's own."""
    (tmp_path / "here").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in ("DATABASE_URL", "REDIS_HOST", "CELERY_BROKER_URL", "MINIO_ENDPOINT", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MODELS_DIR", str(models))
    monkeypatch.setenv("BCRYPT_ROUNDS", "4")
    monkeypatch.setenv("APP_ENV", "test")
    return tmp_path / "here"


@pytest.fixture
def restored_logs() -> Iterator[None]:
    """A command configures logging, warnings and SIGTERM for its whole process: this one."""
    root = logging.getLogger()
    handlers, level, config = list(root.handlers), root.level, structlog.get_config()
    on_term = signal.getsignal(signal.SIGTERM)
    with warnings.catch_warnings():
        yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**config)
    signal.signal(signal.SIGTERM, on_term)


@pytest.fixture
def talk(here: Path) -> Path:
    return Path(shutil.copy(BECKETT, here / "talk.wav"))
