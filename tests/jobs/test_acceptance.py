"""Acceptance of paid work: repeated and parallel requests, and refusals without a trace."""

from dataclasses import replace

import pytest

from mp4totext.credits import ledger
from mp4totext.credits.errors import InsufficientCredits
from mp4totext.jobs.acceptance import (
    Accepted,
    accept,
    accept_job,
    accept_without_transaction,
    remember,
    submit,
)
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.models import Job
from mp4totext.kit.errors import Invalid, WrongState
from tests.support.toy_operation import HELD_UC, Spine, ToyParams

REQUEST = ("toy", {"name": "a"})


def caller_for(spine: Spine, **more: object) -> Caller:
    fields = {"idempotency_key": "k1", "request_id": "req_1", **more}
    return Caller(user_id=spine.user(), metered=True, **fields)  # type: ignore[arg-type]


def accepted(spine: Spine, caller: Caller, request: tuple[object, ...] = REQUEST) -> Accepted:
    with spine.runtime.database.write() as session:

        def make() -> Accepted:
            job = submit(session, caller, spine.toy, ToyParams(), webhook_url="https://a.test/")
            return Accepted.of(job, id="toy_1")

        return accept(session, caller, request, Accepted, make)


def held_uc(spine: Spine, caller: Caller) -> int:
    with spine.runtime.database.read() as session:
        return ledger.balance(session, caller.user_id).held_uc


def test_an_accepted_job_is_quoted_held_and_the_callers(spine: Spine) -> None:
    caller = caller_for(spine)
    answer = accepted(spine, caller)
    assert (answer.id, answer.status, answer.held) == ("toy_1", "queued", 1.5)
    assert [line.key for line in answer.quote] == ["toy", "extra"]
    job = spine.job(answer.task_id)
    assert (job.user_id, job.request_id, job.webhook_url) == (
        caller.user_id,
        "req_1",
        "https://a.test/",
    )
    assert held_uc(spine, caller) == HELD_UC


def test_a_repeat_is_answered_as_before_and_holds_nothing_more(spine: Spine) -> None:
    caller = caller_for(spine)
    first = accepted(spine, caller)
    assert accepted(spine, caller) == first
    assert held_uc(spine, caller) == HELD_UC
    with pytest.raises(Invalid, match="used for another request"):
        accepted(spine, caller, ("toy", {"name": "b"}))


def test_a_request_that_is_one_job_is_told_apart_by_its_params_and_its_subject(
    spine: Spine,
) -> None:
    caller = caller_for(spine)

    def order(name: str, subject_id: str) -> Accepted:
        with spine.runtime.database.write() as session:
            params = ToyParams(name=name)
            return accept_job(session, caller, spine.toy, params, subject_id=subject_id)

    first = order("a", "trn_1")
    assert (first.id, order("a", "trn_1")) == ("trn_1", first)
    for name, subject_id in (("b", "trn_1"), ("a", "trn_2")):
        with pytest.raises(Invalid, match="used for another request"):
            order(name, subject_id)
    assert held_uc(spine, caller) == HELD_UC


def test_without_a_key_every_request_makes_a_job(spine: Spine) -> None:
    caller = caller_for(spine, idempotency_key=None)
    assert accepted(spine, caller).task_id != accepted(spine, caller).task_id
    assert held_uc(spine, caller) == 2 * HELD_UC


def test_a_refusal_keeps_nothing_and_may_be_repeated(spine: Spine) -> None:
    caller = caller_for(spine)
    with spine.runtime.database.write() as session:
        everything = ledger.balance(session, caller.user_id).available_uc
        ledger.grant(
            session, user_id=caller.user_id, amount_uc=-everything, key="take", reason="test"
        )
    with pytest.raises(InsufficientCredits):
        accepted(spine, caller)
    with spine.runtime.database.write() as session:
        ledger.grant(session, user_id=caller.user_id, amount_uc=HELD_UC, key="give", reason="test")
    assert accepted(spine, caller).held == 1.5


def test_two_equal_requests_at_once_get_the_same_answer(spine: Spine) -> None:
    """One stores its job while the other, which has found no earlier answer, is being accepted."""
    caller = caller_for(spine)
    database = spine.runtime.database
    answers: list[Accepted] = []

    def store() -> Accepted:
        with database.write() as session:
            job = submit(session, caller, spine.toy, ToyParams())
            answer = Accepted.of(job, id="toy_1")
            remember(session, caller, REQUEST, answer)
        return answer

    def store_second() -> Accepted:
        answers.append(accept_without_transaction(database, caller, REQUEST, Accepted, store))
        return store()

    assert (
        accept_without_transaction(database, caller, REQUEST, Accepted, store_second) == answers[0]
    )
    assert held_uc(spine, caller) == HELD_UC


def test_a_refusal_without_a_parallel_request_is_raised(spine: Spine) -> None:
    def refuse() -> Accepted:
        raise WrongState("Not now.")

    caller = replace(caller_for(spine), idempotency_key="k2")
    with pytest.raises(WrongState, match="Not now"):
        accept_without_transaction(spine.runtime.database, caller, REQUEST, Accepted, refuse)


def test_an_unmetered_caller_holds_nothing(spine: Spine) -> None:
    caller = replace(caller_for(spine), metered=False)
    assert accepted(spine, caller).held == 0
    with spine.runtime.database.read() as session:
        assert session.get_one(Job, accepted(spine, caller).task_id).held_uc == 0


@pytest.mark.parametrize(("may_hurry", "queue"), [(True, "critical"), (False, "default")])
def test_only_who_may_hurry_gets_a_priority_above_the_default(
    spine: Spine, may_hurry: bool, queue: str
) -> None:
    caller = caller_for(spine, may_hurry=may_hurry)
    with spine.runtime.database.write() as session:
        job = submit(session, caller, spine.toy, ToyParams(), priority="critical")
        answer = Accepted.of(job, id="toy_1", warnings=["another"])
    assert spine.job(job.id).queue == queue
    assert len(answer.warnings) == (1 if may_hurry else 2)
    assert may_hurry or "administrators" in answer.warnings[0]
    with spine.runtime.database.write() as session:
        assert submit(session, caller, spine.toy, ToyParams(), priority="low").queue == "low"
