"""Thirty requests at once against credits for three, on a real API process."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from mp4totext.credits import ledger
from mp4totext.credits.models import CreditHold
from mp4totext.jobs.models import Job
from mp4totext.transcriptions.models import Transcription
from tests.support.recordings import record
from tests.support.service_processes import Account, Api, service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def test_exactly_as_many_jobs_are_accepted_as_can_be_paid(tmp_path: Path) -> None:
    recording = record(tmp_path / "minute.m4a", seconds=60, speech_s=5).read_bytes()
    with service(tmp_path / "service") as made, made.api() as api:
        account = made.account(api)
        with made.runtime.database.write() as session:
            here = ledger.balance(session, account.id)
            three = 3 * _price_uc(api, account)
            ledger.grant(
                session,
                user_id=account.id,
                amount_uc=three - here.balance_uc,
                key="exactly three",
                reason="test",
            )
        with ThreadPoolExecutor(30) as pool:
            statuses = sorted(
                answer.status_code
                for answer in pool.map(lambda _: _submit(api, account, recording), range(30))
            )
        assert statuses == [202] * 3 + [402] * 27
        with made.runtime.database.read() as session:
            for table in (Job, CreditHold, Transcription):
                assert session.scalar(select(func.count()).select_from(table)) == 3
            assert ledger.balance(session, account.id).available_uc == 0
            assert ledger.audit(session) == []
        kept = made.runtime.storage.keys("recordings")
        assert len(kept) == 3, "a refused recording stays nowhere"


def _price_uc(api: Api, account: Account) -> int:
    answer = httpx.post(
        f"{api.url}/api/v1/transcriptions/estimate",
        headers=account.headers,
        json={"duration_ms": 60_000, "options": {"language": "en"}},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    total: float = answer.json()["total"]
    return round(total * 1_000_000)


def _submit(api: Api, account: Account, recording: bytes) -> httpx.Response:
    return httpx.post(
        f"{api.url}/api/v1/transcriptions",
        params={"language": "en"},
        headers=account.headers | {"X-Filename": "minute.m4a"},
        content=recording,
        timeout=90,
    )
