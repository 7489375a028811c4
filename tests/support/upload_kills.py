"""Kills the API during uploads: each must result in a complete job or in nothing."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
from sqlalchemy import select

from mp4totext.credits import ledger
from mp4totext.credits.models import CreditHold
from mp4totext.jobs.models import Job
from mp4totext.transcriptions.models import Transcription
from tests.support.job_kills import OPTIONS, Outcome
from tests.support.service_processes import Account, Api, Service

SLOW_S = 1.0  # how long sending takes; the probe and the commit follow within a second


def kill_api_while_uploading(
    service: Service, recording: Path, *, runs: int, chance: random.Random
) -> Iterator[Outcome]:
    for _ in range(runs):
        with service.api() as api:
            account = service.account(api, granted=1000)
            sender = threading.Thread(target=_send, args=(api, account, recording), daemon=True)
            sender.start()
            time.sleep(chance.random() * (SLOW_S + 0.8))
            api.process.kill()
            sender.join(30)
        with service.api():  # the next start repairs
            yield _outcome(service, account)


def _send(api: Api, account: Account, recording: Path) -> None:
    body = recording.read_bytes()
    piece = len(body) // 50 + 1

    def slowly() -> Iterator[bytes]:
        for at in range(0, len(body), piece):
            yield body[at : at + piece]
            time.sleep(SLOW_S / 50)

    with suppress(httpx.TransportError):  # it was killed
        httpx.post(
            f"{api.url}/api/v1/transcriptions",
            params=OPTIONS,
            headers=account.headers | {"X-Filename": recording.name},
            content=slowly(),
            timeout=30,
        )


def _outcome(service: Service, account: Account) -> Outcome:
    runtime = service.runtime
    with runtime.database.read() as session:
        recordings = list(session.scalars(select(Transcription)))
        mine = [row for row in recordings if row.user_id == account.id]
        jobs = list(session.scalars(select(Job.id).where(Job.user_id == account.id)))
        holds = list(session.scalars(select(CreditHold).where(CreditHold.user_id == account.id)))
        audit = ledger.audit(session)
    rows = {row.id for row in recordings}
    orphans = {key.split("/")[1] for key in runtime.storage.keys("recordings")} - rows
    work = runtime.settings.work_dir
    left = [str(path.relative_to(work)) for path in work.rglob("*.upload")]
    facts = {
        f"{len(mine)} recordings, {len(jobs)} jobs, {len(holds)} holds": (
            len(mine) == len(jobs) == len(holds) <= 1
        ),
        f"objects without a row {orphans}": not orphans,
        f"left over {left}": not left,
        f"audit {audit}": not audit,
    }
    return Outcome(
        stage="uploading",
        how="api",
        hit="accepted" if mine else "not accepted",
        problems=[problem for problem, holds_true in facts.items() if not holds_true],
    )
