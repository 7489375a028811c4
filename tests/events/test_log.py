"""The event log: numbered without gaps for each user, under parallel writers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import StatementError

from mp4totext.events import log as event_log
from tests.support.toy_operation import Spine


def write(spine: Spine, user: str, number: object) -> None:
    with spine.runtime.database.write() as session:
        event_log.append(session, user_id=user, type="progress", number=number)


def test_numbers_have_no_gaps_under_parallel_writers(spine: Spine) -> None:
    first_user, second_user = spine.user(), spine.user()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: write(spine, (first_user, second_user)[n % 2], n), range(60)))
    for user in (first_user, second_user):
        events = spine.events(user)
        assert [event.seq for event in events] == list(range(1, 32))  # the gift was first
        assert {event.user_id for event in events} == {user}


def test_a_rolled_back_event_leaves_no_gap(spine: Spine) -> None:
    user = spine.user()
    with pytest.raises((StatementError, TypeError)):
        write(spine, user, object())  # which is no JSON
    write(spine, user, 2)
    assert [(e.seq, e.body.get("number")) for e in spine.events(user)][1:] == [(2, 2)]


def test_a_replay_starts_after_a_number_and_comes_in_pages(spine: Spine) -> None:
    user = spine.user()
    for number in range(5):
        write(spine, user, number)
    with spine.runtime.database.read() as session:
        page = event_log.since(session, user_id=user, seq=2, limit=2)
        assert [event.seq for event in page] == [3, 4]
        assert event_log.last_seqs(session, {user, "nobody"}) == {user: 6}
        assert event_log.seqs_of_job(session, "job_none") == (0, 0)
