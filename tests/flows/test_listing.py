"""Finding recordings: search, filters, stable pages."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.models import Transcription
from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, Harness, recording
from tests.support.slow_tests import one_in


def add(runtime: Runtime, user: ApiUser, number: int, **values: object) -> str:
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
        session.add(Transcription(user_id=user.account.id, **fields))
    return str(fields["id"])


def titles(user: ApiUser, **query: object) -> list[str]:
    return [item["title"] for item in user.get("/transcriptions", **query)["items"]]


def test_searches_titles_and_what_was_said(harness: Harness, user: ApiUser) -> None:
    user.transcribed(FOUR_SECONDS, title="America 100%_sure")
    user.transcribed(TEN_SECONDS, title="Beckett")
    assert titles(user, search="fail BETTER") == ["Beckett"]
    assert titles(user, search="america") == ["America 100%_sure"]
    assert titles(user, search="BECK") == ["Beckett"]
    assert titles(user, search="100%_s") == ["America 100%_sure"]
    assert titles(user, search="100__s") == []  # no wildcards of the database's
    assert titles(user, search="godot") == []
    problem(user.call("GET", "/transcriptions", params={"search": "\0"}), 422, "invalid")
    assert harness.new_user().get("/transcriptions", search="fail better")["items"] == []


def test_filters_by_status_language_and_date(harness: Harness, user: ApiUser) -> None:
    done = user.transcribed(title="Done")
    user.upload(recording(FOUR_SECONDS), title="Waiting")
    assert titles(user, status="succeeded") == ["Done"]
    assert titles(user, status="queued") == ["Waiting"]
    assert titles(user, status="failed") == []
    problem(user.call("GET", "/transcriptions", params={"status": "done"}), 422, "invalid")
    assert titles(user, language="en") == ["Done"]
    assert titles(user, language="de") == []
    with harness.runtime.database.write() as session:
        session.get_one(Transcription, done["id"]).language = "zh-Hant"
    assert titles(user, language="zh") == titles(user, language="zh-Hant") == ["Done"]
    assert titles(user, language="zh-TW") == titles(user, language="z") == []
    born = done["created_at"]
    later = (datetime.fromisoformat(born) + timedelta(seconds=0.001)).isoformat()
    assert titles(user, created_from=born) == ["Waiting", "Done"]
    assert titles(user, created_from=later) == ["Waiting"]
    assert titles(user, created_to=later) == ["Done"]
    assert titles(user, created_to="2001-01-01T00:00:00Z") == []
    harness.work()


@pytest.mark.parametrize("extreme", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("side", ["created_from", "created_to"])
def test_dates_at_the_end_of_the_calendar_are_refused(
    user: ApiUser, extreme: str, side: str
) -> None:
    problem(user.call("GET", "/transcriptions", params={side: extreme}), 422, "invalid")


def test_pages_hold_still_while_recordings_are_added(harness: Harness, user: ApiUser) -> None:
    base = int(datetime.now(UTC).timestamp() * 1000)
    mine = [add(harness.runtime, user, base + n) for n in range(7)]
    first = user.get("/transcriptions", limit=3)
    assert [item["id"] for item in first["items"]] == mine[:3:-1]
    add(harness.runtime, user, base + 7)
    second = user.get("/transcriptions", limit=3, cursor=first["next_cursor"])
    third = user.get("/transcriptions", limit=3, cursor=second["next_cursor"])
    seen = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert seen == mine[::-1]
    assert third["next_cursor"] is None


def test_recordings_are_sorted_by_title_and_length(harness: Harness, user: ApiUser) -> None:
    for number, (title, seconds) in enumerate([("beta", 9), ("Alpha", None), ("Gamma", 700)]):
        length = None if seconds is None else seconds * 1000
        add(harness.runtime, user, 8_000 + number, title=title, duration_ms=length)
    assert titles(user) == titles(user, sort="newest") == ["Gamma", "Alpha", "beta"]
    assert titles(user, sort="oldest") == ["beta", "Alpha", "Gamma"]
    assert titles(user, sort="title") == ["Alpha", "beta", "Gamma"]
    assert titles(user, sort="longest") == ["Gamma", "beta", "Alpha"]
    problem(user.call("GET", "/transcriptions", params={"sort": "size"}), 422, "invalid")
    first = user.get("/transcriptions", sort="title", limit=2)
    assert titles(user, sort="title", cursor=first["next_cursor"]) == ["Gamma"]
    for other in ("newest", "longest"):
        query = {"sort": other, "cursor": first["next_cursor"]}
        problem(user.call("GET", "/transcriptions", params=query), 422, "invalid_cursor")


def test_the_first_page_has_the_languages_of_all_recordings(
    harness: Harness, user: ApiUser
) -> None:
    for number, language in enumerate(["en", "de", None, "en"], 9_000):
        add(harness.runtime, user, number, language=language)
    first = user.get("/transcriptions", limit=1, language="en")
    assert first["languages"] == ["de", "en"]
    second = user.get("/transcriptions", limit=1, language="en", cursor=first["next_cursor"])
    assert second["languages"] is None


@pytest.mark.parametrize("cursor", ["", "?", "%00", "Zm9v\n", "8J+YgA", "YSdiIg", "=", "dHJuOgA"])
@pytest.mark.parametrize(
    "path", one_in(4, ["/transcriptions", "/jobs", "/credits/history", "/auth/keys"])
)
def test_a_made_up_cursor_is_refused(user: ApiUser, path: str, cursor: str) -> None:
    refused = user.call("GET", path, params={"cursor": cursor})
    problem(refused, 422, "invalid_cursor")


def test_a_cursor_of_another_list_is_refused(user: ApiUser) -> None:
    word = base64.urlsafe_b64encode(b"job1").decode().rstrip("=")
    refused = user.call("GET", "/credits/history", params={"cursor": word})
    problem(refused, 422, "invalid_cursor")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many"])
def test_a_page_has_one_to_a_hundred_items(user: ApiUser, limit: str) -> None:
    problem(user.call("GET", "/transcriptions", params={"limit": limit}), 422, "invalid")


def test_operators_find_a_persons_jobs(harness: Harness, user: ApiUser) -> None:
    admin = harness.new_user(admin=True)
    accepted = user.upload(recording(FOUR_SECONDS)).json()
    found = admin.get("/admin/jobs", user_id=user.account.id)["items"]
    assert [job["id"] for job in found] == [accepted["task_id"]]
    strange = admin.call("GET", "/admin/jobs", params={"user_id": "\0"})
    problem(strange, 422, "invalid")  # PostgreSQL takes no NUL
    requeued = admin.send("POST", f"/admin/jobs/{accepted['task_id']}/requeue", None)
    assert (requeued["state"], requeued["attempt"]) == ("queued", 1)
    harness.work()
    late = admin.call("POST", f"/admin/jobs/{accepted['task_id']}/requeue")
    problem(late, 409, "job_not_active")


def test_an_order_names_the_usual_languages_of_the_account(harness: Harness, user: ApiUser) -> None:
    """Those of three and more of its latest recordings."""
    spoken = ["en"] * 4 + ["de"] * 5 + ["fr"] * 2 + [None] * 3
    for number, language in enumerate(spoken, 7_000):
        add(harness.runtime, user, number, language=language)
    accepted = user.upload(recording(FOUR_SECONDS)).json()
    with harness.runtime.database.read() as session:
        params = session.get_one(Job, accepted["task_id"]).params
    assert params["speech"]["usual_languages"] == ["de", "en"]
