import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from mp4totext.jobs import service as jobs
from mp4totext.jobs.models import Job, JobState
from mp4totext.jobs.webhooks import WEBHOOK
from mp4totext.kit.fair_slots import FairSlots
from mp4totext.runtime import Runtime
from mp4totext.settings import EngineSettings, IngestSettings, JobSettings
from tests.conftest import app_for, settings_for
from tests.support.in_process_service import ApiUser, Harness


@pytest.fixture(scope="session")
def harness(
    empty_database: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Harness]:
    """One service for all stories of a process, so that the engine is loaded once."""
    folder = tmp_path_factory.mktemp("data")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    settings = settings_for(folder).model_copy(
        update={
            "engines": EngineSettings(models_dir=models_dir),
            "jobs": JobSettings(webhook_allow_private=True),
            "ingest": IngestSettings(
                download_allow_private=True, max_upload_bytes=20_000_000, upload_part_bytes_min=1
            ),
        }
    )
    runtime = Runtime(settings)
    client = TestClient(app_for(runtime))
    # Without its context each of its requests has an event loop of its own, and none is woken by
    # another's end: nobody waits for a place here.
    client.app.state.submission_slots = FairSlots("recordings", total=64, per_user=64, wait_s=120)  # type: ignore[attr-defined]
    yield Harness(runtime, client)
    runtime.close()


@pytest.fixture
def user(harness: Harness) -> Iterator[ApiUser]:
    """Someone new; whatever they did, the ledger adds up afterwards."""
    harness.work()  # of stories before that left something waiting: this one counts its own
    yield harness.new_user()
    assert harness.audit() == []


@pytest.fixture
def other_user(harness: Harness) -> ApiUser:
    return harness.new_user()


@pytest.fixture(autouse=True)
def no_message_of_another_story(request: pytest.FixtureRequest) -> Iterator[None]:
    """Messages to servers that a story has stopped would be tried again in the stories after it."""
    yield
    if "harness" not in request.fixturenames:
        return
    harness: Harness = request.getfixturevalue("harness")
    waiting = select(Job).where(Job.operation == WEBHOOK.name, Job.state == JobState.QUEUED)
    with harness.runtime.database.write() as session:
        for job in session.scalars(waiting):
            jobs.cancel(session, job)
