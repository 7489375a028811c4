"""The front door: a repeated request, a twin at the same moment, a refusal that keeps nothing."""

from dataclasses import replace

import pytest

from mp4totext.credits import ledger
from mp4totext.credits.errors import InsufficientCredits
from mp4totext.jobs.acceptance import Accepted, accept, accept_apart, remember, submit
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.models import Job
from mp4totext.kit.errors import Invalid, WrongState
from tests.support.toy_operation import HELD_UC, Spine, ToyParams

REQUEST = ("toy", {"name": "a"})


def caller(spine: Spine, **more: object) -> Caller:
    given = {"idempotency_key": "k1", "request_id": "req_1", **more}
    return Caller(user_id=spine.user(), metered=True, **given)  # type: ignore[arg-type]


def accepted(spine: Spine, who: Caller, request: tuple[object, ...] = REQUEST) -> Accepted:
    with spine.runtime.database.write() as session:

        def make() -> Accepted:
            job = submit(session, who, spine.toy, ToyParams(), webhook_url="https://a.test/")
            return Accepted.of(job, id="toy_1")

        return accept(session, who, request, Accepted, make)


def held_uc(spine: Spine, who: Caller) -> int:
    with spine.runtime.database.read() as session:
        return ledger.balance(session, who.user_id).held_uc


def test_an_accepted_job_is_quoted_held_and_the_callers(spine: Spine) -> None:
    who = caller(spine)
    answer = accepted(spine, who)
    assert (answer.id, answer.status, answer.held) == ("toy_1", "queued", 1.5)
    assert [line.key for line in answer.quote] == ["toy", "extra"]
    job = spine.job(answer.task_id)
    assert (job.user_id, job.request_id, job.webhook_url) == (
        who.user_id,
        "req_1",
        "https://a.test/",
    )
    assert held_uc(spine, who) == HELD_UC


def test_a_repeat_is_answered_as_before_and_holds_nothing_more(spine: Spine) -> None:
    who = caller(spine)
    first = accepted(spine, who)
    assert accepted(spine, who) == first
    assert held_uc(spine, who) == HELD_UC
    with pytest.raises(Invalid, match="used for another request"):
        accepted(spine, who, ("toy", {"name": "b"}))


def test_without_a_key_each_request_is_its_own(spine: Spine) -> None:
    who = caller(spine, idempotency_key=None)
    assert accepted(spine, who).task_id != accepted(spine, who).task_id
    assert held_uc(spine, who) == 2 * HELD_UC


def test_a_refusal_keeps_nothing_and_may_be_repeated(spine: Spine) -> None:
    poor = caller(spine)
    with spine.runtime.database.write() as session:
        everything = ledger.balance(session, poor.user_id).available_uc
        ledger.grant(
            session, user_id=poor.user_id, amount_uc=-everything, key="take", reason="test"
        )
    with pytest.raises(InsufficientCredits):
        accepted(spine, poor)
    with spine.runtime.database.write() as session:
        ledger.grant(session, user_id=poor.user_id, amount_uc=HELD_UC, key="give", reason="test")
    assert accepted(spine, poor).held == 1.5


def test_a_twin_that_is_being_accepted_gives_both_the_same_answer(spine: Spine) -> None:
    """The first stores its job while the second, which saw no earlier answer, is at work."""
    who = caller(spine)
    database = spine.runtime.database
    answers: list[Accepted] = []

    def store() -> Accepted:
        with database.write() as session:
            job = submit(session, who, spine.toy, ToyParams())
            answer = Accepted.of(job, id="toy_1")
            remember(session, who, REQUEST, answer)
        return answer

    def late() -> Accepted:
        answers.append(accept_apart(database, who, REQUEST, Accepted, store))
        return store()

    assert accept_apart(database, who, REQUEST, Accepted, late) == answers[0]
    assert held_uc(spine, who) == HELD_UC


def test_a_refusal_without_a_twin_is_raised(spine: Spine) -> None:
    def refuse() -> Accepted:
        raise WrongState("Not now.")

    who = replace(caller(spine), idempotency_key="k2")
    with pytest.raises(WrongState, match="Not now"):
        accept_apart(spine.runtime.database, who, REQUEST, Accepted, refuse)


def test_an_unmetered_caller_holds_nothing(spine: Spine) -> None:
    who = replace(caller(spine), metered=False)
    assert accepted(spine, who).held == 0
    with spine.runtime.database.read() as session:
        assert session.get_one(Job, accepted(spine, who).task_id).held_uc == 0


@pytest.mark.parametrize(("may_hurry", "queue"), [(True, "critical"), (False, "default")])
def test_only_who_may_hurry_gets_a_priority_above_the_default(
    spine: Spine, may_hurry: bool, queue: str
) -> None:
    who = caller(spine, may_hurry=may_hurry)
    with spine.runtime.database.write() as session:
        job = submit(session, who, spine.toy, ToyParams(), priority="critical")
        answer = Accepted.of(job, id="toy_1", warnings=["another"])
    assert spine.job(job.id).queue == queue
    assert len(answer.warnings) == (1 if may_hurry else 2)
    assert may_hurry or "administrators" in answer.warnings[0]
    with spine.runtime.database.write() as session:
        assert submit(session, who, spine.toy, ToyParams(), priority="low").queue == "low"
