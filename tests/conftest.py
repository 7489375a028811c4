"""Fixtures for all tests: settings, a database, the service, accounts."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient

from mp4totext import migrations
from mp4totext.app import create_app
from mp4totext.auth import service
from mp4totext.auth.models import Role
from mp4totext.kit.db import Database
from mp4totext.providers import registry
from mp4totext.providers.speech import moonshine_files
from mp4totext.runtime import Runtime
from mp4totext.settings import (
    AppSettings,
    AuthSettings,
    BrokerSettings,
    DatabaseSettings,
    Settings,
    StorageSettings,
)

pytest_plugins = [
    "tests.support.quick_collection",
    "tests.support.remembered_networks",
    "tests.support.server_fixtures",
    "tests.support.set_clock",
    "tests.support.slow_tests",
    "tests.support.spine_fixtures",
    "tests.support.xdist_scheduling",
]

# Most tests expect the small engine to be alone: what `auto` chooses must not depend on whether the
# larger model could be fetched. Those of that model name its folder (tests.support.whisper_base).
os.environ["BUNDLED_MODELS_DIR"] = str(Path(__file__).parent / "no-models")  # noqa: TID251

PASSWORD = "correct horse battery"
SECRET = "nX7qkR2vLw9sTz4bYc8mJd3fHg6pVa1eUoQi5W0x"


@dataclass(frozen=True, kw_only=True)
class Account:
    """A registered user with an open login."""

    id: str
    email: str
    access_token: str
    refresh_token: str
    password: str = PASSWORD

    @property
    def headers(self) -> dict[str, str]:
        return auth_headers(self.access_token)


def auth_headers(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


def settings_for(folder: Path, **auth: Any) -> Settings:
    """Nothing from the environment: SQLite and no Redis in ``folder``, cheap hashes, no limits."""
    defaults: dict[str, Any] = {
        "bcrypt_rounds": 4,
        "rate_limit_enabled": False,
        "jwt_secret": None,
    }
    return Settings(
        app=AppSettings(app_env="test", data_dir=folder, secret_key=SECRET),
        auth=AuthSettings(**(defaults | auth)),
        broker=BrokerSettings(redis_host=None, celery_broker_url=None),
        database=DatabaseSettings(database_url=None),
        storage=StorageSettings(minio_endpoint=None),
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


@pytest.fixture(scope="module", autouse=True)
def models_of_a_module() -> Iterator[None]:
    """Tests have folders of their own, so they share no models, which would fill the memory."""
    yield
    registry.forget()


@pytest.fixture(scope="session")
def shared_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all processes of a test session."""
    base = tmp_path_factory.getbasetemp()
    # xdist's processes have folders of their own below it.
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def models_dir(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder of this process, with the decoders that are derived once in a session."""
    derived = shared_folder / "derived"
    moonshine_files.prepare(derived)
    folder = tmp_path_factory.mktemp("models")
    for model in derived.iterdir():
        (folder / model.name).symlink_to(model)
    return folder


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file made by the real migrations, copied for each test because that is quicker."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    database = Database(f"sqlite:///{path}")
    migrations.upgrade(database)
    database.close()
    return path


@pytest.fixture
def make_runtime(empty_database: Path) -> Iterator[Callable[[Settings], Runtime]]:
    """For tests with settings of their own."""
    made: list[Runtime] = []

    def make(settings: Settings) -> Runtime:
        runtime = Runtime(settings)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(empty_database, settings.data_dir / "mp4totext.db")
        made.append(runtime)
        return runtime

    yield make
    for runtime in made:
        runtime.close()


@pytest.fixture
def runtime(settings: Settings, make_runtime: Callable[[Settings], Runtime]) -> Runtime:
    return make_runtime(settings)


_first: list[FastAPI] = []


def app_for(runtime: Runtime, **more: Any) -> FastAPI:
    """An app of its own with the routes and the description of the first one in this process.

    FastAPI prepares all routes at an app's first request, which takes 0.2 s of a core, and a
    description takes 0.6 s. A request still reaches the state of the app that it is sent to.
    """
    app = create_app(runtime=runtime, **more)
    _first.extend([] if _first else [app])
    app.router.routes = list(_first[0].router.routes)
    app.openapi = _first[0].openapi  # type: ignore[method-assign]
    return app


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    return app_for(runtime)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Without the sweeper and the live hub; ``with TestClient(app)`` starts them."""
    client = TestClient(app)
    with start_blocking_portal() as client.portal:  # otherwise each request starts an event loop
        yield client


def account_for(runtime: Runtime, email: str, *, admin: bool = False) -> Account:
    if admin:
        with runtime.database.write() as session:
            user = service.create_account(
                session, email=email, password=PASSWORD, role=Role.ADMIN, rounds=4
            )
    else:
        user = service.register(runtime, email=email, password=PASSWORD)
    tokens = service.log_in(runtime, email=email, password=PASSWORD)
    return Account(
        id=user.id,
        email=user.email,
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
    )


@pytest.fixture
def user(runtime: Runtime) -> Account:
    return account_for(runtime, "user@example.com")


@pytest.fixture
def other_user(runtime: Runtime) -> Account:
    return account_for(runtime, "other@example.com")


@pytest.fixture
def admin(runtime: Runtime) -> Account:
    return account_for(runtime, "admin@example.com", admin=True)
