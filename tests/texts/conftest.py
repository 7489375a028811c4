"""A service with an account, recordings, and a worker that runs when a test says so."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.catalogue import service as catalogue
from mp4totext.credits import ledger
from mp4totext.credits.money import to_uc
from mp4totext.jobs import runner
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.kit.queue_names import QUEUES
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.versions import add_version
from tests.conformance.server import Server
from tests.conformance.text_apis import TextApi
from tests.conftest import Account, account_for, app_for, settings_for
from tests.support.text_vendors import (
    BY_NAME,
    VENDORS,
    Vendor,
    compliant_model,
    vendor_server,
    with_engines,
)
from tests.support.transcript_builders import transcript

CREDITS = 100_000  # so that no price matters where it is not tested

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
        """Insert a finished transcription; returns its id."""
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
            add_version(session, key, spoken, number=1, job_id="job_1")
        return key

    def request(self, recording: str, kind: str, status: int = 202, **body: Any) -> dict[str, Any]:
        answer = self.client.post(
            f"/api/v1/transcriptions/{recording}/texts",
            json={"kind": kind, "options": OPTIONS.get(kind, {}), **body},
            headers=self.user.headers,
        )
        assert answer.status_code == status, answer.text
        accepted: dict[str, Any] = answer.json()
        return accepted

    def worker(self, **engines: Any) -> Worker:
        """``engines``: engine settings of this worker alone."""
        runtime = self.runtime
        if engines:
            runtime = Runtime(with_engines(runtime.settings, **engines))
        return Worker(runtime=runtime, operations=OPERATIONS, name="test", queues=QUEUES)

    def work(self, **engines: Any) -> None:
        """Run jobs until none is left that can run now."""
        worker = self.worker(**engines)
        while runner.work_once(worker):
            pass
        if engines:
            worker.runtime.close()

    def work_again(self, accepted: dict[str, Any]) -> None:
        """Run the job as if the pause after a failure were over."""
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

    def text(self, accepted: dict[str, Any], *, html: bool = False) -> dict[str, Any]:
        answer = self.client.get(
            f"/api/v1/transcriptions/{accepted['transcription_id']}/texts/{accepted['id']}",
            params={"html": html},
            headers=self.user.headers,
        )
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def held_and_spent(self) -> tuple[int, int]:
        """The account's held and spent micro-credits; audits the ledger."""
        with self.runtime.database.read() as session:
            assert ledger.audit(session) == []
            balance = ledger.balance(session, self.user.id)
            return balance.held_uc, to_uc(CREDITS) - balance.balance_uc

    @contextmanager
    def moves(self, *, held_uc: int = 0, spent_uc: int = 0) -> Iterator[None]:
        """Assert what the block changes in the account."""
        held, spent = self.held_and_spent()
        yield
        assert self.held_and_spent() == (held + held_uc, spent + spent_uc)


@dataclass
class Bench:
    """A service with one language model vendor."""

    vendor: Vendor
    server: Server
    api: TextApi
    service: Service

    @property
    def choice(self) -> dict[str, Any]:
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
    own_vendor = BY_NAME["openai-compatible"]
    user = account_for(runtime, "user@example.com")
    with runtime.database.write() as session:
        price = {"rate": own_vendor.rate, "multiplier": own_vendor.multiplier}
        catalogue.edit(session, ("text", own_vendor.name, own_vendor.model), price)
        more_uc = to_uc(CREDITS - 100)
        ledger.grant(session, user_id=user.id, amount_uc=more_uc, key="test", reason="admin")
    return Service(runtime=runtime, client=TestClient(app_for(runtime)), user=user)


@pytest.fixture(scope="module", params=VENDORS, ids=lambda vendor: vendor.name)
def vendor_bench(
    request: pytest.FixtureRequest, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """One for each vendor and module. Tests must leave no open job behind."""
    vendor: Vendor = request.param
    with vendor_server(vendor, compliant_model) as (server, api):
        base = settings_for(tmp_path_factory.mktemp("service"))
        service = service_of(vendor.settings(base, server), empty_database)
        yield Bench(vendor, server, api, service)
        service.runtime.close()


@pytest.fixture
def bench(vendor_bench: Bench) -> Bench:
    """The vendor's bench, with its counters reset."""
    vendor_bench.api.model = compliant_model
    vendor_bench.api.between_s = 0
    vendor_bench.api.requests.clear()
    vendor_bench.server.received.clear()
    vendor_bench.server.next.clear()
    return vendor_bench


@pytest.fixture
def serve(empty_database: Path) -> Iterator[Callable[[Settings], Service]]:
    services: list[Service] = []

    def make(settings: Settings) -> Service:
        services.append(service_of(settings, empty_database))
        return services[-1]

    yield make
    for service in services:
        service.runtime.close()


@pytest.fixture(scope="module")
def refusing(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service without a vendor, for tests that change nothing."""
    service = service_of(settings_for(tmp_path_factory.mktemp("service")), empty_database)
    yield service
    service.runtime.close()


@pytest.fixture
def service(serve: Callable[[Settings], Service], settings: Settings) -> Service:
    """A service without a vendor."""
    return serve(settings)
