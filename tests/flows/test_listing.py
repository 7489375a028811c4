"""Finding recordings again: search, filters, pages that hold still."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from mp4totext.kit.clock import now
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.models import Transcription
from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, Person, World, recording


def add(runtime: Runtime, person: Person, number: int, **values: object) -> str:
    """A recording that was never worked on: enough to be listed."""
    fields = {
        "id": f"trn_{number:026d}",
        "title": f"Talk {number}",
        "filename": "talk.wav",
        "options": {},
        "created_at": now(),
        "updated_at": now(),
    } | values
    with runtime.database.write() as session:
        session.add(Transcription(user_id=person.account.id, **fields))
    return str(fields["id"])


def titles(person: Person, **query: object) -> list[str]:
    return [item["title"] for item in person.get("/transcriptions", **query)["items"]]


def test_searches_titles_and_what_was_said(world: World, person: Person) -> None:
    person.transcribed(FOUR_SECONDS, title="America 100%_sure")
    person.transcribed(TEN_SECONDS, title="Beckett")
    assert titles(person, search="fail BETTER") == ["Beckett"]
    assert titles(person, search="america") == ["America 100%_sure"]
    assert titles(person, search="BECK") == ["Beckett"]
    assert titles(person, search="100%_s") == ["America 100%_sure"]
    assert titles(person, search="100__s") == []  # no wildcards of the database's
    assert titles(person, search="godot") == []
    problem(person.call("GET", "/transcriptions", params={"search": "\0"}), 422, "invalid")
    assert world.person().get("/transcriptions", search="fail better")["items"] == []


def test_filters_by_status_language_and_date(world: World, person: Person) -> None:
    done = person.transcribed(title="Done")
    person.upload(recording(FOUR_SECONDS), title="Waiting")
    assert titles(person, status="succeeded") == ["Done"]
    assert titles(person, status="queued") == ["Waiting"]
    assert titles(person, status="failed") == []
    problem(person.call("GET", "/transcriptions", params={"status": "done"}), 422, "invalid")
    assert titles(person, language="en") == ["Done"]
    assert titles(person, language="de") == []
    born = done["created_at"]
    later = (datetime.fromisoformat(born) + timedelta(seconds=0.001)).isoformat()
    assert titles(person, created_from=born) == ["Waiting", "Done"]
    assert titles(person, created_from=later) == ["Waiting"]
    assert titles(person, created_to=later) == ["Done"]
    assert titles(person, created_to="2001-01-01T00:00:00Z") == []
    world.work()


@pytest.mark.parametrize("extreme", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("side", ["created_from", "created_to"])
def test_dates_at_the_end_of_the_calendar_are_refused(
    person: Person, extreme: str, side: str
) -> None:
    problem(person.call("GET", "/transcriptions", params={side: extreme}), 422, "invalid")


def test_pages_hold_still_while_recordings_are_added(world: World, person: Person) -> None:
    base = int(datetime.now(UTC).timestamp() * 1000)
    mine = [add(world.runtime, person, base + n) for n in range(7)]
    first = person.get("/transcriptions", limit=3)
    assert [item["id"] for item in first["items"]] == mine[:3:-1]
    add(world.runtime, person, base + 7)
    second = person.get("/transcriptions", limit=3, cursor=first["next_cursor"])
    third = person.get("/transcriptions", limit=3, cursor=second["next_cursor"])
    seen = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert seen == mine[::-1]
    assert third["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["", "?", "%00", "Zm9v\n", "8J+YgA", "YSdiIg", "="])
@pytest.mark.parametrize("path", ["/transcriptions", "/jobs", "/credits/history", "/auth/keys"])
def test_a_made_up_cursor_is_refused(person: Person, path: str, cursor: str) -> None:
    refused = person.call("GET", path, params={"cursor": cursor})
    problem(refused, 422, "invalid_cursor")


def test_a_cursor_of_another_list_is_refused(person: Person) -> None:
    word = base64.urlsafe_b64encode(b"job1").decode().rstrip("=")
    refused = person.call("GET", "/credits/history", params={"cursor": word})
    problem(refused, 422, "invalid_cursor")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many"])
def test_a_page_has_one_to_a_hundred_items(person: Person, limit: str) -> None:
    problem(person.call("GET", "/transcriptions", params={"limit": limit}), 422, "invalid")


def test_operators_find_a_persons_jobs(world: World, person: Person) -> None:
    admin = world.person(admin=True)
    accepted = person.upload(recording(FOUR_SECONDS)).json()
    found = admin.get("/admin/jobs", user_id=person.account.id)["items"]
    assert [job["id"] for job in found] == [accepted["task_id"]]
    strange = admin.call("GET", "/admin/jobs", params={"user_id": "\0"})
    problem(strange, 422, "invalid")  # PostgreSQL takes no NUL
    requeued = admin.send("POST", f"/admin/jobs/{accepted['task_id']}/requeue", None)
    assert (requeued["state"], requeued["attempt"]) == ("queued", 1)
    world.work()
    late = admin.call("POST", f"/admin/jobs/{accepted['task_id']}/requeue")
    problem(late, 409, "job_not_active")
