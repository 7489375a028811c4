import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from mp4totext.runtime import Runtime
from mp4totext.settings import EngineSettings
from tests.conftest import settings_for
from tests.support.in_process_service import ApiUser
from tests.support.openai_service import Served, key_of, served_on_a_port


@pytest.fixture(scope="package")
def served(
    empty_database: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("openai")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    engines = EngineSettings(models_dir=models_dir)
    with served_on_a_port(
        Runtime(settings_for(folder).model_copy(update={"engines": engines}))
    ) as served:
        yield served


@pytest.fixture
def user(served: Served) -> Iterator[ApiUser]:
    yield served.harness.new_user()
    assert served.harness.audit() == []


@pytest.fixture
def client(served: Served, user: ApiUser) -> Iterator[OpenAI]:
    with OpenAI(
        api_key=key_of(user), base_url=f"{served.url}/v1", max_retries=0, timeout=60
    ) as client:
        yield client
