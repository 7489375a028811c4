"""An operation for tests, and a runtime to run it on. Everything but its work is real."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from mp4totext.auth import service as auth
from mp4totext.credits import ledger
from mp4totext.credits.models import CreditEntry
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote
from mp4totext.events import log as event_log
from mp4totext.events.log import Event
from mp4totext.jobs import runner, service
from mp4totext.jobs.context import Context
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job, JobState
from mp4totext.jobs.operation import Divisible
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.kit.queue_names import QUEUES, Priority
from mp4totext.runtime import Runtime

MAIN = Line(key="toy", quantity_milli=1000, amount_uc=1_000_000)
EXTRA = Line(key="extra", quantity_milli=1000, amount_uc=500_000, optional=True)
HELD_UC = 1_500_000

_numbers = count(1)
Result = TypeVar("Result")


class ToyParams(BaseModel):
    name: str = ""
    limit_s: int = 60
    queue_name: str | None = None


def raising(error: Exception) -> Callable[[ToyParams, Context], Any]:
    """The ``act`` of an operation that always raises ``error``."""

    def act(_params: ToyParams, _ctx: Context) -> None:
        raise error

    return act


@dataclass
class Toy(Divisible[ToyParams, Any, dict[str, Any], Any]):
    """Calls ``act``, which the test sets, and charges for the keys that it returns."""

    act: Callable[[ToyParams, Context], Any] = lambda _params, _ctx: ("toy", "extra")
    act_part: Callable[[dict[str, Any], Context], Any] = lambda part, _ctx: part
    saves: list[Any] = field(default_factory=list)
    on_save: Callable[[Session], None] = lambda _session: None
    on_publish: Callable[[Session, JobView], None] = lambda _session, _job: None
    name = "toy"
    params = ToyParams
    part = dict[str, Any]
    part_result = object
    passing_events = frozenset({"text_delta"})

    def queue(self, params: ToyParams) -> str | None:
        return params.queue_name

    def time_limit_s(self, params: ToyParams) -> int:
        return params.limit_s

    def quote(self, params: ToyParams, prices: PriceList) -> Quote:
        return Quote(lines=(MAIN, EXTRA))

    def run(self, params: ToyParams, ctx: Context) -> Any:
        return self.act(params, ctx)

    def run_part(self, params: ToyParams, part: dict[str, Any], ctx: Context) -> Any:
        return self.act_part(part, ctx)

    def save(self, session: Session, job: JobView, result: Any) -> tuple[Line, ...]:
        self.on_save(session)
        self.saves.append(result)
        return tuple(line for line in job.quote if line.key in result)

    def publish(self, session: Session, job: JobView, result: Any) -> None:
        self.on_publish(session, job)


@dataclass
class Spine:
    """A runtime with the toy operation, and shortcuts for assertions."""

    runtime: Runtime
    toy: Toy = field(default_factory=Toy)
    intervals: dict[str, float] = field(default_factory=dict)  # of its workers

    def user(self) -> str:
        email = f"spine{next(_numbers)}@example.com"
        return auth.register(self.runtime, email=email, password="correct horse battery").id

    def submit(
        self, user_id: str, *, priority: Priority = "default", metered: bool = True, **params: Any
    ) -> Job:
        with self.runtime.database.write() as session:
            return service.submit(
                session,
                operation=self.toy,
                params=ToyParams(**params),
                user_id=user_id,
                metered=metered,
                priority=priority,
            )

    def queued(self, user_id: str, how_many: int, **values: Any) -> list[str]:
        """Insert queued rows directly, for tests of the order of many jobs."""
        at = now()
        rows = [
            Job(
                id=new_id("job"),
                user_id=user_id,
                operation="toy",
                params={},
                metered=False,
                queue="default",
                priority=1,
                time_limit_s=60,
                prices={},
                quote=[],
                held_uc=0,
                warnings=[],
                created_at=at,
                queued_at=at,
            )
            for _ in range(how_many)
        ]
        for row in rows:
            for name, value in values.items():
                setattr(row, name, value)
        ids = sorted(row.id for row in rows)
        with self.runtime.database.write() as session:
            session.add_all(rows)
        return ids

    def worker(self, name: str = "w1", **more: Any) -> Worker:
        options = {**self.intervals, **more}
        return Worker(
            runtime=self.runtime, operations={"toy": self.toy}, name=name, queues=QUEUES, **options
        )

    def work(self, name: str = "w1", **more: Any) -> bool:
        return runner.work_once(self.worker(name, **more))

    def in_thread(self, name: str = "w2", **more: Any) -> threading.Thread:
        thread = threading.Thread(target=lambda: self.work(name, **more), daemon=True)
        thread.start()
        return thread

    def job(self, job_id: str) -> Job:
        with self.runtime.database.read() as session:
            return session.get_one(Job, job_id)

    def change(self, job_id: str, **values: Any) -> None:
        with self.runtime.database.write() as session:
            session.execute(update(Job).where(Job.id == job_id).values(**values))

    def cancel(self, job_id: str) -> None:
        with self.runtime.database.write() as session:
            service.cancel(session, session.get_one(Job, job_id))

    def in_transaction(self, work: Callable[[Session], Result]) -> Result:
        with self.runtime.database.write() as session:
            return work(session)

    def waits_for_a_lock(self) -> bool:
        """Whether a transaction of PostgreSQL waits for another."""
        statement = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        with self.runtime.database.read() as session:
            return bool(session.scalar(text(statement)))

    def available_and_held(self, user_id: str) -> tuple[int, int]:
        """The available and the held amount, in micro-credits."""
        with self.runtime.database.read() as session:
            balance = ledger.balance(session, user_id)
        return balance.available_uc, balance.held_uc

    def entries(self, user_id: str) -> list[str]:
        statement = select(CreditEntry.kind).where(CreditEntry.user_id == user_id)
        with self.runtime.database.read() as session:
            return list(session.scalars(statement.order_by(CreditEntry.id)))

    def events(self, user_id: str) -> list[Event]:
        with self.runtime.database.read() as session:
            return event_log.since(session, user_id=user_id, seq=0)

    def is_running(self, job_id: str) -> bool:
        return self.job(job_id).state == JobState.RUNNING

    def workdirs(self) -> list[str]:
        folder = self.runtime.settings.work_dir
        return [path.name for path in folder.glob("*/jobs/*")]

    def expire_lease(self, job_id: str, at: datetime | None = None) -> None:
        """Expire the lease, as if its worker had died a while ago."""
        self.change(job_id, lease_until=at or now().replace(year=2020))
