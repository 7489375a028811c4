"""Tests faults at each stage: holds a job in every stage, causes the fault, releases the jobs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mp4totext.credits import ledger
from mp4totext.credits.models import CreditEntry, CreditHold, EntryKind, HoldState
from mp4totext.events.log import Event
from mp4totext.jobs import queries as jobs
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.jobs.stored_files import remove_orphans
from mp4totext.kit.clock import now
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.uploads import service as uploads
from tests.support.clusters import STUCK_S
from tests.support.job_breakpoints import HELD, Breakpoints
from tests.support.server_faults import FAULTS, FaultCluster
from tests.support.staged_jobs import StagedJob
from tests.support.waiting import until

# In the order in which a job goes through them.
STAGES = ("upload", "parts", *HELD)
# In this order jobs are brought to their stages: a held claim makes the other workers wait.
HOLD_ORDER = (
    *("settling", "finishing", "transcribing", "decoding"),
    *("upload", "parts", "accepting", "queued", "claiming"),
)
# Faults, with the seconds that each lasts.
ROWS = {
    "worker killed": 0.0,
    "API killed": 0.0,
    "Redis stopped": 90.0,
    "Redis emptied": 2.0,
    "PostgreSQL restarted": 1.0,
    "S3 refuses": 60.0,
    "S3 slow": 60.0,
    "disk full": 30.0,
}
ENDS_WITHIN_S = 240.0
TIDY_WITHIN_S = 10.0
HELD_WITHIN_S = 120.0


@dataclass(kw_only=True)
class Cell:
    """The outcome of the job that was in one stage during one fault."""

    stage: str
    over_s: float = 0.0  # from the fault's end to the job's
    executions: int = 0
    tries: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Row:
    fault: str
    lasted_s: float = 0.0
    shown_running_s: float = 0.0  # longest that a job was shown as running after its lease
    orphans: int = 0  # objects without a row, which the daily clean-up removed
    cells: list[Cell] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def everything_wrong(self) -> list[str]:
        cells = [f"{cell.stage}: {problem}" for cell in self.cells for problem in cell.problems]
        return [f"{self.fault}: {problem}" for problem in (*cells, *self.problems)]


def run_row(
    setup: FaultCluster,
    breakpoints: Breakpoints,
    fault: str,
    seconds: float,
    stages: Sequence[str] = STAGES,
) -> Row:
    """Cause one fault while a job is in each of the stages."""
    row = Row(fault=fault)
    try:
        staged_jobs = hold_jobs(setup, breakpoints, stages)
    except BaseException:
        breakpoints.release()  # or the next row waits for it
        raise
    began = time.monotonic()
    with FAULTS[fault](setup, seconds):
        breakpoints.release()
        for staged in staged_jobs:
            staged.go_on.set()
        time.sleep(seconds)
    breakpoints.release_when_back()
    row.lasted_s = time.monotonic() - began
    ended = now()
    for staged in staged_jobs:
        staged.wait()
    _wait_for(setup, [job for staged in staged_jobs for job in staged.jobs], row)
    with setup.cluster.service.runtime.database.read() as session:
        for staged in staged_jobs:
            cell = Cell(stage=staged.stage, tries=staged.tries, problems=_problems(session, staged))
            for job in session.scalars(select(Job).where(Job.id.in_(staged.jobs))):
                cell.executions = (job.attempt + 1) // 2  # returning to the queue counts as well
                if job.finished_at is not None:
                    cell.over_s = (job.finished_at - ended).total_seconds()
            row.cells.append(cell)
        row.problems += ledger.audit(session)
    row.problems += leftovers(setup, row)
    return row


def run_long_job(setup: FaultCluster, breakpoints: Breakpoints, seconds: float) -> list[str]:
    """Run one long job, during which its message is redelivered and other jobs run."""
    row = Row(fault="a long job")
    (long_job,) = hold_jobs(setup, breakpoints, ["transcribing"])
    others: list[StagedJob] = []
    until_then = time.monotonic() + seconds
    while time.monotonic() < until_then:
        other = StagedJob(
            stage="other", apis=setup.apis, account=setup.account, recording=setup.recording
        )
        others.append(other.start())
        time.sleep(min(3.0, seconds))
    breakpoints.release()
    for staged in (long_job, *others):
        staged.wait()
    _wait_for(setup, [job for staged in (long_job, *others) for job in staged.jobs], row)
    with setup.cluster.service.runtime.database.read() as session:
        for staged in (long_job, *others):
            row.problems += _problems(session, staged)
        job = session.get_one(Job, long_job.jobs[0])
        assert job.started_at is not None
        assert job.finished_at is not None
        if job.attempt != 1 or job.finished_at - job.started_at < timedelta(seconds=seconds):
            row.problems.append(f"attempt {job.attempt}, {job.started_at} to {job.finished_at}")
    return row.everything_wrong


def hold_jobs(
    setup: FaultCluster, breakpoints: Breakpoints, stages: Sequence[str]
) -> list[StagedJob]:
    """Bring one recording to each stage; return when all jobs are held there."""
    breakpoints.arm()
    staged_jobs: list[StagedJob] = []
    for stage in HOLD_ORDER:
        if stage not in stages:
            continue
        if stage == "claiming":  # when the others have their workers
            _wait_until_held(breakpoints, staged_jobs)
        account = setup.account_of(stage)
        staged_jobs.append(
            StagedJob(stage=stage, apis=setup.apis, account=account, recording=setup.recording)
        )
        staged_jobs[-1].start()
    _wait_until_held(breakpoints, staged_jobs)
    return staged_jobs


def _wait_until_held(breakpoints: Breakpoints, staged_jobs: list[StagedJob]) -> None:
    def there() -> bool:
        held = breakpoints.held()
        return all(staged.half_sent.is_set() or staged.stage in held for staged in staged_jobs)

    try:
        until(there, within_s=HELD_WITHIN_S)
    except AssertionError as error:
        missed = {
            staged.stage for staged in staged_jobs if not staged.half_sent.is_set()
        } - breakpoints.held()
        problems = [problem for staged in staged_jobs for problem in staged.problems]
        raise AssertionError(f"not reached: {missed} {problems}") from error


def _wait_for(setup: FaultCluster, job_ids: list[str], row: Row) -> None:
    deadline = time.monotonic() + ENDS_WITHIN_S
    while _open(setup, job_ids, row):
        if time.monotonic() > deadline:
            row.problems.append(f"not all jobs ended within {ENDS_WITHIN_S:.0f} s")
            return
        time.sleep(0.1)
    if row.shown_running_s > STUCK_S:
        row.problems.append(f"shown as running {row.shown_running_s:.0f} s after its lease")


def _open(setup: FaultCluster, job_ids: list[str], row: Row) -> bool:
    try:
        with setup.cluster.service.runtime.database.read() as session:
            at = now()
            for job in jobs.stuck(session, at):
                assert job.lease_until is not None
                late_s = (at - job.lease_until).total_seconds()
                row.shown_running_s = max(row.shown_running_s, late_s)
            left = select(func.count()).where(Job.id.in_(job_ids), Job.state.not_in(ENDED))
            return session.scalar(left) != 0
    except DATABASE_AWAY:
        return True


def _problems(session: Session, staged: StagedJob) -> list[str]:
    """Problems of a job; empty if it has one result, one charge and one final event."""
    found = list(session.scalars(select(Job).where(Job.request_id == staged.request_id)))
    if len(found) != 1 or [job.id for job in found] != staged.jobs:
        return [*staged.problems, f"became the jobs {[job.id for job in found]}, not {staged.jobs}"]
    job = found[0]
    kept = select(func.count()).where(TranscriptVersion.transcription_id == job.subject_id)
    versions = session.scalar(kept)
    settled = select(CreditEntry.amount_uc).where(
        CreditEntry.job_id == job.id, CreditEntry.kind == EntryKind.SETTLE
    )
    charges = list(session.scalars(settled))
    holds = list(session.scalars(select(CreditHold.state).where(CreditHold.job_id == job.id)))
    told = select(func.count()).where(Event.job_id == job.id, Event.type == "job_complete")
    ends = session.scalar(told)
    facts = {
        f"the job is {job.state} ({job.error_code})": job.state == JobState.SUCCEEDED,
        f"warnings {job.warnings}": not job.warnings,
        f"{versions} results": versions == 1,
        f"charges {charges}, quoted {job.held_uc}": charges == [-job.held_uc],
        f"holds {holds}": holds == [HoldState.SETTLED],
        f"{ends} events of its end": ends == 1,
    }
    return [*staged.problems, *(problem for problem, holds_true in facts.items() if not holds_true)]


def leftovers(setup: FaultCluster, row: Row) -> list[str]:
    """Rows, objects and work files that no recording or job owns."""
    runtime = setup.cluster.service.runtime
    deadline = time.monotonic() + TIDY_WITHIN_S
    while setup.disks.files() and time.monotonic() < deadline:
        time.sleep(0.1)
    row.orphans = len(_stored(runtime) - _recorded(runtime))
    remove_orphans(runtime, OPERATIONS, older_than=timedelta(0))  # as a day later
    uploads.sweep(runtime.database, runtime.storage)
    stored, recorded = _stored(runtime), _recorded(runtime)
    parts = runtime.storage.keys("uploads")
    facts = {
        f"work files {setup.disks.files()}": not setup.disks.files(),
        f"recordings without an object {recorded - stored}": recorded <= stored,
        f"objects without a recording {stored - recorded}": stored <= recorded,
        f"parts of uploads {parts}": not parts,
    }
    return [problem for problem, holds_true in facts.items() if not holds_true]


def _stored(runtime: Runtime) -> set[str]:
    return {key.split("/")[1] for key in runtime.storage.keys("recordings")}


def _recorded(runtime: Runtime) -> set[str]:
    with runtime.database.read() as session:
        return set(session.scalars(select(Transcription.id)))
