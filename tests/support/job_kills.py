"""Kills a worker or cancels a job at a chosen stage, and checks the invariants afterwards."""

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import httpx
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mp4totext.credits import ledger
from mp4totext.credits.models import CreditEntry, CreditHold, EntryKind, HoldState
from mp4totext.jobs.models import ENDED, Job, JobState, JobStep, PartState
from mp4totext.transcriptions.models import TranscriptVersion
from tests.support.service_processes import Account, Api, Process, Service

STAGES = ("idle", "queued", "claiming", "preparing", "transcribing", "diarizing", "finishing")
TIDIED_WITHIN_S = 5.0  # a job ends a moment before its folder is removed
OPTIONS = {"diarize": "true", "language": "en"}
# A kill comes up to so many seconds after the stage was seen, to hit its end as well.
SPREAD_S = {
    "queued": 0.0,
    "claiming": 0.15,
    "preparing": 0.2,
    "transcribing": 0.4,
    "diarizing": 0.4,
    "finishing": 0.03,
}
LOST_AFTER_S = 30  # no job may be shown as running for longer than its lease and this
GIVE_UP_S = 120
LOOK_EVERY_S = 0.01  # a look takes 2 ms of the processor


@dataclass(frozen=True, kw_only=True)
class JobSnapshot:
    """A job's row and steps at one moment."""

    state: str
    attempt: int
    stage: str | None
    parts: int
    parts_done: int
    parts_running: int
    steps: frozenset[str]

    @property
    def where(self) -> str:
        """The current stage of the job."""
        if self.state != JobState.RUNNING:
            return self.state
        if "diarize" in self.steps:
            return "finishing"
        if self.parts and self.parts_done == self.parts:
            return "diarizing"
        if "prepare" in self.steps:
            return "transcribing"
        return "preparing" if self.stage else "claimed"


