"""A service with accounts, recordings, and a worker that does one thing at a time."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.credits import ledger, prices
from mp4totext.credits.money import to_uc
from mp4totext.credits.prices import ModelPrice
from mp4totext.jobs import runner
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.kit.queue import QUEUES
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.versions import transcript_to_json
from tests.conformance.server import Server
from tests.conformance.text_apis import TextApi
from tests.conftest import Account, account_for, app_for, settings_for
from tests.support.text_vendors import (
    BY_NAME,
    VENDORS,
    Vendor,
    follow_instructions,
    vendor_server,
    with_engines,
)
from tests.support.transcript_builders import transcript

CREDITS = 100_000  # so that no price matters to what is tested

SPOKEN = transcript(
    *(
        "So today we talk about bread and how it is baked at home.",
        "First weigh the flour and mix it with warm water in a bowl.",
        "The code of the oven is 7319, do not forget that number.",
        "Then the dough has to rise for an hour under a towel.",
        "I will send the recipe to Maria by Friday, she asked for it.",
        "Bake the bread for forty minutes until the crust is dark and hollow.",
        "Let the loaf cool on a rack because warm bread cannot be sliced.",
        "Next week we will bake rye bread with a starter and more salt.",
        "Thank you all for coming and good luck with the bread at home.",
        "And please write to me when the loaf did not rise as it should.",
    )
)


@dataclass
class Service:
    runtime: Runtime
    client: TestClient
    user: Account

    def record(self, spoken: Transcript = SPOKEN, *, user: Account | None = None) -> str:
        """A finished transcription."""
        at, key = now(), new_id("trn")
        with self.runtime.database.write() as session:
            session.add(
                Transcription(
                    id=key,
                    user_id=(user or self.user).id,
                    title="Bread",
                    filename="bread.wav",
                    duration_ms=spoken.duration_ms,
                    options={},
                    language=spoken.language,
                    version=1,
                    created_at=at,
                    updated_at=at,
                )
            )
            session.flush()
            session.add(
                TranscriptVersion(
                    transcription_id=key,
                    number=1,
                    job_id="job_1",
                    engine="test",
                    model="",
                    language=spoken.language,
                    word_count=1,
                    created_at=at,
                    recognised=transcript_to_json(spoken),
                    text=spoken.text,
                )
            )
        return key

    def ask(self, recording: str, kind: str, status: int = 202, **body: Any) -> dict[str, Any]:
        answer = self.client.post(
            f"/api/v1/transcriptions/{recording}/texts",
            json={"kind": kind, "options": OPTIONS.get(kind, {}), **body},
            headers=self.user.headers,
        )
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def worker(self, **engines: Any) -> Worker:
        """``engines``: settings that only this worker has."""
        runtime = self.runtime
        if engines:
            runtime = Runtime(with_engines(runtime.settings, **engines))
        return Worker(runtime=runtime, operations=OPERATIONS, name="test", queues=QUEUES)

    def work(self, **engines: Any) -> None:
        """Until nothing is left that can be done now."""
        worker = self.worker(**engines)
        while runner.work_once(worker):
            pass
        if engines:
            worker.runtime.close()

    def work_again(self, accepted: dict[str, Any]) -> None:
        """As when the pause that a busy vendor asked for is over."""
        with self.runtime.database.write() as session:
            session.get_one(Job, accepted["task_id"]).not_before = now()
        self.work()

    def cancel(self, accepted: dict[str, Any]) -> None:
        answer = self.client.post(
            f"/api/v1/jobs/{accepted['task_id']}/cancel", headers=self.user.headers
        )
        assert answer.status_code == 200, answer.text

    def job(self, accepted: dict[str, Any]) -> Job:
        with self.runtime.database.read() as session:
            return session.get_one(Job, accepted["task_id"])

    def text(self, accepted: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.get(
            f"/api/v1/transcriptions/{accepted['transcription_id']}/texts/{accepted['id']}",
            headers=self.user.headers,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def held_and_spent(self) -> tuple[int, int]:
        """In micro-credits; the ledger agrees with itself."""
        with self.runtime.database.read() as session:
            assert ledger.audit(session) == []
            here = ledger.balance(session, self.user.id)
            return here.held_uc, to_uc(CREDITS) - here.balance_uc

    @contextmanager
    def moves(self, *, held_uc: int = 0, spent_uc: int = 0) -> Iterator[None]:
        """What the block does to the account."""
        held, spent = self.held_and_spent()
        yield
        assert self.held_and_spent() == (held + held_uc, spent + spent_uc)


@dataclass
class Bench:
    """A service with one vendor."""

    vendor: Vendor
    server: Server
    api: TextApi
    service: Service

    @property
    def wanted(self) -> dict[str, str]:
        return {"provider": self.vendor.name, "model": self.vendor.model}


OPTIONS: dict[str, dict[str, Any]] = {
    "translate": {"target": "de"},
    "custom": {"prompt": "Write a poem about it."},
    "questions": {"questions": ["Which?"]},
}


def service_of(settings: Settings, empty_database: Path) -> Service:
    runtime = Runtime(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(empty_database, settings.data_dir / "mp4totext.db")
    own = BY_NAME["openai-compatible"]
    user = account_for(runtime, "user@example.com")
    with runtime.database.write() as session:
        price = ModelPrice(
            provider=own.name,
            model=own.model,
            multiplier_milli=int(Decimal(own.multiplier) * 1000),
            per_1000_chars_uc=to_uc(own.rate),
        )
        prices.set_model_price(session, price, active=True)
        more_uc = to_uc(CREDITS - 100)
        ledger.grant(session, user_id=user.id, amount_uc=more_uc, key="test", reason="admin")
    return Service(runtime=runtime, client=TestClient(app_for(runtime)), user=user)


@pytest.fixture(scope="module", params=VENDORS, ids=lambda vendor: vendor.name)
def each_bench(
    request: pytest.FixtureRequest, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """One a vendor and module: tests leave no open job behind."""
    vendor: Vendor = request.param
    with vendor_server(vendor, follow_instructions) as (server, api):
        base = settings_for(tmp_path_factory.mktemp("service"))
        service = service_of(vendor.settings(base, server), empty_database)
        yield Bench(vendor, server, api, service)
        service.runtime.close()


@pytest.fixture
def bench(each_bench: Bench) -> Bench:
    """The vendor as if nothing had been asked of it."""
    each_bench.api.responder = follow_instructions
    each_bench.api.between_s = 0
    each_bench.api.asked.clear()
    each_bench.server.received.clear()
    each_bench.server.next.clear()
    return each_bench


@pytest.fixture
def serve(empty_database: Path) -> Iterator[Callable[[Settings], Service]]:
    made: list[Service] = []

    def make(settings: Settings) -> Service:
        made.append(service_of(settings, empty_database))
        return made[-1]

    yield make
    for service in made:
        service.runtime.close()


@pytest.fixture(scope="module")
def refusing(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Without any vendor, for tests that change nothing."""
    made = service_of(settings_for(tmp_path_factory.mktemp("service")), empty_database)
    yield made
    made.runtime.close()


@pytest.fixture
def service(serve: Callable[[Settings], Service], settings: Settings) -> Service:
    """Without any vendor."""
    return serve(settings)
