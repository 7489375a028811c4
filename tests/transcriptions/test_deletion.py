"""Recordings that are deleted on PostgreSQL while other transactions work with them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from mp4totext.jobs import service as jobs
from mp4totext.jobs.failure import Failure
from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.transcriptions import deletion, queries
from mp4totext.transcriptions.library.schemas import BulkRequest
from mp4totext.transcriptions.library.service import Bulk
from mp4totext.transcriptions.models import Transcription
from tests.support.toy_operation import Spine, ToyParams
from tests.support.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def recorded(session: Session, user_id: str) -> str:
    at, recording_id = now(), new_id("trn")
    fields = {"title": "Talk", "filename": "talk.wav", "options": {}}
    session.add(
        Transcription(id=recording_id, user_id=user_id, created_at=at, updated_at=at, **fields)
    )
    session.flush()
    return recording_id


def submit(spine: Spine, session: Session, user_id: str, recording_id: str) -> str:
    facts = {"user_id": user_id, "metered": True, "subject_id": recording_id}
    return jobs.submit(session, operation=spine.toy, params=ToyParams(), **facts).id  # type: ignore[arg-type]


def beside(
    spine: Spine,
    work: Callable[[Session], Iterator[None]],
    delete: Callable[[Session], None],
) -> None:
    """``work`` gets its locks, then the deletion waits for one of them, then ``work`` continues."""
    with ThreadPoolExecutor(1) as pool:
        with spine.runtime.database.write() as session:
            steps = work(session)
            next(steps)
            deleting = pool.submit(spine.in_transaction, delete)
            until(spine.waits_for_a_lock)
            next(steps, None)
        deleting.result(60)


def test_a_job_that_is_ordered_meanwhile_is_cancelled_too(spine: Spine) -> None:
    user = spine.user()
    recording_id = spine.in_transaction(lambda session: recorded(session, user))
    job_id = spine.in_transaction(lambda session: submit(spine, session, user, recording_id))

    def order(session: Session) -> Iterator[None]:
        queries.get(session, user_id=user, transcription_id=recording_id, lock=True)
        yield
        ordered.append(submit(spine, session, user, recording_id))

    def delete(session: Session) -> None:
        recording = session.get_one(Transcription, recording_id)
        deletion.remove(session, spine.runtime, {}, recording)

    ordered = [job_id]
    beside(spine, order, delete)
    assert [spine.job(each).state for each in ordered] == ["cancelled"] * 2
    assert spine.available_and_held(user)[1] == 0


def test_a_job_of_several_recordings_may_end_meanwhile(spine: Spine) -> None:
    user = spine.user()
    ids = [spine.in_transaction(lambda session: recorded(session, user)) for _ in range(2)]
    _, last = (
        spine.in_transaction(lambda session, each=each: submit(spine, session, user, each))  # type: ignore[misc]
        for each in ids
    )

    def fail(session: Session) -> Iterator[None]:
        job = session.get_one(Job, last, with_for_update=True)
        yield
        jobs.fail(session, job, Failure.of("internal"))

    def delete(session: Session) -> None:
        bulk = Bulk(session=session, runtime=spine.runtime, operations={}, user_id=user)
        results = bulk.apply(BulkRequest(action="delete", ids=ids))
        assert all(result.ok for result in results)

    beside(spine, fail, delete)
    assert spine.job(last).state == "failed"
    assert spine.available_and_held(user)[1] == 0
