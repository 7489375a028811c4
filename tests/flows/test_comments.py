"""Comments of visitors of a link, and answers of the recording's owner."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from mp4totext.events.log import Event
from mp4totext.kit.idempotency import IdempotentAnswer
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.shares import comments
from mp4totext.shares.models import ShareComment
from mp4totext.transcriptions.models import Transcription
from tests.conftest import app_for, settings_for
from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording

API = "/api/v1"
HTML = '<img src=x onerror="alert(1)"> <b>bold</b> [a](javascript:alert(1)) & "quoted"'


@pytest.fixture
def talk(user: ApiUser) -> str:
    return str(user.upload(recording(FOUR_SECONDS), language="en", title="Talk").json()["id"])


def share(user: ApiUser, talk: str, **body: Any) -> Any:
    body = {"may_comment": True} | body
    return user.send("POST", f"/transcriptions/{talk}/shares", body, status=201)


def write(user: ApiUser, link: Any, text: str = "Well said.", **more: Any) -> Any:
    """As somebody without an account."""
    headers = more.pop("headers", {})
    body = {"name": "Ada", "text": text, "at_ms": 1500} | more
    path = f"{API}/shared/{link['token']}/comments"
    return user.harness.client.post(path, json=body, headers=headers)


def test_a_comment_is_read_by_the_owner_and_answered_for_who_has_the_link(user: ApiUser) -> None:
    talk = str(user.transcribed(FOUR_SECONDS, title="Talk")["id"])
    link, other = share(user, talk), share(user, talk)
    written = write(user, link, HTML, name="  Ada  ")
    assert written.status_code == 201
    comment = written.json()
    assert (comment["name"], comment["text"], comment["at_ms"]) == ("Ada", HTML, 1500)
    (read,) = user.get(f"/transcriptions/{talk}/comments")["items"]
    assert (read["text"], read["share_id"], read["answer"]) == (HTML, link["id"], None)
    with user.harness.runtime.database.read() as session:
        *_, event = session.scalars(select(Event).where(Event.user_id == user.account.id))
    assert event.type == "comment"
    assert event.body == {"transcription_id": talk, "comment_id": comment["id"], "at_ms": 1500}

    user.send("PATCH", f"/comments/{comment['id']}", {"answer": "Thank you."})
    shown = user.harness.client.get(f"{API}/shared/{link['token']}").json()
    assert [(each["text"], each["answer"]) for each in shown["comments"]] == [(HTML, "Thank you.")]
    assert shown["may_comment"]
    of_other_link = user.harness.client.get(f"{API}/shared/{other['token']}").json()
    assert of_other_link["comments"] == []

    user.send("PATCH", f"/comments/{comment['id']}", {"answer": None})
    (read,) = user.get(f"/transcriptions/{talk}/comments")["items"]
    assert (read["answer"], read["answered_at"]) == (None, None)
    user.send("DELETE", f"/comments/{comment['id']}", None, status=204)
    assert user.get(f"/transcriptions/{talk}/comments")["items"] == []
    problem(user.call("DELETE", f"/comments/{comment['id']}"), 404, "comment_not_found")


def test_a_link_is_for_reading_unless_its_owner_allows_comments(user: ApiUser, talk: str) -> None:
    link = share(user, talk, may_comment=False)
    problem(write(user, link), 403, "comments_off")
    assert user.send("POST", f"/transcriptions/{talk}/shares", {}, status=201)["may_comment"] is (
        False
    )


def test_a_link_that_is_over_or_locked_takes_no_comment(user: ApiUser, talk: str) -> None:
    locked = share(user, talk, password="correct horse")
    problem(write(user, locked), 403, "share_password")
    problem(write(user, locked, headers={"X-Share-Password": "wrong"}), 403, "share_password")
    right = {"X-Share-Password": "correct horse"}
    assert write(user, locked, headers=right).status_code == 201
    user.send("DELETE", f"/shares/{locked['id']}", None, status=204)
    problem(write(user, locked, headers=right), 404, "share_not_found")
    (kept,) = user.get(f"/transcriptions/{talk}/comments")["items"]
    assert kept["share_id"] is None


NO_COMMENTS: tuple[dict[str, Any], ...] = (
    {"text": ""},
    {"text": "   "},
    {"text": "x" * 2001},
    {"name": ""},
    {"name": "x" * 61},
    {"name": "two\nlines"},
    {"at_ms": -1},
    {"at_ms": 1.5},
    {"text": "nul \x00"},
    {"answer": "I am the owner."},
)


def test_what_is_no_comment_is_refused(user: ApiUser, talk: str) -> None:
    link = share(user, talk)
    assert [write(user, link, **body).status_code for body in NO_COMMENTS] == [422] * 10
    assert user.get(f"/transcriptions/{talk}/comments")["items"] == []


def test_a_time_past_the_end_is_the_end_and_a_repeated_request_is_one_comment(
    user: ApiUser, talk: str
) -> None:
    link = share(user, talk)
    key = {"Idempotency-Key": "once"}
    first, again = (write(user, link, at_ms=10**12, headers=key).json() for _ in range(2))
    assert first == again
    (kept,) = user.get(f"/transcriptions/{talk}/comments")["items"]
    assert kept["at_ms"] < 60_000


def test_a_deleted_comment_leaves_no_words(user: ApiUser, talk: str) -> None:
    link = share(user, talk)
    key = {"Idempotency-Key": "once"}
    comment = write(user, link, "Zzyzx.", headers=key).json()
    user.send("DELETE", f"/comments/{comment['id']}", None, status=204)
    with user.harness.runtime.database.read() as session:
        kept = session.scalars(select(IdempotentAnswer.answer)).all()
    assert kept
    assert "Zzyzx" not in str(kept)
    # A repeated request finds it deleted, and does not write it again.
    problem(write(user, link, "Zzyzx.", headers=key), 404, "comment_not_found")
    assert user.get(f"/transcriptions/{talk}/comments")["items"] == []


def test_a_flood_ends_at_a_count(user: ApiUser, talk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "MAX_OF_LINK", 2)
    monkeypatch.setattr(comments, "MAX_OF_RECORDING", 3)
    first, second = share(user, talk), share(user, talk)
    assert [write(user, first).status_code for _ in range(3)] == [201, 201, 409]
    assert write(user, second).status_code == 201
    problem(write(user, second), 409, "too_many_comments")


def test_an_address_comments_so_often_and_not_more(
    settings: Settings, make_runtime: Callable[[Settings], Runtime]
) -> None:
    limits = settings_for(settings.data_dir, rate_limit_enabled=True, rate_limit_comment="2/minute")
    runtime = make_runtime(limits)
    client = TestClient(app_for(runtime))
    path = f"{API}/shared/mp4h_nobody-made-it/comments"
    body = {"name": "Ada", "text": "First!", "at_ms": 0}
    assert [client.post(path, json=body).status_code for _ in range(3)] == [404, 404, 429]


def test_somebody_else_neither_reads_nor_answers_nor_deletes(
    user: ApiUser, talk: str, other_user: ApiUser
) -> None:
    comment = write(user, share(user, talk)).json()
    assert other_user.call("GET", f"/transcriptions/{talk}/comments").status_code == 404
    answer = other_user.call("PATCH", f"/comments/{comment['id']}", json={"answer": "Mine."})
    problem(answer, 404, "comment_not_found")
    problem(other_user.call("DELETE", f"/comments/{comment['id']}"), 404, "comment_not_found")


def test_comments_go_with_their_recording(user: ApiUser, talk: str) -> None:
    link = share(user, talk)
    write(user, link)
    user.send("DELETE", f"/transcriptions/{talk}", None, status=204)
    with user.harness.runtime.database.read() as session:
        assert session.get(Transcription, talk) is None
        of_user = ShareComment.user_id == user.account.id
        assert session.scalar(select(func.count()).where(of_user)) == 0
