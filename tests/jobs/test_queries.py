"""Lists of jobs for administrators."""

from mp4totext.jobs import queries
from mp4totext.jobs.models import Job, JobState
from tests.support.toy_operation import Spine


def ids(
    spine: Spine,
    *,
    state: JobState | None = None,
    user_id: str | None = None,
    stuck: bool = False,
) -> set[str]:
    with spine.runtime.database.read() as session:
        found = session.scalars(queries.listed(state=state, user_id=user_id, stuck=stuck))
        return {job.id for job in found if isinstance(job, Job)}


def test_jobs_are_listed_by_state_and_by_user(spine: Spine) -> None:
    first, second = spine.user(), spine.user()
    finished = spine.submit(first)
    assert spine.work()
    queued = spine.submit(second)
    assert {finished.id, queued.id} <= ids(spine)
    assert ids(spine, user_id=first) == {finished.id}
    assert ids(spine, user_id=first, state=JobState.QUEUED) == set()
    assert ids(spine, user_id=second, state=JobState.QUEUED) == {queued.id}


def places(spine: Spine, *jobs: Job) -> list[int | None]:
    with spine.runtime.database.read() as session:
        found = queries.queue_places(session, jobs)
    return [found.get(job.id) for job in jobs]


def test_a_waiting_job_has_its_place_among_those_of_its_account(spine: Spine) -> None:
    ada, ben = spine.user(), spine.user()
    first, of_ben, second, third = (spine.submit(user) for user in (ada, ben, ada, ada))
    assert places(spine, third, first, of_ben) == [3, 1, 1]
    assert spine.work()  # the first of them is done
    with spine.runtime.database.read() as session:
        first = session.get_one(Job, first.id)
    assert places(spine, first, second, third) == [None, 1, 2]
    assert places(spine) == []
