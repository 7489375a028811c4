"""Jobs while the database, the storage or a vendor fails, or a disk is full."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mp4totext.jobs import leases
from mp4totext.jobs.models import JobState
from mp4totext.kit import db
from mp4totext.kit.clock import now
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.providers.errors import ProviderBusy, ProviderUnreachable
from tests.conftest import Account
from tests.support.toy_operation import HELD_UC, Spine, raising

AWAY = OperationalError("SELECT 1", {}, Exception("server closed the connection"))


def test_a_long_host_name_has_its_own_lease() -> None:
    long = "worker:mp4totext-worker-7d9f8b6c5d-x2x4z-and-more"
    names = {leases.name_of(f"{long}:{pid}") for pid in (7, 8)}
    assert len(names) == 2
    assert all(len(name) <= 40 and name.startswith("worker:") for name in names)
    assert leases.name_of("worker:vm:7") == "worker:vm:7"


@pytest.mark.parametrize("error", [AWAY, InterfaceError("", {}, Exception()), PoolTimeout()])
def test_an_absent_database_is_answered_503(
    client: TestClient, user: Account, error: Exception
) -> None:
    with patch.object(db.Database, "read", side_effect=error):
        answer = client.get("/api/v1/jobs", headers=user.headers)
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unavailable"
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    "error", [AWAY, StorageUnavailable("away"), OSError(28, "No space left on device")]
)
def test_an_outage_of_storage_or_disk_uses_no_retries(spine: Spine, error: Exception) -> None:
    user = spine.user()
    spine.toy.act = raising(error)
    job = spine.submit(user)
    for pause_s in (2, 4, 8, 16, 32):  # more than the two retries it has
        pause, began = timedelta(seconds=pause_s), now()
        assert spine.work()
        not_before = spine.job(job.id).not_before
        assert not_before is not None
        assert began + pause <= not_before <= now() + pause
        spine.change(job.id, not_before=None)
    assert spine.job(job.id).state == JobState.QUEUED
    assert spine.available_and_held(user)[1] == HELD_UC
    spine.toy.act = raising(ProviderUnreachable("No route to the vendor."))
    assert spine.work()  # it still has all of its retries
    assert (spine.job(job.id).state, spine.job(job.id).retries) == (JobState.QUEUED, 1)


def test_polling_a_vendor_uses_no_retries(spine: Spine) -> None:
    spine.toy.act = raising(ProviderBusy("It works on it.", code="in_progress", retry_after_s=5))
    job = spine.submit(spine.user())
    spine.work()
    row = spine.job(job.id)
    assert (row.state, row.error_code, row.retries) == (
        JobState.QUEUED,
        "in_progress",
        0,
    )
