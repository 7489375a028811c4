"""Which job a worker claims: by priority, fairness and age, and each job only once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, event

from mp4totext.jobs import claims, leases
from mp4totext.jobs.models import Job, JobState, JobStep, PartState
from mp4totext.kit.clock import now
from mp4totext.kit.queue_names import PRIORITIES, QUEUES
from mp4totext.runtime import Runtime
from tests.support.toy_operation import Spine


def claim(spine: Spine, *queues: str, most: int | None = None) -> Job | None:
    with spine.runtime.database.write() as session:
        return claims.claim(
            session, queues=queues or QUEUES, worker="w", lease_s=30, most_per_user=most
        )


def owner_of_next(spine: Spine) -> str:
    job = claim(spine)
    assert job is not None
    return job.user_id


def test_nothing_is_claimed_from_an_empty_queue(spine: Spine) -> None:
    assert claim(spine) is None


def test_a_higher_priority_goes_first(spine: Spine) -> None:
    user = spine.user()
    low = spine.submit(user, priority="low")
    first = spine.submit(user)
    second = spine.submit(user)
    urgent = spine.submit(user, priority="critical")
    claimed = [claim(spine) for _ in range(4)]
    assert [job.id for job in claimed if job] == [urgent.id, first.id, second.id, low.id]
    assert all(job.state == JobState.RUNNING and job.attempt == 1 for job in claimed if job)


def test_one_job_is_not_behind_another_users_five_hundred(spine: Spine) -> None:
    busy_user, new_user = spine.user(), spine.user()
    spine.queued(busy_user, 500)
    spine.queued(new_user, 1)
    assert new_user in (owner_of_next(spine), owner_of_next(spine))


def test_a_latecomer_goes_before_the_rest_of_a_long_queue(spine: Spine) -> None:
    busy_user, new_user = spine.user(), spine.user()
    spine.queued(busy_user, 20)
    assert owner_of_next(spine) == busy_user
    spine.queued(new_user, 1)
    assert owner_of_next(spine) == new_user


def test_users_take_turns(spine: Spine) -> None:
    """With no other job running, the user who was served longest ago is next."""
    a, b = spine.user(), spine.user()
    spine.queued(a, 3)
    spine.queued(b, 3)
    turns = []
    for _ in range(6):
        job = claim(spine)
        assert job is not None
        turns.append(job.user_id)
        spine.change(job.id, state=JobState.SUCCEEDED)
    assert turns == [a, b, a, b, a, b]


def test_a_user_at_the_limit_gets_no_further_job(spine: Spine) -> None:
    many, one = spine.user(), spine.user()
    spine.queued(many, 100)
    running = [claim(spine, most=2) for _ in range(2)]
    assert claim(spine, most=2) is None
    spine.queued(one, 1)
    assert (job := claim(spine, most=2)) is not None
    assert job.user_id == one
    assert running[0] is not None
    spine.change(running[0].id, state=JobState.SUCCEEDED)
    assert (job := claim(spine, most=2)) is not None
    assert job.user_id == many


def test_urgent_jobs_of_a_user_at_the_limit_hide_nobody(spine: Spine) -> None:
    many, one = spine.user(), spine.user()
    spine.queued(many, 50, priority=PRIORITIES.index("critical"))
    spine.queued(one, 1, priority=PRIORITIES.index("low"))
    assert claim(spine, most=1) is not None
    assert (job := claim(spine, most=1)) is not None
    assert job.user_id == one


def running_with_parts(spine: Spine, user: str, parts: int) -> str:
    """A job that another process runs, with so many parts that helpers may take."""
    job_id = spine.submit(user).id
    spine.change(job_id, state=JobState.RUNNING)
    with spine.runtime.database.write() as session:
        claims.plan_parts(session, job_id=job_id, name="transcribe", parts=[{}] * parts)
    return job_id


def part_ahead(spine: Spine, most: int | None = None) -> str | None:
    """The job whose part is claimed before the next job."""
    with spine.runtime.database.write() as session:
        part = claims.claim_part_ahead(
            session, queues=QUEUES, worker="w", lease_s=30, most_per_user=most
        )
        return None if part is None else part.job_id


def test_parts_of_a_short_job_go_before_the_next_of_a_long_queue(spine: Spine) -> None:
    many, one = spine.user(), spine.user()
    spine.queued(many, 4)
    recording = running_with_parts(spine, one, 2)
    assert [part_ahead(spine) for _ in range(3)] == [recording, recording, None]


def test_the_next_job_goes_first_where_its_queue_is_no_longer(spine: Spine) -> None:
    """A text of somebody does not wait for the 500 windows of another one's recording."""
    one, long = spine.user(), spine.user()
    spine.queued(one, 3)
    running_with_parts(spine, long, 3)
    assert part_ahead(spine) is None


def test_the_shortest_recording_gets_the_help(spine: Spine) -> None:
    many, one, other = spine.user(), spine.user(), spine.user()
    spine.queued(many, 9)
    running_with_parts(spine, one, 4)
    shorter = running_with_parts(spine, other, 2)
    assert part_ahead(spine) == shorter