@dataclass(kw_only=True)
class Outcome:
    stage: str
    how: str
    hit: str  # the stage in which it really was
    recovered_s: float = 0.0  # from the kill to the end of the attempt that was killed
    problems: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class KillBench:
    """A service with its API, one worker at a time, and an account with credits."""

    snapshot: ClassVar[type[JobSnapshot]] = JobSnapshot

    service: Service
    api: Api
    worker: Process
    account: Account
    recording: Path
    chance: random.Random
    spread_s: Mapping[str, float] = field(default_factory=lambda: SPREAD_S)

    def submit(self) -> str:
        """Submit a recording; return the id of its job."""
        with self.recording.open("rb") as file:
            answer = httpx.post(
                f"{self.api.url}/api/v1/transcriptions",
                headers=self.account.headers,
                data=OPTIONS,
                files={"file": (self.recording.name, file)},
                timeout=60,
            )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    def kill_at(self, stage: str, how: str) -> Outcome:
        """Kill at a stage. ``how``: "worker" for parent and pool, "child" for the pool only."""
        if stage == "idle":  # the job comes after the kill
            died, dead_attempt = self._kill(how), 0
            job_id = self.submit()
        else:
            job_id = self.submit()
            dead_attempt = max(self._wait_for_stage(job_id, stage).attempt, 1)
            died = self._kill(how)
        outcome = Outcome(stage=stage, how=how, hit=self.look(job_id).where)
        outcome.recovered_s = self._until_over(job_id, dead_attempt, died, outcome)
        outcome.problems += self.problems_of(job_id, JobState.SUCCEEDED)
        if how != "child":
            self.service.wait_for_worker(self.worker)
        outcome.problems += self.leftovers()
        return outcome

    def _kill(self, how: str) -> float:
        died = time.monotonic()
        if how == "child":
            self.worker.kill_children()
        else:
            self.worker.kill()
            self.worker = self.service.start_worker()
        return died

    def stop_at(self, stage: str) -> Outcome:
        """Stop the worker (SIGSTOP) until another one has done its job, then continue it."""
        job_id = self.submit()
        stopped_attempt = max(self._wait_for_stage(job_id, stage).attempt, 1)
        stopped = self._stop()
        outcome = Outcome(stage=stage, how="stop", hit=self.look(job_id).where)
        try:
            with self.service.worker():
                outcome.recovered_s = self._until_over(job_id, stopped_attempt, stopped, outcome)
        finally:
            os.killpg(self.worker.pid, signal.SIGCONT)
        # It removes the folder of its attempt when it notices that the job is over.
        outcome.problems += self.leftovers()
        self.service.wait_for_worker(self.worker)
        outcome.problems += self.problems_of(job_id, JobState.SUCCEEDED)
        return outcome

    def _stop(self) -> float:
        """Stop the worker and its pool, but not while they keep all others from writing."""
        database = self.service.runtime.settings.data_dir / "mp4totext.db"
        while True:
            os.killpg(self.worker.pid, signal.SIGSTOP)
            try:
                with closing(sqlite3.connect(database, timeout=2)) as connection:
                    connection.execute("BEGIN IMMEDIATE")
                return time.monotonic()
            except sqlite3.OperationalError:
                os.killpg(self.worker.pid, signal.SIGCONT)
                time.sleep(LOOK_EVERY_S)

    def cancel_at(self, stage: str) -> Outcome:
        job_id = self.submit()
        self._wait_for_stage(job_id, stage)
        answer = httpx.post(
            f"{self.api.url}/api/v1/jobs/{job_id}/cancel", headers=self.account.headers, timeout=30
        )
        snapshot = self.look(job_id)
        outcome = Outcome(stage=stage, how="cancel", hit=snapshot.where)
        if answer.status_code == 409:  # the job had already ended
            outcome.problems += self.problems_of(job_id, JobState.SUCCEEDED)
            return outcome
        began = time.monotonic()
        while self.leftovers() and time.monotonic() < began + 5:
            time.sleep(0.02)
        outcome.recovered_s = time.monotonic() - began
        outcome.problems += self.problems_of(job_id, JobState.CANCELLED)
        outcome.problems += self.leftovers()
        return outcome

    def is_at(self, stage: str) -> Callable[[JobSnapshot], bool]:
        """Whether a job is in the stage, after a random number of finished windows."""
        done = self.chance.randrange(3)
        here: dict[str, Callable[[JobSnapshot], bool]] = {
            "queued": lambda snapshot: True,
            "claiming": lambda snapshot: True,
            "transcribing": lambda snapshot: (
                snapshot.parts_running > 0 and snapshot.parts_done >= done
            ),
        }
        return here.get(stage, lambda snapshot: snapshot.where == stage)

    def _wait_for_stage(self, job_id: str, stage: str) -> JobSnapshot:
        here = self.is_at(stage)
        deadline = time.monotonic() + GIVE_UP_S
        while not (here(snapshot := self.look(job_id)) or snapshot.state in ENDED):
            assert time.monotonic() < deadline, f"{stage} was not reached: {snapshot}"
            time.sleep(LOOK_EVERY_S)
        time.sleep(self.chance.random() * self.spread_s[stage])
        return snapshot

    def _until_over(self, job_id: str, dead: int, died: float, outcome: Outcome) -> float:
        """Wait for the end of the job; return the seconds until the attempt ``dead`` had ended."""
        lease_s = int(self.service.environment["JOB_LEASE_S"])
        over: float | None = None
        while (snapshot := self.look(job_id)).state not in ENDED:
            waited = time.monotonic() - died
            dead_runs = snapshot.state == JobState.RUNNING and snapshot.attempt <= dead
            if over is None and not dead_runs:
                over = waited
            if over is None and waited > lease_s + LOST_AFTER_S:
                outcome.problems.append(f"still shown as running {waited:.0f} s after the kill")
                return waited
            if waited > GIVE_UP_S:
                outcome.problems.append(f"not ended after {waited:.0f} s: {snapshot}")
                break
            time.sleep(0.02)
        return time.monotonic() - died if over is None else over

    def look(self, job_id: str) -> JobSnapshot:
        with self.service.runtime.database.read() as session:
            job = session.get_one(Job, job_id)
            steps = session.execute(
                select(JobStep.name, JobStep.state).where(JobStep.job_id == job_id)
            ).all()
        parts = [state for name, state in steps if ":" in name]
        return self.snapshot(
            state=job.state,
            attempt=job.attempt,
            stage=job.stage,
            parts=len(parts),
            parts_done=parts.count(PartState.DONE),
            parts_running=parts.count(PartState.RUNNING),
            steps=frozenset(name for name, _ in steps if ":" not in name),
        )

    def problems_of(self, job_id: str, wanted: JobState) -> list[str]:
        """Problems of a job; none if it has one result and charge, or neither after a cancel."""
        ended_well = wanted == JobState.SUCCEEDED
        with self.service.runtime.database.read() as session:
            job = session.get_one(Job, job_id)
            results = self.results_of(session, job_id)
            charges = list(
                session.scalars(
                    select(CreditEntry.amount_uc).where(
                        CreditEntry.job_id == job_id, CreditEntry.kind == EntryKind.SETTLE
                    )
                )
            )
            holds = list(session.scalars(select(CreditHold).where(CreditHold.job_id == job_id)))
            audit = ledger.audit(session)
        end = HoldState.SETTLED if ended_well else HoldState.RELEASED
        facts = {
            f"the job is {job.state} ({job.error_code})": job.state == wanted,
            f"{job.warnings}": not job.warnings,
            f"{results} results": results == int(ended_well),
            f"charges {charges}": charges == ([-job.held_uc] if ended_well else []),
            f"holds {[hold.state for hold in holds]}": [hold.state for hold in holds] == [end],
            f"audit {audit}": not audit,
        }
        return [problem for problem, holds_true in facts.items() if not holds_true]

    def results_of(self, session: Session, job_id: str) -> int:
        versions = select(func.count()).where(TranscriptVersion.job_id == job_id)
        return session.scalar(versions) or 0

    def leftovers(self) -> list[str]:
        """Files of jobs that are left in the work folder after TIDIED_WITHIN_S."""
        deadline = time.monotonic() + TIDIED_WITHIN_S
        while (found := self._in_work()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def _in_work(self) -> list[str]:
        work = self.service.runtime.settings.work_dir
        return [
            f"left over: {path.relative_to(work)}"
            for folder in work.glob("*/jobs/*")
            for path in (folder, *folder.rglob("*"))
        ]
