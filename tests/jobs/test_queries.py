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
