"""Parts of one job on several processes: distributed, ordered, controlled by the job."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mp4totext.jobs import claims, runner
from mp4totext.jobs.context import Context
from mp4totext.jobs.models import Job, JobState, JobStep, PartState
from mp4totext.jobs.runner import has_work
from mp4totext.kit.clock import now
from mp4totext.kit.scratch import Scratch
from mp4totext.providers.errors import ProviderRejected
from mp4totext.runtime import Runtime
from tests.support.toy_operation import Spine, ToyParams
from tests.support.waiting import until

PARTS = [{"n": n} for n in range(6)]


@pytest.fixture(autouse=True)
def _beats_often(spine: Spine) -> None:
    """Makes beats happen between two extensions of a lease, too."""
    spine.intervals["beat_s"] = 0.1


def all_parts(_params: ToyParams, ctx: Context) -> Any:
    results = ctx.parts("transcribe", PARTS, returns=object, total=6_000)
    return ["toy", *results]


def has_free_part(spine: Spine) -> bool:
    worker = spine.worker()
    with spine.runtime.database.read() as session:
        return claims.has_free_part(session, worker.queues)


def part(spine: Spine, job_id: str, number: int) -> JobStep:
    with spine.runtime.database.read() as session:
        return session.get_one(JobStep, (job_id, f"transcribe:{number}"))


def test_parts_come_back_in_order(spine: Spine) -> None:
    spine.toy.act = all_parts
    spine.toy.act_part = lambda part, _ctx: part["n"] * 10
    spine.submit(spine.user())
    spine.work()
    assert spine.toy.saves == [["toy", 0, 10, 20, 30, 40, 50]]


def test_helpers_share_the_parts_and_their_progress(spine: Spine) -> None:
    workers: set[str] = set()
    together = threading.Barrier(2, timeout=60)

    def act_part(part: dict[str, Any], ctx: Context) -> str:
        if part["n"] < 2:
            together.wait()  # two processes are at work at the same time
        ctx.progress("transcribe", 500, 1_000)
        workers.add(ctx._worker)
        ctx.progress("transcribe", 1_000, 1_000)
        return ctx._worker

    spine.toy.act, spine.toy.act_part = all_parts, act_part
    job = spine.submit(spine.user())
    owner = spine.in_thread("owner")
    until(lambda: has_free_part(spine))
    assert has_work(spine.worker())
    while spine.work("helper") or spine.is_running(job.id):
        pass
    owner.join(60)
    assert spine.job(job.id).state == JobState.SUCCEEDED
    assert workers == {"owner", "helper"}
    assert len(spine.toy.saves[0]) == 1 + len(PARTS)
    assert spine.workdirs() == []


def test_progress_of_a_long_part_is_reported_while_it_runs(spine: Spine) -> None:
    """A slow engine takes minutes for one part, in which the progress bar must not stand still."""
    spine.intervals["progress_every_s"] = 0.0

    def act_part(part: dict[str, int], ctx: Context) -> int:
        for done in (250, 500):
            ctx.progress("transcribe", done, 1_000)
        ctx.progress("transcribe", 1_000, 1_000)
        return part["n"]

    user = spine.user()
    spine.toy.act, spine.toy.act_part = all_parts, act_part
    spine.submit(user)
    spine.work()
    bodies = [e.body for e in spine.events(user) if e.type == "progress"]
    assert {body["stage"] for body in bodies} == {"transcribe"}
    first = [body["done"] for body in bodies][:4]
    assert first == [0, 250, 500, 1_000]  # before the first part, and inside it
    assert bodies[-1]["done"] == 6_000
    assert bodies[0]["eta_ms"] is None
    assert bodies[1]["eta_ms"] is not None


def test_the_eta_counts_only_the_work_of_this_attempt(spine: Spine) -> None:
    """After a restart most of the work may be done already, which says nothing about the speed."""

    def act(_params: ToyParams, ctx: Context) -> tuple[str]:
        ctx.progress("transcribe", 900_000, 1_000_000)  # done by the attempt before
        ctx._stage_began -= 10
        ctx._reported_at = 0.0
        ctx.progress("transcribe", 910_000, 1_000_000)
        return ("toy",)

    user = spine.user()
    spine.toy.act = act
    spine.submit(user)
    spine.work()
    first, second = [e.body["eta_ms"] for e in spine.events(user) if e.type == "progress"]
    assert first is None
    assert second == pytest.approx(90_000, rel=0.05)


@pytest.mark.parametrize("error", [ProviderRejected("No."), KeyError("bug")])
def test_a_part_that_fails_at_a_helper_is_run_again_by_the_owner(
    spine: Spine, error: Exception
) -> None:
    attempts: list[str] = []
    helper_is_done = threading.Event()

    def act_part(part: dict[str, int], ctx: Context) -> int:
        if ctx._worker == "helper":
            attempts.append(f"helper {part['n']}")
            raise error
        assert helper_is_done.wait(60)
        attempts.append(f"owner {part['n']}")
        return part["n"]

    spine.toy.act, spine.toy.act_part = all_parts, act_part
    job = spine.submit(spine.user())
    owner = spine.in_thread("owner")
    until(lambda: has_free_part(spine))
    assert spine.work("helper")
    helper_is_done.set()
    owner.join(60)
    assert spine.job(job.id).state == JobState.SUCCEEDED
    assert attempts[0].startswith("helper")
    assert sorted(attempts[1:]) == [f"owner {n}" for n in range(6)]


def test_a_helper_without_a_work_folder_releases_the_part_at_once(
    spine: Spine, tmp_path: Path
) -> None:
    no_folder = tmp_path / "taken"
    no_folder.write_text("a file, so no folder can be made in it")
    helpers = Runtime(spine.runtime.settings)
    helpers.__dict__["scratch"] = Scratch(no_folder)  # what a cached property would hold
    owner_is_at_it, helper_is_done = threading.Event(), threading.Event()

    def act_part(part: dict[str, int], _ctx: Context) -> int:
        owner_is_at_it.set()
        assert helper_is_done.wait(60)
        return int(part["n"])

    spine.toy.act, spine.toy.act_part = all_parts, act_part
    job = spine.submit(spine.user())
    owner = spine.in_thread("owner")
    until(owner_is_at_it.is_set)
    assert runner.work_once(replace(spine.worker("helper"), runtime=helpers))
    with spine.runtime.database.read() as session:
        states = set(session.scalars(select(JobStep.state).where(JobStep.worker == "helper")))
    assert states == {PartState.PENDING}
    helper_is_done.set()
    owner.join(60)
    helpers.close()
    assert spine.job(job.id).state == JobState.SUCCEEDED


def test_a_part_that_fails_at_the_owner_fails_the_job(spine: Spine) -> None:
    def act_part(part: dict[str, Any], _ctx: Context) -> None:
        raise ProviderRejected("Part of it is broken.")

    user = spine.user()
    before = spine.available_and_held(user)
    spine.toy.act, spine.toy.act_part = all_parts, act_part
    job = spine.submit(user)
    spine.work()
    assert spine.job(job.id).error_message == "Part of it is broken."
    assert spine.available_and_held(user) == before
    assert not has_free_part(spine)
    assert not spine.work("helper")


def test_finished_parts_are_kept_when_the_job_starts_again(spine: Spine) -> None:
    calls: list[int] = []

    def act_part(part: dict[str, int], ctx: Context) -> int:
        calls.append(part["n"])
        if len(calls) == 3:
            raise OSError(5, "Input/output error")
        return part["n"]

    spine.toy.act, spine.toy.act_part = all_parts, act_part
    job = spine.submit(spine.user())
    spine.work()
    assert spine.job(job.id).state == JobState.QUEUED
    spine.change(job.id, not_before=None)
    spine.work()
    assert calls == [0, 1, 2, 2, 3, 4, 5]
    assert spine.toy.saves == [["toy", *range(6)]]


def test_an_abandoned_part_is_taken_over_by_the_owner(spine: Spine) -> None:
    """Its helper was killed and could not release the part: only its lease expires."""

    def act(params: ToyParams, ctx: Context) -> Any:
        database = spine.runtime.database
        with database.write() as session:
            claims.plan_parts(session, job_id=ctx.job.id, name="transcribe", parts=PARTS)
            killed = claims.claim_part(session, worker="killed", lease_s=-1, queues=[ctx.job.queue])
        assert killed is not None
        results = all_parts(params, ctx)
        with database.write() as session:
            assert not claims.update_current_part(session, killed, state=PartState.DONE)
        return results

    spine.toy.act = act
    job = spine.submit(spine.user())
    spine.work()
    assert spine.job(job.id).state == JobState.SUCCEEDED


@pytest.mark.parametrize("how", ["cancelled", "stopping"])
def test_a_helper_stops_with_its_job_or_its_process(spine: Spine, how: str) -> None:
    helping, stopping = threading.Event(), threading.Event()

    def act_part(part: dict[str, int], ctx: Context) -> int:
        if ctx._worker != "helper":
            assert helping.wait(60)
            return part["n"]
        helping.set()
        while True:
            ctx.check()
            stopping.wait(0.01)

    spine.toy.act, spine.toy.act_part = all_parts, act_part
    job = spine.submit(spine.user())
    owner = spine.in_thread("owner")
    until(lambda: has_free_part(spine))
    helper = spine.in_thread("helper", stopping_for_s=lambda: 0.0 if stopping.is_set() else None)
    until(helping.is_set)
    if how == "cancelled":
        spine.cancel(job.id)
    else:
        stopping.set()
    helper.join(5)
    assert not helper.is_alive()
    owner.join(60)
    expected = JobState.CANCELLED if how == "cancelled" else JobState.SUCCEEDED
    assert spine.job(job.id).state == expected
    assert spine.workdirs() == []


def test_a_helper_keeps_its_lease_while_it_works(spine: Spine) -> None:
    helping, renewed = threading.Event(), threading.Event()

    def act_part(part: dict[str, int], ctx: Context) -> int:
        if ctx._worker == "helper":
            helping.set()
            assert renewed.wait(60)
        else:
            assert helping.wait(60)
        return part["n"]

    spine.toy.act, spine.toy.act_part = all_parts, act_part
    job = spine.submit(spine.user())
    owner = spine.in_thread("owner")
    until(lambda: has_free_part(spine))
    helper = spine.in_thread("helper")
    until(helping.is_set)
    with spine.runtime.database.read() as session:
        held = next(s for s in session.query(JobStep) if s.worker == "helper")
    first = held.lease_until or now()
    until(lambda: (part(spine, job.id, held.position).lease_until or first) > first)
    renewed.set()
    helper.join(60)
    owner.join(60)
    assert spine.job(job.id).state == JobState.SUCCEEDED


def test_a_part_that_was_taken_over_cannot_report_progress(spine: Spine) -> None:
    def act_part(part: dict[str, int], ctx: Context) -> int:
        with spine.runtime.database.write() as session:
            assert ctx._part is not None
            claims.update_current_part(session, ctx._part, attempt=ctx._part.attempt + 1)
        ctx.progress("transcribe", 1_000, 1_000)
        raise AssertionError("it went on")

    spine.toy.act, spine.toy.act_part = all_parts, act_part
    job = spine.submit(spine.user())
    spine.work()
    assert spine.is_running(job.id)  # as after a lost worker: the sweeper requeues it
    spine.cancel(job.id)


def test_starting_over_keeps_one_step_and_ignores_results_of_old_parts(spine: Spine) -> None:
    started, over = threading.Event(), threading.Event()

    def act(_params: ToyParams, ctx: Context) -> Any:
        assert ctx.step_result("way", returns=str) is None
        ctx.step("paid", lambda: "old", returns=str)
        with ctx.runtime.database.write() as session:
            claims.plan_parts(session, job_id=ctx.job.id, name="transcribe", parts=PARTS)
        started.wait(60)  # a helper is at one of them
        ctx.start_over("way", "new")
        over.set()
        assert ctx.step_result("way", returns=str) == "new"
        assert ctx.step_result("paid", returns=str) is None
        return ["toy", *ctx.parts("again", [{"n": 7}], returns=object, total=1_000)]

    def act_part(part: dict[str, Any], ctx: Context) -> str:
        if part["n"] == 7:
            return "new"
        started.set()
        over.wait(60)
        return "old"

    spine.toy.act, spine.toy.act_part = act, act_part
    job = spine.submit(spine.user())
    with spine.runtime.database.write() as session:
        session.get_one(Job, job.id).retries = 5
    owner = spine.in_thread("owner")
    until(lambda: has_free_part(spine))
    spine.work("helper")
    owner.join(60)
    assert spine.toy.saves == [["toy", "new"]]
    with spine.runtime.database.read() as session:
        assert session.get_one(Job, job.id).retries == 0
