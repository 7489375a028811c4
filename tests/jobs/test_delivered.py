"""Jobs of unknown length: the hold is raised step by step, and deliveries are charged."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from mp4totext.credits.errors import InsufficientCredits
from mp4totext.credits.quotes import Line, Quote
from mp4totext.jobs import service
from mp4totext.jobs.context import Context
from mp4totext.jobs.errors import Interrupted, JobNotRetryable
from mp4totext.jobs.models import Job
from tests.jobs.test_submit import leave
from tests.support.toy_operation import EXTRA, HELD_UC, MAIN, Spine, ToyParams
from tests.support.waiting import until

MORE = Line(key="toy", quantity_milli=3000, amount_uc=3_000_000)
PAID = Line(key="toy", quantity_milli=400, amount_uc=400_000)


def doing(spine: Spine, work: Callable[[Context], Any]) -> None:
    def act(_params: ToyParams, ctx: Context) -> Any:
        work(ctx)
        return ("toy", "extra")

    spine.toy.act = act


def test_a_raised_hold_is_settled_by_its_new_quote(spine: Spine) -> None:
    user = spine.user()
    job = spine.submit(user)
    before, _ = spine.available_and_held(user)

    def work(ctx: Context) -> None:
        ctx.hold_more(Quote(lines=(MORE, EXTRA)))
        assert ctx.job.quote == (MORE, EXTRA)
        assert spine.available_and_held(user) == (before - 2_000_000, 3_500_000)

    doing(spine, work)
    assert spine.work()
    assert spine.job(job.id).charged_uc == 3_500_000
    assert spine.entries(user) == ["grant", "hold", "hold", "settle"]


def test_a_hold_that_cannot_be_raised_stays_as_it_was(spine: Spine) -> None:
    user = spine.user()
    leave(spine, user, HELD_UC + 100)
    job = spine.submit(user)

    def work(ctx: Context) -> None:
        with pytest.raises(InsufficientCredits):
            ctx.hold_more(Quote(lines=(MORE, EXTRA)))
        assert ctx.job.quote == (MAIN, EXTRA)

    doing(spine, work)
    assert spine.work()
    assert spine.job(job.id).charged_uc == HELD_UC
    assert spine.available_and_held(user) == (100, 0)


def test_an_unmetered_user_needs_no_hold(spine: Spine) -> None:
    user = spine.user()
    job = spine.submit(user, metered=False)
    doing(spine, lambda ctx: ctx.hold_more(Quote(lines=(MORE, EXTRA))))
    assert spine.work()
    assert (spine.job(job.id).held_uc, spine.job(job.id).charged_uc) == (0, 0)
    assert spine.entries(user) == ["grant"]


def test_a_fenced_attempt_cannot_raise_the_hold(spine: Spine) -> None:
    user = spine.user()
    spine.submit(user)
    tried = threading.Event()

    def work(ctx: Context) -> None:
        spine.change(ctx.job.id, attempt=ctx.job.attempt + 1)
        with pytest.raises(Interrupted):
            ctx.hold_more(Quote(lines=(MORE, EXTRA)))
        tried.set()

    doing(spine, work)
    spine.work()
    assert tried.is_set()
    assert spine.available_and_held(user)[1] == HELD_UC


def test_a_cancelled_job_pays_for_what_it_delivered_and_runs_no_more(spine: Spine) -> None:
    user = spine.user()
    job = spine.submit(user)
    before = sum(spine.available_and_held(user))

    def work(ctx: Context) -> None:
        ctx.publish("live_partial", replacing=("live_partial",), text="One")
        ctx.publish("live_partial", replacing=("live_partial",), text="One two")
        ctx.publish("live_final", replacing=("live_partial",), delivered=(PAID,), text="One two.")
        spine.cancel(ctx.job.id)
        until(ctx._stopped.is_set)

    doing(spine, work)
    spine.work()
    ended = spine.job(job.id)
    assert (ended.state, ended.charged_uc) == ("cancelled", 400_000)
    assert spine.available_and_held(user) == (before - 400_000, 0)
    events = [(event.type, event.body) for event in spine.events(user) if event.job_id == job.id]
    assert [kind for kind, _ in events] == ["credit_update", "live_final", "credit_update", "error"]
    assert events[-1][1]["charged"] == 0.4
    with spine.runtime.database.write() as session, pytest.raises(JobNotRetryable, match="charged"):
        service.retry(session, session.get_one(Job, job.id), {"toy": spine.toy})


def test_a_failed_job_costs_nothing_whatever_it_delivered(spine: Spine) -> None:
    user = spine.user()
    job = spine.submit(user)

    def work(ctx: Context) -> None:
        ctx.publish("live_final", delivered=(PAID,), text="One two.")
        raise ZeroDivisionError

    doing(spine, work)
    spine.work()
    assert (spine.job(job.id).state, spine.job(job.id).charged_uc) == ("failed", None)
    assert spine.entries(user) == ["grant", "hold", "release"]
    with spine.runtime.database.write() as session:
        service.retry(session, session.get_one(Job, job.id), {"toy": spine.toy})
    assert spine.job(job.id).delivered is None
    spine.toy.act = lambda _params, _ctx: ("toy",)
    assert spine.work()
    assert spine.job(job.id).charged_uc == 1_000_000
