"""Submission of jobs: the hold decides between parallel requests."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mp4totext.credits import ledger
from mp4totext.credits.errors import InsufficientCredits
from mp4totext.credits.ledger import HoldIsGone
from mp4totext.jobs.holds import charge_of
from tests.support.toy_operation import HELD_UC, MAIN, Spine


def leave(spine: Spine, user: str, amount_uc: int) -> None:
    available, _ = spine.available_and_held(user)
    with spine.runtime.database.write() as session:
        ledger.grant(
            session,
            user_id=user,
            amount_uc=amount_uc - available,
            key=f"test:{user}",
            reason="test",
        )


def test_thirty_parallel_submissions_share_a_balance_for_three(spine: Spine) -> None:
    user = spine.user()
    leave(spine, user, 3 * HELD_UC + 1)

    def submit(_number: int) -> bool:
        try:
            spine.submit(user)
        except InsufficientCredits:
            return False
        return True

    with ThreadPoolExecutor(15) as pool:
        accepted = list(pool.map(submit, range(30)))
    assert accepted.count(True) == 3
    assert spine.available_and_held(user) == (1, 3 * HELD_UC)
    done = 0
    while spine.work():
        done += 1
    assert done == 3
    assert spine.available_and_held(user) == (1, 0)


def test_an_accepted_job_wakes_a_worker_after_the_commit(spine: Spine) -> None:
    user = spine.user()
    job = spine.submit(user, priority="high")
    messages = spine.runtime.settings.data_dir / "broker" / "messages"
    assert len(list(messages.iterdir())) == 1
    assert spine.job(job.id).woken_at is not None
    assert (spine.job(job.id).queue, spine.job(job.id).priority) == ("high", 2)
    own = spine.submit(user, queue_name="gpu")
    assert spine.job(own.id).queue == "gpu"


def test_a_hold_is_settled_or_released_once(spine: Spine) -> None:
    user = spine.user()
    job = spine.submit(user)
    spine.cancel(job.id)
    before = spine.available_and_held(user)
    for take in (
        lambda session: ledger.settle(session, charge_of(job), [MAIN]),
        lambda session: ledger.release(session, charge_of(job), reason="again"),
    ):
        with pytest.raises(HoldIsGone), spine.runtime.database.write() as session:
            take(session)
    assert spine.available_and_held(user) == before
