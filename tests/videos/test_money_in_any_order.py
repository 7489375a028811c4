"""The ledger is right after each order, repeat, cancel, retry and failure, in any order.

At the end everybody has paid for what was delivered.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from mp4totext.credits import ledger
from mp4totext.credits.models import CreditEntry, CreditHold, HoldState
from mp4totext.jobs import runner
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.models import ENDED, Job, JobState, WebhookTarget
from mp4totext.kit.queue_names import QUEUES
from tests.conformance.text_apis import ModelAnswer
from tests.support.scene_models import planner
from tests.support.studios import PICTURES, PLANNER, VOICE, Studio, studio_in
from tests.support.transcript_builders import transcript
from tests.videos.test_money import WITHOUT_FRAMES

SHORT = transcript("We bake bread at home today.", "Then it has to cool on a rack.")
STEPS = 16


@pytest.fixture(scope="module")
def studio(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with studio_in(tmp_path_factory.mktemp("studio"), empty_database) as studio:
        yield studio


@dataclass
class Customer:
    """One account that does one thing after the other."""

    studio: Studio
    chance: random.Random
    recording_id: str
    orders: list[tuple[str, Any, str, Any]] = field(default_factory=list)  # and their answers

    def __post_init__(self) -> None:
        self.worker = Worker(
            runtime=self.studio.service.runtime,
            operations=WITHOUT_FRAMES,
            name="test",
            queues=QUEUES,
        )

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.studio.service.client.request(
            method,
            f"/api/v1{path}",
            json=body,
            headers={**self.studio.service.user.headers, **headers},
        )

    def order(self) -> None:
        path, body = self.chance.choice(
            [
                ("/videos/generate", self._slides(pictures={"provider": PICTURES.name})),
                ("/videos/generate", self._slides(planner=PLANNER)),
                ("/videos/plan", self._slides(planner=PLANNER)),
                ("/images/generate", {"prompt": "Bread", "n": 2, "provider": PICTURES.name}),
                ("/voices/say", {"text": f"Bread, {self.chance.random()} loaves.", **self._voice}),
            ]
        )
        self._send(path, body, f"order-{self.chance.random()}")

    def _slides(self, **more: Any) -> dict[str, Any]:
        return {"transcription_id": self.recording_id, "preset": "slideshow", **more}

    @property
    def _voice(self) -> dict[str, str]:
        return {"provider": VOICE.name, "voice": VOICE.voice}

    def _send(self, path: str, body: Any, key: str) -> None:
        answer = self.call("POST", path, body, **{"Idempotency-Key": key})
        assert answer.status_code in (201, 202), answer.text
        self.orders.append((path, body, key, answer.json()))

    def render_again(self) -> None:
        """Whatever state the video is in."""
        videos = [answer["id"] for path, *_, answer in self.orders if path.startswith("/videos")]
        if videos:
            video = self.call("GET", f"/videos/{self.chance.choice(videos)}").json()
            path = f"/videos/{video['id']}/render"
            answer = self.call("POST", path, {"revision": video["revision"]})
            assert answer.status_code in (202, 409), answer.text

    def repeat(self) -> None:
        """The same request has the same answer and holds nothing more."""
        if self.orders:
            path, body, key, first = self.chance.choice(self.orders)
            before = self.held()
            again = self.call("POST", path, body, **{"Idempotency-Key": key}).json()
            assert (again["id"], self.held()) == (first["id"], before)

    def cancel(self) -> None:
        self._of_a_job("cancel")

    def retry(self) -> None:
        self._of_a_job("retry")

    def _of_a_job(self, what: str) -> None:
        jobs = self.jobs()
        if jobs:
            answer = self.call("POST", f"/jobs/{self.chance.choice(jobs).id}/{what}")
            assert answer.status_code in (200, 202, 409), answer.text

    def work(self) -> None:
        runner.work_once(self.worker)

    def vendors_fail(self) -> None:
        painter, server = self.studio.painter, self.studio.painter_server
        match self.chance.randrange(3):
            case 0:
                server.fail(painter.refusal(400, "No.", "moderation_blocked"))
            case 1:
                self.studio.model.model = lambda _: ModelAnswer("Sorry.")
            case 2:
                self.studio.model.model = planner()

    def jobs(self) -> list[Job]:
        with self.studio.service.runtime.database.read() as session:
            mine = Job.user_id == self.studio.service.user.id
            return list(session.scalars(select(Job).where(mine).order_by(Job.id)))

    def held(self) -> int:
        with self.studio.service.runtime.database.read() as session:
            total = select(func.sum(CreditHold.amount_uc)).where(
                CreditHold.user_id == self.studio.service.user.id,
                CreditHold.state == HoldState.HELD,
            )
            return session.scalar(total) or 0

    def paid(self, job: Job) -> int:
        with self.studio.service.runtime.database.read() as session:
            of_job = select(func.sum(CreditEntry.amount_uc)).where(CreditEntry.job_id == job.id)
            return -(session.scalar(of_job) or 0)

    def audit(self) -> list[str]:
        with self.studio.service.runtime.database.read() as session:
            return ledger.audit(session)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_ledger_is_right_after_any_step(studio: Studio, seed: int) -> None:
    studio.reset()
    customer = Customer(studio, random.Random(seed), studio.record(SHORT))
    hook = {"url": "https://receiver.example/"}
    assert customer.call("POST", "/webhooks", hook).status_code == 201
    with studio.service.runtime.database.write() as session:
        # Where such a name leads to: messages fail at once, and may be retried.
        session.execute(update(WebhookTarget).values(url="http://127.0.0.1:9/"))
    steps: dict[Callable[[], None], int] = {
        customer.order: 5, customer.work: 6, customer.cancel: 3, customer.retry: 3,
        customer.repeat: 2, customer.render_again: 2, customer.vendors_fail: 2,
    }  # fmt: skip
    for step in customer.chance.choices(list(steps), list(steps.values()), k=STEPS):
        step()
        assert customer.audit() == []
        waiting = sum(job.held_uc for job in customer.jobs() if job.state not in ENDED)
        assert customer.held() == waiting, step.__name__
    studio.reset()
    studio.work(WITHOUT_FRAMES)
    assert (customer.held(), customer.audit()) == (0, [])
    jobs = customer.jobs()
    assert {JobState.SUCCEEDED, JobState.FAILED} <= {JobState(job.state) for job in jobs}
    for job in jobs:
        assert job.state in ENDED
        assert customer.paid(job) == (job.charged_uc or 0) <= job.held_uc
        if job.state != JobState.SUCCEEDED:
            assert not job.charged_uc, job.operation
