"""What a job does while the database, the storage or a vendor does not answer."""

from typing import Any
from unittest.mock import patch

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mp4totext.jobs import claims, runner
from mp4totext.jobs.context import Context
from mp4totext.jobs.models import JobState
from mp4totext.kit import db
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.providers.errors import ProviderBusy
from tests.conftest import Account
from tests.jobs.toy import Spine, ToyParams

AWAY = OperationalError("SELECT 1", {}, Exception("server closed the connection"))


def test_a_long_host_name_has_a_lease_of_its_own() -> None:
    long = "worker:mp4totext-worker-7d9f8b6c5d-x2x4z-and-more"
    names = {claims.lease_name(f"{long}:{pid}") for pid in (7, 8)}
    assert len(names) == 2
    assert all(len(name) <= 40 and name.startswith("worker:") for name in names)
    assert claims.lease_name("worker:vm:7") == "worker:vm:7"


@pytest.mark.parametrize("error", [AWAY, InterfaceError("", {}, Exception()), PoolTimeout()])
def test_an_absent_database_is_answered_503(
    client: TestClient, user: Account, error: Exception
) -> None:
    with patch.object(db.Database, "read", side_effect=error):
        answer = client.get("/api/v1/jobs", headers=user.headers)
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unavailable"
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize("error", [AWAY, StorageUnavailable("it is away")])
def test_absence_uses_up_no_tries(error: Exception) -> None:
    code, _, wait_s = runner._explained(error)
    assert (code, wait_s) == (runner.UNAVAILABLE, 0.0)


def test_asking_again_whether_a_vendor_has_finished_uses_up_no_tries(spine: Spine) -> None:
    def act(_params: ToyParams, _ctx: Context) -> Any:
        raise ProviderBusy("It works on it.", code="in_progress", retry_after_s=5)

    spine.toy.act = act
    job = spine.submit(spine.user())
    spine.work()
    found = spine.job(job.id)
    assert (found.state, found.error_code, found.retries) == (JobState.QUEUED, "in_progress", 0)