def test_an_urgent_job_goes_before_parts_of_others(spine: Spine) -> None:
    many, one = spine.user(), spine.user()
    spine.queued(many, 4, priority=2)
    running_with_parts(spine, one, 1)
    assert part_ahead(spine) is None


def test_an_account_does_not_overtake_itself(spine: Spine) -> None:
    many = spine.user()
    spine.queued(many, 4)
    running_with_parts(spine, many, 1)
    assert part_ahead(spine) is None


def test_a_worker_helps_with_a_short_job_although_a_long_queue_waits(spine: Spine) -> None:
    many, one = spine.user(), spine.user()
    spine.queued(many, 4)
    recording = running_with_parts(spine, one, 1)
    assert spine.work("helper")
    with spine.runtime.database.read() as session:
        part = session.get_one(JobStep, (recording, "transcribe:0"))
    assert (part.worker, part.state) == ("helper", PartState.DONE)


def test_downloads_recordings_and_live_sessions_are_counted_apart(spine: Spine) -> None:
    user = spine.user()
    spine.queued(user, 2, queue="network")
    spine.queued(user, 2, queue="default")
    spine.queued(user, 1, queue="high")
    spine.queued(user, 2, queue="gpu")
    spine.queued(user, 3, queue="live")
    for queues, most in (
        (("network",), 1),
        (("high", "default"), 1),
        (("gpu",), 1),
        (("live",), 3),
    ):
        taken = 0
        while claim(spine, *queues, most=1) is not None:
            taken += 1
        assert taken == most, queues
    assert claim(spine, "low", "high", most=1) is None  # shares its workers with `default`


def test_many_claimers_together_respect_the_limit(spine: Spine) -> None:
    users = [spine.user(), spine.user()]
    for user in users:
        spine.queued(user, 20)
    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda _: claim(spine, most=3), range(16)))
    assert sorted(job.user_id for job in got if job) == sorted(users * 3)


def test_a_claim_walks_an_index_and_reads_no_queue(runtime: Runtime) -> None:
    """By SQLite's query plan, every table is searched by an index and none is scanned."""
    plan: list[str] = []

    def explain(
        connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object
    ) -> None:
        if statement.startswith("WITH RECURSIVE"):
            raw = connection.connection.cursor()
            raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plan.extend(row[3] for row in raw.fetchall())

    event.listen(runtime.database.engine, "before_cursor_execute", explain)
    with runtime.database.write() as session:
        assert claims.claim(session, queues=QUEUES, worker="w", lease_s=30) is None
    walked = [line for line in plan if "ix_jobs_state_priority_user_id_id" in line]
    assert len(walked) == 2 * len(PRIORITIES), plan  # of each priority the first head, and the next
    assert not [line for line in plan if line.startswith("SCAN jobs")], plan


def test_a_job_waits_until_its_time_and_in_its_queue(spine: Spine) -> None:
    user = spine.user()
    spine.queued(user, 1, not_before=now() + timedelta(minutes=1))
    on_gpu = spine.queued(user, 1, queue="gpu")[0]
    assert claim(spine, "default", "high") is None
    job = claim(spine, "gpu")
    assert job is not None
    assert job.id == on_gpu
    with spine.runtime.database.read() as session:
        assert not claims.has_queued(session, QUEUES)


def test_twenty_claimers_of_one_job_have_one_winner(spine: Spine) -> None:
    job = spine.queued(spine.user(), 1)[0]
    with ThreadPoolExecutor(20) as pool:
        claimed = list(pool.map(lambda _: claim(spine), range(20)))
    assert [winner.id for winner in claimed if winner] == [job]
    assert spine.job(job).attempt == 1


def test_twenty_claimers_of_twenty_jobs_get_one_each(spine: Spine) -> None:
    ids = spine.queued(spine.user(), 20)
    with ThreadPoolExecutor(20) as pool:
        claimed = list(pool.map(lambda _: claim(spine), range(20)))
    assert sorted(job.id for job in claimed if job) == ids


def test_a_lease_has_one_holder_until_it_ends(spine: Spine) -> None:
    def take(holder: str, seconds: float = 60) -> bool:
        with spine.runtime.database.write() as session:
            return leases.take(session, name="sweep", holder=holder, seconds=seconds)

    with ThreadPoolExecutor(8) as pool:
        won = [n for n, ok in enumerate(pool.map(lambda n: take(f"h{n}"), range(8))) if ok]
    assert len(won) == 1
    assert take(f"h{won[0]}", seconds=-1)  # the holder may renew it; this call ends it
    assert take("next")
    assert not take(f"h{won[0]}")


def test_live_workers_are_those_with_a_current_lease(spine: Spine) -> None:
    with spine.runtime.database.write() as session:
        leases.take(session, name="worker:a", holder="a", seconds=60)
        leases.take(session, name="worker:b", holder="b", seconds=-1)
        leases.take(session, name="sweep", holder="a", seconds=60)
    with spine.runtime.database.read() as session:
        assert leases.live_workers(session) == 1
