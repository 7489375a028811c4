"""Statistics for administrators, by day."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mp4totext.kit.clock import now
from tests.support.owned_objects import API, RunningApp, run_app_in


@pytest.fixture
def running(empty_database: Path, tmp_path: Path) -> Iterator[RunningApp]:
    with run_app_in(tmp_path, empty_database) as running:
        yield running


def test_today_is_last_and_days_without_anything_are_there(running: RunningApp) -> None:
    owner, admin = running.owner(), running.new_account("admin", admin=True)
    assert owner["transcription_id"]  # a minute, transcribed and paid
    path = f"{API}/admin/stats/days"
    answer = running.client.get(path, params={"days": 3}, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    *before, today = answer.json()
    assert [day["day"] for day in before] == [
        (now() - timedelta(days=back)).date().isoformat() for back in (2, 1)
    ]
    assert all((day["jobs"], day["audio_hours"], day["credits"]) == (0, 0, 0) for day in before)
    balance = running.client.get(f"{API}/credits/balance", headers=owner.account.headers).json()
    history = running.client.get(f"{API}/credits/history", headers=owner.account.headers).json()
    given = sum(entry["amount"] for entry in history["items"] if entry["kind"] == "grant")
    assert today["credits"] == pytest.approx(given - balance["balance"])
    assert today["credits"] > 0
    assert (today["jobs"], today["audio_hours"]) == (1, 0.02)
    more = running.client.get(path, headers=admin.headers)
    assert len(more.json()) == 30
